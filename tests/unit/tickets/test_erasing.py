"""Erasing a person: who may, what each service is given to do, and what goes from tickets, files and sign-ins."""

from dataclasses import replace
from typing import Any

import pytest

from servicekit.erasing import ErasureTask, Step
from services.tickets.domain.attaching import NewTicketWish
from services.tickets.domain.audit import AuditKind
from services.tickets.domain.directory import Person
from services.tickets.domain.errors import ErasureNotFound, InvalidValue, NotAllowed, PersonErased, PersonNotFound
from services.tickets.domain.people import Actor
from services.tickets.domain.ticket import Ticket, TicketStatus
from services.tickets.domain.timeline import Commit, Note
from tests.unit.tickets.desk import AVA, BO, EVE, HARBOUR, LEO, MIA, SERVICE, TicketsDesk
from tests.unit.tickets.test_audit import entry

OF_MIA = ErasureTask("mia", HARBOUR, True, ("Mia Torres", "mia@acme.example"))
OF_BO = ErasureTask("bo", HARBOUR, False, ("Bo Lindqvist",))


async def finish(desk: TicketsDesk, service: str, task: ErasureTask = OF_MIA) -> None:
    await desk.erasures.report(service, task.person_id, Step(1, ""))


async def a_ticket_with_a_log(desk: TicketsDesk, text: str = "Mia Torres: hello\n" * 500) -> Ticket:
    desk.ended_chat(NewTicketWish("service-desk", "Printer of Mia Torres", "high"), text=text)
    await desk.chat_logs.attach(HARBOUR, "s1", desk.chat_client.chats["s1"])
    (listed,) = desk.listed.shown.values()
    return listed


def attached(desk: TicketsDesk) -> set[str]:
    return {file.id for commit in desk.log.kept for _, file in commit.attachments}


@pytest.mark.parametrize(("by", "refused"), [(BO, NotAllowed), (MIA, NotAllowed), (replace(EVE, role=AVA.role), PersonNotFound)])
async def test_only_admins_of_the_desk_and_services_may_erase(desk: TicketsDesk, by: Actor, refused: type[Exception]) -> None:  # spec 10.2
    for call in (desk.erasures.begin, desk.erasures.get):
        with pytest.raises(refused):
            await call(by, "mia")
    with pytest.raises(PersonNotFound):
        await desk.erasures.begin(AVA, "nobody")
    with pytest.raises(ErasureNotFound):
        await desk.erasures.get(AVA, "mia")
    assert desk.erasure_store.kept == {}


async def test_the_directory_keeps_only_the_id_for_good_and_the_person_is_signed_out(desk: TicketsDesk) -> None:  # spec 10.6
    await desk.sign_ins.create("mia", "trial", "192.0.2.1")
    mia = await desk.directory_store.get(Person, "mia")
    assert mia is not None
    before = replace(mia, email="mia@acme.example", phone="+442079460101", time_zone="Europe/London")
    await desk.directory.upsert(SERVICE, before)

    first = await desk.erasures.begin(AVA, "mia")
    assert await desk.erasures.begin(SERVICE, "mia") == first

    after = await desk.directory_store.get(Person, "mia")
    assert after == replace(before, name="Erased person", email="", phone="", time_zone="", trial=False, disabled=True, erased=True)
    assert len(desk.sign_in_store.published) == 1
    with pytest.raises(PersonErased):
        await desk.directory.upsert(SERVICE, before)
    with pytest.raises(InvalidValue):
        await desk.directory.upsert(SERVICE, replace(before, id="leo", erased=True))


