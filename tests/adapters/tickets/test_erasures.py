"""What erasing adds to the ports of tickets, in memory and on the store."""

from dataclasses import replace
from datetime import timedelta

from services.tickets.domain.erasure import Erasure, reported
from services.tickets.domain.people import Ref
from services.tickets.domain.sign_in import SignIn
from services.tickets.outbound.mongo_sign_ins import MongoSignIns
from tests.adapters.tickets.conftest import Ports
from tests.adapters.tickets.test_ports import made
from tests.unit.tickets.desk import AT, HARBOUR, a_ticket


def erasure(person_id: str, minutes: int = 0) -> Erasure:
    at = AT + timedelta(minutes=minutes)
    return Erasure(person_id=person_id, desk_id=HARBOUR, customer=True, requested_by="ava", requested_at=at, texts=("Mia Torres",))


async def test_the_first_erasure_of_a_person_stays_and_reports_replace_its_version(ports: Ports) -> None:  # spec 10.6
    first = erasure("mia")
    assert await ports.erasures.add(first) == first
    assert await ports.erasures.add(replace(first, requested_by="sam")) == first
    assert await ports.erasures.get("nobody") is None

    after = reported(replace(first, closed_at=AT), "chat", 3, "page 2", AT)
    assert await ports.erasures.save(after)
    assert not await ports.erasures.save(after)
    assert await ports.erasures.get("mia") == after


async def test_a_service_finds_those_whose_turn_it_is_oldest_first(ports: Ports) -> None:  # spec 10.6
    for person_id, minutes in (("late", 2), ("early", 1), ("done", 0)):
        await ports.erasures.add(erasure(person_id, minutes))
    done = erasure("done")
    for service in ("chat", "tickets", "notify"):
        done = reported(done, service, 0, "", AT)
        await ports.erasures.save(done)

    assert [each.person_id for each in await ports.erasures.waiting("chat", 20)] == ["early", "late"]
    assert [each.person_id for each in await ports.erasures.waiting("chat", 1)] == ["early"]
    assert await ports.erasures.waiting("notify", 20) == await ports.erasures.waiting("", 20) == []


async def test_what_chat_finished_lately_is_found_within_its_desk(ports: Ports) -> None:  # spec 10.2, 10.6
    await ports.erasures.add(erasure("mia"))
    assert not await ports.erasures.chat_finished_since(HARBOUR, AT - timedelta(days=1))

    assert await ports.erasures.save(reported(erasure("mia"), "chat", 3, "", AT))

    assert await ports.erasures.chat_finished_since(HARBOUR, AT)
    assert not await ports.erasures.chat_finished_since(HARBOUR, AT + timedelta(seconds=1))
    assert not await ports.erasures.chat_finished_since("elsewhere", AT)


async def test_a_commit_and_its_ticket_are_replaced_at_the_same_revision(ports: Ports) -> None:  # spec 10.6
    commit = made()
    await ports.log.append(commit)
    await ports.listed.project(commit.ticket)
    after = replace(commit, ticket=replace(commit.ticket, customer=Ref("mia", "Erased person"), summary="Erased"), replaced=1)

    assert await ports.log.replace(after)
    assert not await ports.log.replace(replace(after, command=replace(commit.command, content="slower")))
    await ports.listed.replace(after.ticket)

    assert await ports.log.last(HARBOUR, commit.ticket.id) == after
    assert await ports.log.replace(replace(after, replaced=2))
    assert await ports.log.load(HARBOUR, commit.ticket.id) == after.ticket
    await ports.listed.project(commit.ticket)
    assert await ports.listed.ids(HARBOUR, "", 10) == ([commit.ticket.id], "")


async def test_ids_follow_page_by_page_within_a_desk(ports: Ports) -> None:  # spec 10.2
    for id, desk_id in (("t3", HARBOUR), ("t1", HARBOUR), ("t2", HARBOUR), ("t0", "elsewhere")):
        await ports.listed.project(a_ticket(id=id, desk_id=desk_id))

    assert await ports.listed.ids(HARBOUR, "", 2) == (["t1"], "t1")
    assert await ports.listed.ids(HARBOUR, "t1", 3) == (["t2", "t3"], "")


async def test_ended_sign_ins_of_a_person_are_removed(ports: Ports) -> None:  # spec 10.6
    for id, person_id, ended in (("s1", "mia", True), ("s2", "mia", False), ("s3", "leo", True)):
        expires_at = AT + timedelta(days=1)
        sign_in = SignIn(
            id=id,
            secret_hash=id,
            desk_id=HARBOUR,
            person_id=person_id,
            method="trial",
            address="192.0.2.1",
            created_at=AT,
            expires_at=expires_at,
            ended=ended,
        )
        await ports.sign_ins.add(sign_in)
    if isinstance(ports.sign_ins, MongoSignIns):
        await ports.sign_ins.outbox.mark_published(await ports.sign_ins.outbox.unpublished(10))

    assert await ports.sign_ins.remove_of_person("mia") == 1
    assert await ports.sign_ins.with_hash("s1") is None
    assert await ports.sign_ins.with_hash("s2") and await ports.sign_ins.with_hash("s3")
