"""Writing commands into the log: races, repeats, unknown results, order."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from servicekit.call_deadline import set_call_deadline
from servicekit.errors import Unavailable
from services.chat.domain import chain
from services.chat.domain.conversation import JoinMode
from services.chat.domain.errors import Busy, NotAllowed, OutOfOrder, SessionNotFound, TooLate
from services.chat.domain.events import ChatEvent, Entry, MessagePosted
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_command import Outcome, QueuedCommand, ignore_outcome
from services.chat.handlers.session_writer import MAX_RACES
from tests.fakes.chat.desk import AVA, DESK, MIA, Desk
from tests.fakes.waiting import until


class Results:
    """The results of a post, as its sender receives them."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome | None] = []
        self.errors: list[BaseException | None] = []

    def __call__(self, outcome: Outcome | None, error: BaseException | None) -> None:
        self.outcomes.append(outcome)
        self.errors.append(error)


def texts(desk: Desk, session_id: str) -> list[str]:
    return [event.text for entry in desk.entries(session_id) for event in entry.events if isinstance(event, MessagePosted)]


async def test_commands_of_concurrent_replicas_get_different_revisions(desk: Desk) -> None:  # spec 3.7
    session = await desk.handled()
    replicas = [desk.chats, desk.replica(), desk.replica()]
    posts = [
        replica.conversation.post_message(MIA, session.id, f"{name}-{number}", f"{name}-{number}")
        for number in range(20)
        for name, replica in zip("abc", replicas, strict=True)
    ]
    outcomes = await asyncio.gather(*posts)

    assert sorted(outcome.revision for outcome in outcomes) == list(range(3, 63))
    assert chain.verify(desk.entries(session.id)) == 62
    for name in "abc":
        own = [text for text in texts(desk, session.id) if text.startswith(name)]
        assert own == [f"{name}-{number}" for number in range(20)]


async def test_one_post_is_in_flight_at_a_time_and_the_others_wait_in_order(desk: Desk) -> None:  # spec 3.6
    session, results = await desk.waiting(), Results()
    for number in range(50):
        desk.chats.conversation.submit_post(MIA, session.id, f"m{number}", f"{number}", results)
    await until(lambda: len(results.outcomes) == 50)

    assert [outcome.revision for outcome in results.outcomes if outcome] == list(range(2, 52))
    assert texts(desk, session.id)[1:] == [str(number) for number in range(50)]


async def test_sessions_do_not_wait_for_each_other(desk: Desk) -> None:
    slow, quick = await desk.waiting(), await desk.waiting(ticket_id="t-vpn")
    desk.log.hold()
    waiting = asyncio.ensure_future(desk.chats.conversation.post_message(MIA, slow.id, "m1", "Hello"))
    await until(lambda: bool(desk.log.held))
    stuck, desk.log.held = desk.log.held, None

    assert (await desk.chats.conversation.post_message(MIA, quick.id, "m1", "Hello")).revision == 2
    assert not waiting.done()
    desk.log.held = stuck
    desk.log.let_go()
    assert (await waiting).revision == 2


async def test_a_queued_command_is_not_started_after_its_callers_deadline(desk: Desk) -> None:  # spec 11.1
    session = await desk.waiting()
    desk.log.hold()
    first = asyncio.create_task(desk.chats.conversation.post_message(MIA, session.id, "m1", "first"))
    await until(lambda: bool(desk.log.held))

    set_call_deadline(10)
    late = asyncio.create_task(desk.chats.conversation.post_message(MIA, session.id, "m0", "late"))
    set_call_deadline(30)
    patient = asyncio.create_task(desk.chats.conversation.post_message(MIA, session.id, "m2", "second"))
    await desk.clock.advance(11)
    desk.log.let_go()

    with pytest.raises(TooLate):
        await late
    assert [(await first).revision, (await patient).revision] == [2, 3]
    assert texts(desk, session.id)[1:] == ["first", "second"]


async def test_an_unknown_result_is_reported_and_a_repeat_finds_the_written_entry(desk: Desk) -> None:  # spec 3.8
    session = await desk.waiting()
    desk.log.unknown.append(Unavailable("the connection broke"))
    with pytest.raises(Unavailable):
        await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")

    repeated = await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert (repeated.revision, len(desk.entries(session.id))) == (2, 2)


async def test_a_repeat_writes_an_entry_that_was_not_written(desk: Desk) -> None:  # spec 3.8
    session = await desk.waiting()
    desk.log.fails.append(Unavailable("the store is down"))
    with pytest.raises(Unavailable):
        await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert (await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")).revision == 2


async def test_every_waiting_command_is_unavailable_while_the_store_is_down(desk: Desk) -> None:
    session, results = await desk.waiting(), Results()

    async def down(desk_id: str, session_id: str, after: int = 0, most: int | None = None) -> list[Entry]:
        raise Unavailable("the store is down")

    desk.log.load = down  # type: ignore[method-assign]
    other = desk.replica()
    for number in range(3):
        other.conversation.submit_post(MIA, session.id, f"m{number}", "Hello", results)
    await until(lambda: len(results.errors) == 3)
    assert all(isinstance(error, Unavailable) for error in results.errors)


async def test_a_command_is_refused_only_by_the_newest_state(desk: Desk) -> None:  # spec 3.7
    session, other = await desk.waiting(), desk.replica()
    with pytest.raises(NotAllowed):
        await other.conversation.post_message(AVA, session.id, "m0", "Not in it yet")
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)

    assert (await other.conversation.post_message(AVA, session.id, "m1", "Hello")).revision == 3