async def test_each_service_has_its_turn_and_texts_are_forgotten_at_the_end(desk: TicketsDesk) -> None:  # spec 10.6
    await desk.erasures.begin(AVA, "mia")
    await desk.clock.advance(30)
    (task,) = await desk.erasures.tasks("chat")
    assert (task.person_id, task.customer, task.texts) == ("mia", True, ("Mia Torres",))
    assert await desk.erasures.tasks("notify") == await desk.erasures.tasks("tickets") == []

    await desk.erasures.report("chat", "mia", Step(3, "page 2"))
    assert (await desk.erasures.tasks("chat"))[0].after == "page 2"
    await desk.erasures.report("chat", "mia", Step(2, ""))
    await desk.erasures.report("chat", "mia", Step(2, ""))
    assert await desk.erasures.tasks("chat") == []
    for service in ("tickets", "notify"):
        assert len(await desk.erasures.tasks(service)) == 1
        assert (await desk.erasures.get(AVA, "mia")).done_at is None
        await finish(desk, service)

    done = await desk.erasures.get(AVA, "mia")
    assert done.done_at == desk.clock.now() and done.texts == () and done.share("chat").changed == 5
    for service, step, field in (
        ("gateway", Step(0, ""), "service"),
        ("chat", Step(2**32 - 1, ""), "changed"),
        ("chat", Step(0, "x" * 501), "after"),
    ):
        with pytest.raises(InvalidValue) as refused:
            await desk.erasures.report(service, "mia", step)
        assert refused.value.field == field
    with pytest.raises(InvalidValue):
        await desk.erasures.tasks("gateway")


async def test_no_service_erases_while_the_person_may_still_write(desk: TicketsDesk) -> None:  # spec 10.6, 10.10
    await desk.erasures.begin(AVA, "mia")
    await desk.clock.advance(29)
    assert await desk.erasures.tasks("chat") == []
    await desk.clock.advance(1)
    assert len(await desk.erasures.tasks("chat")) == 1


async def test_a_customer_is_erased_from_tickets_notes_and_the_list(desk: TicketsDesk) -> None:  # spec 10.6
    own = await desk.create(MIA, "Printer on fire", text="It smokes at my desk.")
    note: dict[str, Any] = {"command_id": "n1", "text": "MIA TORRES called.", "internal": True}
    await desk.note(AVA, own, **note)
    await desk.update(AVA, own, summary="Printer of Mia Torres")
    other = await desk.create(LEO, "Like Mia Torres has")
    await desk.update(AVA, other, summary="Like Mia Torres has", status=TicketStatus.IN_PROGRESS)

    await desk.erasures.begin(AVA, "mia")
    assert (await desk.erasing.erase(OF_MIA)).changed == 5

    stored = repr((desk.log.kept, desk.listed.shown)).casefold()
    assert not [word for word in ("mia torres", "printer", "smokes") if word in stored]
    # A digest has no salt; without it a repeat is still one.
    assert {commit.command.content for commit in desk.log.kept} == {""}
    await desk.note(AVA, own, **note)
    notes = [entry.body.text for entry in await desk.timeline(AVA, own) if isinstance(entry.body, Note)]
    assert notes == ["Erased", "Erased person called."]
    shown = desk.listed.shown
    assert shown[own.id].customer.id == "mia" and shown[own.id].summary == "Erased"
    assert shown[other.id].summary == "Like Erased person has"
    await desk.relay.publish_all()
    assert [commit.ticket for commit in desk.relay.published[-2:]] == [shown[id] for id in sorted((own.id, other.id))]
    assert (await desk.erasing.erase(OF_MIA)).changed == 0


async def test_a_first_name_alone_goes_from_tickets_in_which_the_person_took_part(desk: TicketsDesk) -> None:  # spec 10.6
    own, assigned, written, other = [await desk.create(LEO, f"Bo knows {number}") for number in range(4)]
    await desk.note(AVA, own, "Ask mia, or Mrs Torres.", internal=True)
    await desk.update(AVA, own, customer_id="mia")
    await desk.update(AVA, own, customer_id="leo")
    await desk.update(AVA, assigned, assignee_id="bo")
    await desk.update(AVA, assigned, assignee_id="")
    await desk.note(BO, written, "Mine.")

    await desk.erasures.begin(AVA, "bo")
    for _ in range(2):
        await desk.erasing.erase(OF_BO)
        shown = [desk.listed.shown[ticket.id].summary for ticket in (own, assigned, written, other)]
        assert shown == ["Bo knows 0", "Erased person knows 1", "Erased person knows 2", "Bo knows 3"]
    await desk.erasures.begin(AVA, "mia")
    await desk.erasing.erase(OF_MIA)
    notes = [entry.body.text for entry in await desk.timeline(AVA, own) if isinstance(entry.body, Note)]
    assert notes == ["Ask Erased person, or Mrs Erased person."]


