"""The hash chain: which changes it detects, and what may be erased."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.domain import chain
from services.chat.domain import events as ev
from services.chat.domain.events import Entry
from services.chat.domain.files import File
from services.chat.domain.people import Person, Side
from services.chat.domain.status import ChatStatus, ChatType, StatusStep

AT = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)
MIA = Person("mia", "Mia Torres", Side.CUSTOMER)
WISH = ev.CallbackWish("+442079460101", False, "After lunch", (ev.TimeWindow(AT, AT + timedelta(hours=1)),))
EVERY_EVENT: list[ev.ChatEvent] = [
    ev.SessionOpened(ChatType.REQUEST, ChatStatus.WAITING, "Fire", MIA, "acme", "Acme Ltd", "service-desk"),
    ev.MessagePosted("m1", "Smoke \N{FIRE}"),
    ev.ParticipantJoined(MIA),
    ev.ParticipantLeft(MIA),
    ev.StatusChanged(ChatStatus.WAITING, ChatStatus.HANDLED, StatusStep.JOIN),
    ev.EngineerInvited(MIA),
    ev.CallbackAsked(WISH),
    ev.OfferRaised(ev.Offer.OUTSIDE_HOURS, AT),
    ev.OfferWithdrawn(),
    ev.UnattendedChanged(True),
    ev.SessionCompleted(),
    ev.TicketWished(ev.NewTicket("service-desk", "Fire", "high")),
    ev.TicketLinked("t1", 12),
    ev.CloseNoted("Called."),
    ev.SessionVoided(),
    ev.TicketAskedAgain(),
    ev.MessagePosted("m2", "", (File("f1", "smoke.png", "image/png", 5, "ab"),)),
]


def log_of(events: list[ev.ChatEvent]) -> list[Entry]:
    entries: list[Entry] = []
    for revision, event in enumerate(events, 1):
        entry = Entry("harbour", "s1", revision, MIA, f"c{revision}", "post", "", AT + timedelta(seconds=revision), (event,))
        entries.append(chain.seal(entry, entries[-1].hash if entries else chain.FIRST, f"{revision:032x}"))
    return entries


def test_an_unchanged_log_verifies() -> None:
    entries = log_of(EVERY_EVENT)
    assert chain.verify(entries) == len(EVERY_EVENT)
    assert len({entry.hash for entry in entries}) == len(EVERY_EVENT)


def test_a_field_added_later_keeps_older_chains_valid_and_is_hashed_when_it_is_set() -> None:
    def committed(wish: ev.CallbackWish) -> str:
        return chain.commitment(Entry("harbour", "s1", 1, MIA, "c1", "post", "", AT, (ev.CallbackAsked(wish),)), "0" * 32)

    assert committed(WISH) == "0f5b0452401da71cf72314e9c038adedb323bc64972083f3802519ce05e3a3b7"
    assert len({committed(wish) for wish in (WISH, replace(WISH, extension="45"), replace(WISH, unconfirmed=True))}) == 3


def test_the_hash_shows_which_texts_an_erasure_has_replaced() -> None:  # spec 8.4, 10.6
    def committed(event: ev.PersonErased) -> str:
        return chain.commitment(Entry("harbour", "s1", 1, MIA, "c1", "erase", "", AT, (event,)), "0" * 32)

    texts = ("title", "closing_note", "callback_note", "comment", "ticket_summary")
    erased = ev.PersonErased("ava")
    assert committed(erased) == "d007635ad03624a3b1e43405f07a64e0b8fa982124b24d5f9edaa7a796347a93"
    assert len({committed(erased), *(committed(replace(erased, **{text: "x"})) for text in texts)}) == 1 + len(texts)


def test_files_are_hashed_with_their_message_and_messages_without_them_as_before() -> None:  # spec 8.4, 13.5
    def committed(*files: File) -> str:
        return chain.commitment(Entry("harbour", "s1", 1, MIA, "c1", "post", "", AT, (ev.MessagePosted("m1", "Smoke", files),)), "0" * 32)

    assert committed() == "1cd9a93e96a94645d13e43854465b18352111fe6ea34dc307badcb2596be964d"
    file = File("f1", "smoke.png", "image/png", 5, "ab")
    changed = [
        File("f2", "smoke.png", "image/png", 5, "ab"),
        replace(file, name="a"),
        replace(file, content_type="b"),
        replace(file, size=6),
        replace(file, sha256="c"),
    ]
    assert len({committed(), committed(file), committed(file, file), *map(committed, changed)}) == 3 + len(changed)


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT + timedelta(milliseconds=1)},
        {"by": Person("leo", "Mia Torres", Side.CUSTOMER)},
        {"by": Person("mia", "Leo Park", Side.CUSTOMER)},
        {"command_id": "c9"},
        {"desk_id": "other"},
        {"events": (ev.MessagePosted("m1", "No smoke"),)},
        {"events": ()},
        {"salt": "f" * 32},
        {"revision": 3},
    ],
)
def test_a_changed_entry_breaks_the_chain_at_that_entry(change: dict[str, object]) -> None:
    entries = log_of(EVERY_EVENT)
    entries[1] = replace(entries[1], **change)  # type: ignore[arg-type]
    assert chain.verify(entries) == 1


def test_a_missing_or_swapped_entry_breaks_the_chain() -> None:
    entries = log_of(EVERY_EVENT)
    assert chain.verify(entries[:2] + entries[3:]) == 2
    assert chain.verify([entries[0], entries[2], entries[1]]) == 1


def test_private_text_can_be_erased_when_its_commitment_is_kept() -> None:  # spec 10.6
    first, second, third = log_of(EVERY_EVENT)[:3]
    kept = chain.commitment(second, second.salt)
    erased = replace(second, by=Person("mia", "", Side.CUSTOMER), events=(), salt="")
    assert chain.hash_of(erased, first.hash, kept) == second.hash
    assert chain.hash_of(third, second.hash, chain.commitment(third, third.salt)) == third.hash


@given(st.text(), st.text())
def test_different_texts_have_different_hashes_and_the_same_text_the_same(one: str, other: str) -> None:
    entries = [log_of([ev.MessagePosted("m1", text)])[0] for text in (one, other, one)]
    assert entries[0].hash == entries[2].hash
    assert (entries[0].hash == entries[1].hash) == (one == other)


def test_the_hash_has_a_fixed_form() -> None:
    """Other languages verify it as well: a change of the form changes the contract (ARCHITECTURE.md, "Hash chain")."""
    assert log_of([ev.MessagePosted("m1", "Hello \N{FIRE}")])[0].hash == "ebe58579ad3fbbf8f53c1774481d259352fad144e4151536f98923a394acdcb8"
