"""Every event has a proto, and what a customer may see of a session's messages (spec 10.2)."""

from dataclasses import replace
from datetime import datetime
from typing import get_args

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.moments import to_proto
from servicekit.protos import fields_of
from servicekit.visibility import for_customers, has_option
from services.chat.contract import sessions as contract
from services.chat.contract.records import Records
from services.chat.contract.sessions import PAGE_BYTES, PAGE_ENTRIES, card_to_proto, page_to_proto, record_of, session_to_proto
from services.chat.contract.settings import settings_from, settings_to_proto
from services.chat.domain import events as ev
from services.chat.domain import transfer as tr
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave
from services.chat.domain.errors import BadArgument
from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan
from services.chat.domain.people import SYSTEM
from services.chat.domain.status import ChatStatus, ChatType, StatusStep
from services.chat.outbound.mongo_settings import settings_record
from tests.adapters.chat.story import AVA, MIA, NINE, SAM, completing, entry, message, opening, state, taking

ONE_OF_EACH: dict[type[ev.ChatEvent], ev.ChatEvent] = {
    type(event): event
    for event in (
        *opening("s").events,
        *message("s", 2).events,
        ev.ParticipantLeft(MIA),
        ev.StatusChanged(ChatStatus.WAITING, ChatStatus.HANDLED, StatusStep.JOIN),
        ev.EngineerInvited(SAM),
        ev.CallbackAsked(ev.CallbackWish("+491234567", windows=(ev.TimeWindow(NINE, NINE),))),
        ev.OfferRaised(ev.Offer.OUTSIDE_HOURS, NINE),
        ev.OfferWithdrawn(),
        ev.UnattendedChanged(True),
        ev.SessionCompleted(),
        ev.TicketWished(ev.NewTicket("b", "s", "low")),
        ev.TicketLinked("t", 7),
        ev.CloseNoted("secret note"),
        ev.SessionVoided(),
        ev.TicketAskedAgain(),
        ev.PlaceChanged("projects", "globex", "Globex", 4),
        ev.BecameOlder(),
        ev.FeedbackGiven(ev.Solved.YES),
        ev.FeedbackCommented("Quick"),
        ev.PersonErased("mia"),
        ev.NoteWritten("n", "secret note"),
        tr.TransferAsked((SAM,), NINE, "projects", "Projects"),
        tr.TransferAccepted(AVA, SAM),
        tr.TransferDeclined(SAM),
        tr.TransferExpired(),
        tr.TransferWithdrawn(),
    )
}


@pytest.mark.parametrize("kind", get_args(ev.ChatEvent), ids=lambda kind: str(kind.__name__))
def test_every_event_is_mapped_to_the_proto_and_to_the_record(kind: type[ev.ChatEvent]) -> None:
    one = entry("s", 1, ONE_OF_EACH[kind])

    (proto,) = contract.entry_to_proto(one).events

    assert proto.WhichOneof("event") == contract.EVENT_NAMES[kind] == contract.entry_kind(one)
    assert {field.name for field in pb.SessionEvent.DESCRIPTOR.fields} == set(contract.EVENT_NAMES.values())


@pytest.mark.parametrize("kind", get_args(ev.ChatEvent), ids=lambda kind: str(kind.__name__))
def test_a_customer_gets_every_event_that_is_not_for_engineers_only(kind: type[ev.ChatEvent]) -> None:
    one = entry("s", 1, *message("s", 2).events, ONE_OF_EACH[kind])
    hidden = has_option(pb.SessionEvent.DESCRIPTOR.fields_by_name[contract.EVENT_NAMES[kind]])

    seen = for_customers(contract.entry_to_proto(one))

    assert (len(seen.events), seen.hidden) == ((1, 1) if hidden else (2, 0))
    assert (seen.revision, seen.hash) == (1, one.hash)
    assert b"secret note" not in seen.SerializeToString()


