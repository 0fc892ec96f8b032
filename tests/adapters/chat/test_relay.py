"""Publishing of entries by several replicas and after crashes: no entry is lost, and n+1 is never published before n."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.mongo import Mongo
from services.chat.domain.events import ExistingTicket, ParticipantLeft
from services.chat.domain.session import ChatSession
from services.chat.outbound import mongo_unpublished
from services.chat.ports import SessionQuery
from tests.adapters.chat.replicas import Consumed, Replicas, UncertainPublisher
from tests.adapters.chat.story import AVA, DESK, completing, entry, message, opening, state, taking
from tests.fakes.faults import CrashesAt, StopsAt
from tests.fakes.waiting import until

Projected = Sequence[tuple[ChatSession, datetime | None]]


async def test_an_entry_is_published_with_its_state_and_headers_and_projected(replica: Replicas, consumed: Consumed, unique: str) -> None:
    one = await replica()
    await one.commit(opening(unique))
    await one.commit(taking(unique, 2))
    await until(lambda: one.settled(unique))
    await until(lambda: consumed.revisions(unique) == [1, 2])

    record = next(r for r in reversed(consumed.records) if r.key == unique)
    changed = pb.SessionChanged.FromString(record.value)
    assert changed.entry.events[0].participant_joined.person.name == "Ava Chen"
    assert (changed.card.revision, changed.card.status, changed.card.taken_by.id) == (2, pb.CHAT_STATUS_HANDLED, "ava")
    assert {name: record.headers[name] for name in ("desk", "company", "board", "people", "kind", "status")} == {
        "desk": DESK,
        "company": "acme",
        "board": "service-desk",
        "people": "ava,mia",
        "kind": "participant_joined",
        "status": "handled",
    }
    page = await one.sessions.find(SessionQuery(DESK, person_id="ava"), 10)
    assert [session.revision for session in page.sessions if session.id == unique] == [2]


async def test_an_entry_that_is_not_a_message_is_projected_before_it_is_published(
    replica: Replicas, consumed: Consumed, unique: str
) -> None:
    one = await replica()
    await one.commit(opening(unique))
    await until(lambda: consumed.revisions(unique) == [1])

    assert [session.id for session in (await one.sessions.find(SessionQuery(DESK), 10)).sessions] == [unique]


async def test_the_topic_keeps_the_order_of_two_replicas_that_write_in_turns(replica: Replicas, consumed: Consumed, unique: str) -> None:
    one, other = await replica(), await replica()
    past = [opening(unique)]
    await one.commit(past[0], before=[])
    for revision in range(2, 61):
        past.append(message(unique, revision))
        await (one if revision % 3 else other).commit(past[-1], before=past[:-1])

    await until(lambda: set(consumed.revisions(unique)) == set(range(1, 61)))
    await until(lambda: one.settled(unique))
    assert consumed.never_out_of_order(unique)


async def test_a_gap_in_the_waiting_entries_of_a_replica_is_filled_from_the_log(replica: Replicas, consumed: Consumed, unique: str) -> None:
    """The replica committed 2 and 4; another replica committed 3 and crashed."""
    one = await replica()
    past = [opening(unique), message(unique, 2), message(unique, 3), message(unique, 4)]
    for each in past:
        await one.log.append(each)
    for revision in (1, 2, 4):
        one.relay.committed(past[revision - 1], state(past[:revision]))

    await until(lambda: set(consumed.revisions(unique)) == {1, 2, 3, 4})
    assert consumed.never_out_of_order(unique)


async def test_another_replica_publishes_after_a_crash_between_insert_and_publish(
    replica: Replicas, consumed: Consumed, unique: str
) -> None:
    crashing = await replica(StopsAt("entry_inserted"))
    inserted = crashing.log.append(opening(unique))
    await until(lambda: crashing.marked(unique))
    assert not inserted.done()
    inserted.cancel()

    other = await replica()

    await until(lambda: other.settled(unique))
    assert set(consumed.revisions(unique)) == {1}
    assert len((await other.sessions.find(SessionQuery(DESK), 10)).sessions) == 1


async def test_an_entry_is_published_after_a_crash_between_projection_and_publish(
    replica: Replicas, consumed: Consumed, unique: str
) -> None:
    faults = StopsAt("structure_projected")
    crashing = await replica(faults)
    past = [opening(unique), taking(unique, 2)]
    for each in past:
        await crashing.log.append(each)
    for number, each in enumerate(past):
        crashing.relay.committed(each, state(past[: number + 1]))
    await faults.seen.wait()
    assert consumed.revisions(unique) == [] and await crashing.marked(unique)
    assert (await crashing.sessions.find(SessionQuery(DESK), 10)).sessions == [state(past)]
    await crashing.crash()

    other = await replica()

    await until(lambda: other.settled(unique))
    await until(lambda: consumed.revisions(unique) == [1, 2])


@pytest.mark.parametrize("point", ["entry_published", "projected"])
async def test_a_crash_between_publish_and_mark_repeats_records_and_loses_none(
    replica: Replicas, consumed: Consumed, unique: str, point: str
) -> None:
    faults = StopsAt(point)
    crashing = await replica(faults)
    past = [opening(unique), message(unique, 2), taking(unique, 3), message(unique, 4)]
    for each in past:
        await crashing.log.append(each)
    for number, each in enumerate(past):
        crashing.relay.committed(each, state(past[: number + 1]))
    await faults.seen.wait()
    await until(lambda: set(consumed.revisions(unique)) == {1, 2, 3, 4})
    assert not await crashing.settled(unique)
    await crashing.crash()

    other = await replica()

    await until(lambda: other.settled(unique))
    # On a slow machine the sweep of the first replica may have published them as well.
    await until(lambda: len(consumed.revisions(unique)) >= 8 and consumed.revisions(unique)[-4:] == [1, 2, 3, 4])
    assert consumed.never_out_of_order(unique)
    assert (await other.sessions.find(SessionQuery(DESK), 1)).sessions[0] == state(past)


async def test_a_replica_publishes_entries_left_by_a_crash_before_its_own(replica: Replicas, consumed: Consumed, unique: str) -> None:
    crashing = await replica(StopsAt("entry_inserted"))
    past = [opening(unique)]
    inserted = crashing.log.append(past[0])
    await until(lambda: crashing.marked(unique))
    inserted.cancel()
    await crashing.crash()
    other = await replica()
    past.append(message(unique, 2))
    await other.commit(past[1], before=past[:1])

    await until(lambda: other.settled(unique))
    await until(lambda: consumed.revisions(unique)[:2] == [1, 2] or consumed.revisions(unique)[:3] == [1, 1, 2])


async def test_a_batch_with_an_unknown_result_is_repeated_completely_and_in_order(
    replica: Replicas, publisher: UncertainPublisher, consumed: Consumed, unique: str
) -> None:
    publisher.times = 2
    one = await replica()
    past = [opening(unique), message(unique, 2), message(unique, 3)]
    for number in range(3):
        await one.commit(past[number], before=past[:number])

    await until(lambda: one.settled(unique))
    await until(lambda: set(consumed.revisions(unique)) == {1, 2, 3})
    assert consumed.never_out_of_order(unique)


async def test_a_relay_that_crashes_restarts_by_itself(replica: Replicas, consumed: Consumed, unique: str) -> None:
    one = await replica(CrashesAt("entry_published", times=1))
    await one.commit(opening(unique))
    await one.commit(message(unique, 2))

    await until(lambda: one.settled(unique))
    await until(lambda: set(consumed.revisions(unique)) == {1, 2})
    assert consumed.never_out_of_order(unique)


async def test_concurrent_sweeps_and_writers_keep_the_order(replica: Replicas, consumed: Consumed, unique: str) -> None:
    """Entries of a crashed replica and of running ones, and two sweeps, in five sessions at the same time."""
    live, crashed = [await replica(), await replica()], await replica()
    await crashed.crash()
    ids = [f"{unique}-{number}" for number in range(5)]

    async def write(id: str, turn: int) -> None:
        past = [opening(id)]
        await live[0].commit(past[0], before=[])
        for revision in range(2, 17):
            past.append(message(id, revision))
            await [*live, crashed][(revision * 7 + turn) % 3].commit(past[-1], before=past[:-1])

    await asyncio.gather(*(write(id, turn) for turn, id in enumerate(ids)))

    for id in ids:
        await until(lambda id=id: live[0].settled(id))  # type: ignore[misc]
        await until(lambda id=id: set(consumed.revisions(id)) == set(range(1, 17)))  # type: ignore[misc]
        assert consumed.never_out_of_order(id)


async def test_a_stop_publishes_committed_entries(replica: Replicas, consumed: Consumed, unique: str) -> None:
    one = await replica()
    await one.commit(opening(unique))
    await one.relay.stop()

    assert await one.settled(unique)
    await until(lambda: consumed.revisions(unique) == [1])


async def test_the_record_of_an_end_has_the_closer_and_the_ticket_wish(replica: Replicas, consumed: Consumed, unique: str) -> None:
    one = await replica()
    past = [opening(unique), taking(unique, 2), completing(unique, 3, ExistingTicket("t"))]
    for number in range(3):
        await one.commit(past[number], before=past[:number])
    await until(lambda: consumed.revisions(unique) == [1, 2, 3])

    changed = pb.SessionChanged.FromString(consumed.records[-1].value)
    assert changed.entry.events[2].ticket_wished.attach.ticket_id == "t"
    assert (changed.card.ticket_link, changed.card.close_record.by.id) == (pb.TICKET_LINK_PENDING, "ava")


async def test_the_record_of_a_leave_names_the_person_who_left(replica: Replicas, consumed: Consumed, unique: str) -> None:
    one = await replica()
    past = [opening(unique), taking(unique, 2), entry(unique, 3, ParticipantLeft(AVA), by=AVA)]
    for number in range(3):
        await one.commit(past[number], before=past[:number])
    await until(lambda: consumed.revisions(unique) == [1, 2, 3])

    assert consumed.records[-1].headers["people"] == "ava,mia"


async def test_a_sweep_publishes_every_page_and_leaves_only_a_session_that_it_cannot_read(
    replica: Replicas, consumed: Consumed, mongo: Mongo, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks of an earlier version are found as well."""
    monkeypatch.setattr(mongo_unpublished, "SWEPT_AT_ONCE", 2)
    ids = [f"{unique}{n}" for n in range(5)]
    broken, earlier, *_ = ids
    one = await replica()
    for id in ids:
        await one.log.append(opening(id))
    log = mongo.database["log"]
    await log.update_one({"_id": f"{broken}:00000001"}, {"$set": {"events": "unreadable"}})
    await log.update_one({"_id": f"{earlier}:00000001"}, {"$set": {"unpublished": True}})

    await until(lambda: all(consumed.revisions(id) for id in ids[1:]))
    for id in ids[1:]:
        await until(partial(one.settled, id))
    assert await one.marked(broken)


async def test_a_message_does_not_wait_for_the_projection_of_another_session(
    replica: Replicas, consumed: Consumed, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, free = await replica(), f"{unique}-other", asyncio.Event()
    await one.commit(opening(unique))
    await until(lambda: one.settled(unique))
    project = one.sessions.project

    async def hangs(sessions: Projected) -> None:
        if any(session.id == other for session, _ in sessions):
            await free.wait()
        await project(sessions)

    monkeypatch.setattr(one.sessions, "project", hangs)
    await one.commit(opening(other))
    await one.commit(message(other, 2))
    await one.commit(message(unique, 2))

    await until(lambda: consumed.revisions(unique) == [1, 2])
    assert consumed.revisions(other) == []
    free.set()
    await until(lambda: consumed.revisions(other) == [1, 2] and one.settled(other))