async def test_a_session_opened_by_another_replica_is_found_after_an_earlier_miss(desk: Desk) -> None:
    other, opened = desk.replica(), await desk.waiting()
    log = desk.log.entries.pop((DESK, opened.id))
    with pytest.raises(SessionNotFound):
        await other.conversation.post_message(MIA, opened.id, "m1", "Hello")
    desk.log.entries[DESK, opened.id] = log
    assert (await other.conversation.post_message(MIA, opened.id, "m1", "Hello")).revision == 2


async def test_a_refusal_counts_only_on_a_state_that_was_read_after_the_command_came(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 3.6
    session, other, released = await desk.waiting(), desk.replica(), asyncio.Event()
    await desk.chats.conversation.join(AVA, session.id, "join", JoinMode.TAKE)
    load, results = desk.log.load, Results()

    async def slow(*arguments: Any) -> list[Entry]:
        found = await load(*arguments)
        await released.wait()
        return found

    before = len(desk.log.loaded)
    monkeypatch.setattr(desk.log, "load", slow)
    repeated = asyncio.create_task(other.conversation.join(AVA, session.id, "join", JoinMode.TAKE))
    await until(lambda: len(desk.log.loaded) > before)
    # This replica has the session cached and accepts the first message while the other one loads.
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "first")
    other.conversation.submit_post(MIA, session.id, "m2", "second", results, previous="m1")
    released.set()
    await until(lambda: bool(results.errors))
    assert results.errors == [None]
    assert (await repeated).session.id == session.id


async def test_a_post_without_its_predecessor_is_refused_and_accepted_after_it(desk: Desk) -> None:  # spec 3.6
    session, results = await desk.waiting(), Results()
    desk.chats.conversation.submit_post(MIA, session.id, "m2", "second", results, previous="m1")
    await until(lambda: bool(results.errors))
    assert isinstance(results.errors[0], OutOfOrder)

    desk.chats.conversation.submit_post(MIA, session.id, "m1", "first", results, previous="k1")
    desk.chats.conversation.submit_post(MIA, session.id, "m2", "second", results, previous="m1")
    await until(lambda: len(results.outcomes) == 3)
    assert texts(desk, session.id)[1:] == ["first", "second"]


async def test_a_post_past_its_deadline_is_not_written(desk: Desk) -> None:  # spec 11.1
    session, results = await desk.waiting(), Results()
    desk.chats.conversation.submit_post(MIA, session.id, "m1", "late", results, expires=desk.clock.now())
    await until(lambda: bool(results.errors))
    assert isinstance(results.errors[0], TooLate)
    assert len(desk.entries(session.id)) == 1


async def test_a_command_that_loses_every_race_is_refused_as_busy(desk: Desk) -> None:
    session, races = await desk.waiting(), 0
    other_replica = desk.replica()

    def write_first(entry: Entry) -> None:
        nonlocal races
        races += 1
        stolen = Entry(DESK, session.id, entry.revision, MIA.person, f"x{races}", "post", "", desk.clock.now(), (MessagePosted("x", "x"),))
        desk.log.insert(chain.seal(stolen, desk.entries(session.id)[-1].hash, "00"))
        desk.log.before_append = write_first

    desk.log.before_append = write_first
    with pytest.raises(Busy):
        await other_replica.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert races == MAX_RACES


async def test_times_of_a_session_never_go_back(desk: Desk) -> None:  # spec 3.6
    session = await desk.waiting()
    behind = Desk()
    await desk.clock.advance(5)
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")
    behind.log = desk.log
    outcome = await behind.replica().conversation.post_message(MIA, session.id, "m2", "From a replica whose clock is behind")
    assert outcome.at == desk.clock.now()


async def test_the_cache_is_bounded_and_an_eviction_changes_nothing(desk: Desk) -> None:
    session = await desk.handled()
    queues = desk.chats.writer._queues
    queues._most = 3
    others = [await desk.waiting(customer=MIA, ticket_id="t-vpn")]
    for number in range(5):
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "Hello")
        await desk.chats.conversation.post_message(MIA, others[0].id, f"m{number}", "Hello")
    assert len(queues) <= 1
    assert (await desk.chats.conversation.post_message(MIA, session.id, "m0", "Hello")).repeated


async def test_the_time_in_the_queue_is_measured_once_for_each_command(desk: Desk) -> None:  # spec 12.2
    session = await desk.waiting()
    before, other = len(desk.queued), desk.replica()
    await asyncio.gather(*(desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "Hello") for number in range(3)))
    assert len(desk.queued) == before + 3
    # The other replica's state is old, so it decides twice.
    await desk.chats.conversation.post_message(MIA, session.id, "m3", "Hello")
    await other.conversation.post_message(MIA, session.id, "m4", "Hello")
    assert len(desk.queued) == before + 5 and all(0 <= waited < 60 for waited in desk.queued)


async def test_an_exception_in_a_rule_fails_only_its_command(desk: Desk) -> None:
    session = await desk.waiting()

    def defect(session: ChatSession, now: datetime) -> list[ChatEvent]:
        raise AttributeError("a defect")

    with pytest.raises(AttributeError):
        await desk.chats.writer.write(QueuedCommand(DESK, session.id, "c", "k", "", defect, on_outcome=ignore_outcome))
    assert (await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")).revision == 2


async def test_an_invalid_session_id_is_not_looked_up(desk: Desk) -> None:  # spec 11.1
    for asked in (desk.chats.conversation.post_message(MIA, "x" * 65, "m1", "Hello"), desk.chats.queries.get(MIA, "x" * 65, 0)):
        with pytest.raises(SessionNotFound):
            await asked
    assert desk.log.loads == 0 and len(desk.chats.writer._queues) == 0
