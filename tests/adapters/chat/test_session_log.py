"""The session log: the MongoDB adapter and the fake in memory."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from servicekit.mongo import Mongo
from services.chat.domain import events as ev
from services.chat.domain import transfer as tr
from services.chat.domain.desk_settings import ChatSettings, HoursMode
from services.chat.domain.files import File
from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan
from services.chat.domain.status import ChatStatus, StatusStep
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.outbound.mongo_settings import converter
from services.chat.ports import CommandTaken, RevisionTaken, SessionLog
from tests.adapters.chat.story import AVA, DESK, MIA, NINE, SAM, entry, message, opening, taking
from tests.fakes.chat.session_log import FakeSessionLog


@pytest.fixture(params=["fake", "store"])
def log(request: pytest.FixtureRequest) -> SessionLog:
    if request.param == "fake":
        return FakeSessionLog()
    replica: Callable[[], MongoSessionLog] = request.getfixturevalue("replica_log")
    return replica()


async def test_appended_entries_are_loaded_in_order_and_complete(log: SessionLog) -> None:
    first, second, third = opening("s"), message("s", 2, "späť 😀 <b>"), taking("s", 3)
    for one in (first, second, third):
        await log.append(one)

    assert await log.load(DESK, "s") == [first, second, third]
    assert await log.load(DESK, "s", after=2) == [third]
    assert await log.load(DESK, "s", most=2) == [first, second]
    assert await log.load(DESK, "s", after=1, most=1) == [second]
    assert await log.load(DESK, "s", after=1, most=9) == [second, third]


async def test_the_entry_of_a_command_is_found(log: SessionLog) -> None:  # spec 13.5
    wanted = message("s", 3)
    for one in (opening("s"), message("s", 2), wanted):
        await log.append(one)
    assert await log.entry_of(DESK, "s", wanted.by.id, wanted.command_id) == wanted
    for desk_id, session_id, by_id, command_id in (
        ("other", "s", wanted.by.id, wanted.command_id),
        (DESK, "t", wanted.by.id, wanted.command_id),
        (DESK, "s", "sam", wanted.command_id),
        (DESK, "s", wanted.by.id, "none"),
    ):
        assert await log.entry_of(desk_id, session_id, by_id, command_id) is None


async def test_every_kind_of_event_round_trips(log: SessionLog) -> None:
    window = ev.TimeWindow(NINE, NINE)
    events: tuple[ev.ChatEvent, ...] = (
        *opening("s", ticket_id="t").events,
        ev.MessagePosted("m2", "", (File("f", "späť.png", "image/png", 5, "ab"),)),
        ev.ParticipantLeft(MIA),
        ev.StatusChanged(ChatStatus.WAITING, ChatStatus.CALLBACK, StatusStep.CALL_BACK),
        ev.EngineerInvited(SAM),
        ev.CallbackAsked(ev.CallbackWish("+491234567", False, "after lunch", (window, window))),
        ev.CallbackAsked(ev.CallbackWish(by_chat=True), next_call_at=window.end, due=True),
        ev.OfferRaised(ev.Offer.OUTSIDE_HOURS, NINE),
        ev.OfferRaised(ev.Offer.NOBODY_THERE),
        ev.OfferWithdrawn(),
        ev.UnattendedChanged(True),
        ev.SessionCompleted(),
        ev.TicketWished(ev.NewTicket("service-desk", "Printer", "high")),
        ev.TicketWished(ev.ExistingTicket("t")),
        ev.TicketLinked("t", 7),
        ev.CloseNoted("done"),
        ev.SessionVoided(),
        ev.TicketAskedAgain(),
        ev.PlaceChanged("projects", "acme", "Acme Ltd", 4),
        ev.BecameOlder(),
        ev.FeedbackGiven(ev.Solved.NO),
        ev.FeedbackCommented("Still smokes"),
        ev.PersonErased("mia"),
        ev.NoteWritten("n", "between us"),
        tr.TransferAsked((SAM, AVA), NINE, "projects", "Projects"),
        tr.TransferAsked((SAM,), NINE),
        tr.TransferAccepted(AVA, SAM),
        tr.TransferDeclined(SAM),
        tr.TransferExpired(),
        tr.TransferWithdrawn(),
    )
    whole = entry("s", 1, *events)
    await log.append(whole)

    assert {type(event) for event in events} >= set(ev.ChatEvent.__args__) - {ev.MessagePosted}
    assert await log.load(DESK, "s") == [whole]


async def test_an_entry_is_replaced_by_the_same_one_without_a_person(log: SessionLog) -> None:  # spec 10.6
    first, second = opening("s"), message("s", 2, "secret")
    for one in (first, second):
        await log.append(one)
    erased = replace(second, by=replace(second.by, name="Erased person"), events=(), salt="", fingerprint="", commitment="c0ffee")

    for _ in range(2):
        await log.replace([erased])

    assert await log.load(DESK, "s") == [first, erased]


async def test_a_second_append_of_a_revision_fails_and_writes_nothing(log: SessionLog) -> None:
    first = opening("s")
    await log.append(first)

    with pytest.raises(RevisionTaken):
        await log.append(message("s", 1, "too late", by=AVA))

    assert await log.load(DESK, "s") == [first]


async def test_a_command_id_can_be_appended_once_per_sender_at_any_revision(log: SessionLog) -> None:  # spec 3.8
    await log.append(opening("s"))
    await log.append(entry("s", 2, ev.MessagePosted("m", "once"), command_id="m"))

    with pytest.raises(CommandTaken):
        await log.append(entry("s", 3, ev.MessagePosted("m", "once"), command_id="m"))
    await log.append(entry("s", 3, ev.MessagePosted("m", "another sender's"), by=AVA, command_id="m"))

    assert [one.revision for one in await log.load(DESK, "s")] == [1, 2, 3]


async def test_one_conflict_in_a_batch_does_not_affect_the_others(log: SessionLog) -> None:
    await log.append(opening("lost"))

    results = await asyncio.gather(*(log.append(opening(id)) for id in ("a", "lost", "b")), return_exceptions=True)

    assert [type(result) for result in results] == [type(None), RevisionTaken, type(None)]
    assert await log.load(DESK, "a") and await log.load(DESK, "b")


async def test_another_desk_finds_nothing(log: SessionLog) -> None:  # spec 10.2
    await log.append(opening("s"))

    assert await log.load("other-desk", "s") == []


async def test_exactly_one_of_two_replicas_writes_a_revision(replica_log: Callable[[], MongoSessionLog]) -> None:
    one, other = replica_log(), replica_log()
    for number in range(20):
        session = f"race-{number}"
        await one.append(opening(session))
        takes = (taking(session, 2, AVA), taking(session, 2, SAM))

        results = await asyncio.gather(one.append(takes[0]), other.append(takes[1]), return_exceptions=True)

        assert sorted(type(result).__name__ for result in results) == ["NoneType", "RevisionTaken"]
        assert (await other.load(DESK, session))[1] == takes[results.index(None)]


async def test_settings_round_trip(mongo: Mongo) -> None:
    hours = OfficeHours("Europe/Berlin", (WeeklySpan(1, 540, 1020), WeeklySpan(5, 1320, 60)), (Holiday(date(2026, 12, 25), "Christmas"),))
    settings = ChatSettings(hours_mode=HoursMode.REFUSE, hours=hours, companies={"acme.$1": False}, customers={"mia": True})
    await mongo.database["any"].insert_one({"_id": "one", **converter.unstructure(settings)})

    document = await mongo.database["any"].find_one({"_id": "one"})

    assert document is not None and converter.structure(document, ChatSettings) == settings