def test_a_customers_card_lacks_contact_invitations_and_close_note() -> None:
    entries = [opening("s"), taking("s", 2), entry("s", 3, ev.EngineerInvited(SAM), by=AVA)]
    invited = state(entries)
    closed = state([*entries, completing("s", 4), entry("s", 5, ev.CloseNoted("secret note"), by=AVA)])

    for session in (invited, closed):
        card = for_customers(card_to_proto(session))
        assert not card.invited and not card.HasField("contact") and not card.HasField("close_record") and not card.HasField("report")
        assert (card.title, card.customer.name, card.taken_by.name) == ("Printer is on fire", "Mia Torres", "Ava Chen")
    assert card_to_proto(invited).invited[0].id == "sam"
    assert card_to_proto(closed).close_record.note == "secret note"
    shown = for_customers(session_to_proto(closed, [opening("s")]))
    assert not shown.entries[0].events[0].session_opened.HasField("contact")
    assert shown.hash == closed.hash


def test_a_page_of_a_session_is_bounded_and_marks_that_there_is_more() -> None:  # spec 3.7
    short = [message("s", revision) for revision in range(1, PAGE_ENTRIES + 2)]
    long = [message("s", revision, "\N{FIRE}" * 4_000) for revision in range(1, 101)]

    for entries in (short, long):
        session = replace(state([opening("s")]), revision=entries[-1].revision)
        page = page_to_proto(session, entries[:PAGE_ENTRIES])
        count = len(page.session.entries)
        assert page.more and 0 < count <= PAGE_ENTRIES and page.ByteSize() < PAGE_BYTES + 20_000
        assert [entry.revision for entry in page.session.entries] == list(range(1, count + 1))
        rest = page_to_proto(session, entries[-1:])
        assert not rest.more and len(rest.session.entries) == 1
    assert not page_to_proto(session, []).more


def test_the_record_that_asks_tickets_again_has_the_wish() -> None:  # spec 4.2
    entries = [opening("s"), taking("s", 2), completing("s", 3, ev.ExistingTicket("t1")), entry("s", 4, ev.TicketAskedAgain(), by=SYSTEM)]
    ended, asked = (pb.SessionChanged.FromString(record_of(entries[n - 1], state(entries[:n])).value) for n in (3, 4))

    assert asked.wish == ended.entry.events[-1].ticket_wished == pb.TicketWished(attach=pb.ExistingTicket(ticket_id="t1"))
    assert not ended.HasField("wish")


def test_a_published_record_hides_nothing() -> None:
    entries = [opening("s"), taking("s", 2), entry("s", 3, ev.EngineerInvited(SAM), by=AVA)]

    proto = pb.SessionChanged.FromString(record_of(entries[2], state(entries)).value)

    assert proto.entry.events[0].engineer_invited.engineer.name == "Sam Okafor"
    assert (proto.card.contact.phone, proto.card.invited[0].id, proto.entry.hidden) == ("+442079460101", "sam", 0)
    assert record_of(entries[2], state(entries)).headers["people"] == "ava,mia,sam"


@pytest.mark.parametrize(
    "events, header",
    [
        ([ev.MessagePosted("m", "hello")], "same"),
        ([ev.MessagePosted("m", "hello"), ev.OfferWithdrawn()], "changed"),
        ([ev.EngineerInvited(SAM)], "changed"),
    ],
)
def test_a_header_marks_whether_more_than_the_revision_of_a_card_changed(events: list[ev.ChatEvent], header: str) -> None:  # spec 6.3
    before = [opening("s"), taking("s", 2), entry("s", 3, ev.OfferRaised(ev.Offer.NO_ACTIVITY), by=AVA)]
    last = entry("s", 4, *events, by=AVA)
    record = record_of(last, state([*before, last]))
    assert (record.headers["card"], record.headers["revision"]) == (header, "4")

    cards = [pb.SessionChanged.FromString(record_of(entries[-1], state(entries)).value).card for entries in (before, [*before, last])]
    assert record.headers["at"] == str(cards[1].modified_at.ToMilliseconds())
    for card in cards:
        card.ClearField("revision")
        card.ClearField("modified_at")
    assert (cards[0] == cards[1]) is (header == "same")