async def test_the_log_of_a_chat_is_written_once_more_without_the_person(desk: TicketsDesk) -> None:  # spec 10.6
    ticket = await a_ticket_with_a_log(desk)
    desk.chat_client.texts["s1"] = "Erased person: Erased\n" * 10

    await desk.erasures.begin(AVA, "mia")
    await desk.erasing.erase(OF_MIA)

    notes = [entry.body for entry in await desk.timeline(AVA, ticket) if isinstance(entry.body, Note)]
    ((file,),) = [note.attachments for note in notes]
    assert [content for _, content, _ in desk.files.kept.values()] == [f"Ticket: 1\n{desk.chat_client.texts['s1']}".encode()]
    assert file.size == len(desk.files.kept[file.id][1]) and file.id in desk.files.named
    assert "Mia" not in repr((desk.log.kept, desk.files.kept))


async def test_an_engineer_is_found_deep_in_the_log_of_a_chat_of_others(desk: TicketsDesk) -> None:  # spec 10.6
    await a_ticket_with_a_log(desk, "Mia Torres: hello\n" * 20_000 + "Mia Torres: is Bo Lindqvist there?\n")
    desk.chat_client.texts["s1"] = "Mia Torres: is Erased person there?\n"

    await desk.erasures.begin(AVA, "bo")
    assert (await desk.erasing.erase(OF_BO)).changed == 1

    assert "Lindqvist" not in repr((desk.log.kept, desk.files.kept))
    assert (await desk.erasing.erase(OF_BO)).changed == 0


async def test_a_log_whose_file_is_gone_is_written_once_more(desk: TicketsDesk) -> None:  # spec 10.6
    await a_ticket_with_a_log(desk, "Mia Torres: is Bo Lindqvist there?\n" * 100)
    desk.chat_client.texts["s1"] = "Mia Torres: is Erased person there?\n"
    await desk.erasures.begin(AVA, "bo")
    (removed,) = desk.files.kept
    await desk.files.remove(removed)

    assert (await desk.erasing.erase(OF_BO)).changed == 1

    ((file, content, _),) = desk.files.kept.values()
    assert file.id in desk.files.named and b"Erased person" in content
    assert (await desk.erasing.erase(OF_BO)).changed == 0


async def test_a_commit_that_was_decided_before_does_not_bring_the_name_back(desk: TicketsDesk) -> None:  # spec 10.6
    ticket = await desk.create(MIA, "Printer on fire")
    replaced = desk.log.replace

    async def with_a_late_commit(commit: Commit) -> bool:
        desk.log.replace = replaced  # type: ignore[method-assign]
        await desk.note(AVA, ticket, "A note.")
        return await replaced(commit)

    desk.log.replace = with_a_late_commit  # type: ignore[method-assign]
    await desk.erasures.begin(AVA, "mia")
    await desk.erasing.erase(OF_MIA)
    assert "Mia Torres" not in repr((desk.log.kept, desk.listed.shown))


async def test_the_addresses_of_sign_ins_leave_the_audit_log(desk: TicketsDesk) -> None:  # spec 10.5, 10.6
    for person_id in ("mia", "leo"):
        await desk.audit.keep(entry(person_id, 0, by_id=person_id, kind=AuditKind.SIGN_IN, address="192.0.2.1"))

    await desk.erasures.begin(AVA, "mia")
    assert (await desk.erasing.erase(OF_MIA)).changed == 1

    assert {id: one.address for id, one in desk.audit_store.kept.items()} == {"mia": "", "leo": "192.0.2.1"}


async def test_sign_ins_are_removed_when_their_end_is_published(desk: TicketsDesk) -> None:  # spec 10.6
    await desk.sign_ins.create("mia", "trial", "192.0.2.1")
    await desk.sign_ins.create("leo", "trial", "192.0.2.2")

    await desk.erasures.begin(AVA, "mia")
    assert (await desk.erasing.erase(OF_MIA)).changed == 1

    assert [sign_in.person_id for sign_in in desk.sign_in_store.kept.values()] == ["leo"]