def test_every_domain_value_has_a_proto_number() -> None:
    numbers = {"STATUS": pb.ChatStatus, "TYPE": pb.ChatType, "STEP": pb.Step, "OFFER": pb.Offer}
    assert {len(enum.keys()) for enum in numbers.values()} == {len(ChatStatus) + 1, len(ChatType) + 1, len(StatusStep) + 1, len(ev.Offer)}
    assert contract.statuses_from([pb.CHAT_STATUS_WAITING, pb.CHAT_STATUS_COMPLETED]) == {ChatStatus.WAITING, ChatStatus.COMPLETED}
    with pytest.raises(BadArgument) as refused:
        contract.statuses_from([0])
    assert refused.value.field == "statuses"


def test_a_callback_wish_is_read_unchanged_and_a_half_window_is_refused() -> None:
    wish = ev.CallbackWish(" 020 7946 ", True, "note", (ev.TimeWindow(NINE, NINE),), "45")
    assert contract.callback_wish_from(pb.CallbackWish(**fields_of(wish))) == wish

    half = pb.CallbackWish(windows=[pb.TimeWindow(until=to_proto(NINE))])
    with pytest.raises(BadArgument) as refused:
        contract.callback_wish_from(half)
    assert refused.value.field == "wish.windows"


def test_settings_round_trip_and_an_unknown_word_is_refused_by_its_field() -> None:
    hours = OfficeHours("Europe/Berlin", (WeeklySpan(1, 540, 1020),), (Holiday(datetime(2026, 12, 25).date(), "Christmas"),))
    settings = ChatSettings(customer_leave=CustomerLeave.ALWAYS, hours=hours, companies={"acme": False}, customers={"mia": True})
    assert settings_from(settings_to_proto(settings)) == settings

    for field, wrong in (("join_policy", "anyone"), ("customer_leave", ""), ("hours_mode", "x")):
        with pytest.raises(BadArgument) as refused:
            bad_word = settings_to_proto(settings)
            setattr(bad_word, field, wrong)
            settings_from(bad_word)
        assert refused.value.field == f"settings.{field}"


@pytest.mark.parametrize("day", ["25.12.2026", "20250101", "2025-W01-1", "2025-001", "2025-02-29", "2025-1-1", "２０２５-01-01", ""])
def test_a_holiday_date_in_another_format_is_refused(day: str) -> None:  # spec 4.8
    settings = settings_to_proto(ChatSettings(hours=OfficeHours("UTC", (), (Holiday(datetime(2025, 1, 1).date(), "New year"),))))
    assert settings.hours.holidays[0].date == "2025-01-01"
    settings.hours.holidays[0].date = day
    with pytest.raises(BadArgument) as refused:
        settings_from(settings)
    assert refused.value.field == "settings.hours.holidays[0].date"


def test_a_change_of_settings_names_desk_and_version() -> None:
    record = settings_record("harbour", 3)
    proto = pb.ChatSettingsChanged.FromString(record.value)
    assert (record.key, proto.desk_id, proto.version, record.headers["kind"]) == ("harbour", "harbour", 3, "settings_changed")


@pytest.mark.parametrize("most", [1, 10])
def test_a_messages_record_is_the_same_whether_or_not_the_one_before_it_was_made(most: int) -> None:  # spec 3.7, 6.3
    entries = [opening("s"), taking("s", 2), *(message("s", n, f"text {n}", by=(MIA, AVA)[n % 2]) for n in (3, 4, 5))]
    entries += [entry("s", 6, ev.MessagePosted("m", "a"), ev.OfferWithdrawn(), by=AVA), message("s", 7), message("s", 8)]
    entries += [entry("s", 9, ev.EngineerInvited(SAM), by=AVA), message("s", 10), message("s", 11), message("s", 13)]
    states = [state(entries[: n + 1]) for n in range(len(entries) - 1)]
    states.append(replace(states[-1], title="Renamed", revision=13, modified_at=entries[-1].at))
    records, others = Records(most), [message("other", 1), message("other", 2)]
    for one, after in zip(entries, states, strict=True):
        made, whole = records.of(replace(one, traceparent=f"trace-{one.revision}"), after), record_of(one, after)
        assert made.headers == {**whole.headers, "traceparent": f"trace-{one.revision}"}
        assert pb.SessionChanged.FromString(made.value) == pb.SessionChanged.FromString(whole.value)
        assert (made.topic, made.key) == (whole.topic, whole.key)
        for other in others if one.revision % 4 == 0 else ():
            records.of(other, replace(after, id="other"))
