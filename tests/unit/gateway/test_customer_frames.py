"""What customers may not see is removed from their frames, and nothing else."""

import json

from hypothesis import given
from hypothesis import strategies as st

from parley.chat.v1 import chat_pb2 as chat
from services.gateway.domain.access import ENGINEERS_ONLY_CARD_FIELDS, ENGINEERS_ONLY_EVENT_FIELDS, ENGINEERS_ONLY_EVENTS, Audience
from services.gateway.outbound.server_frames import card_for, card_frames, entry_for, entry_frames

EVENTS = [field.name for field in chat.SessionEvent.DESCRIPTOR.oneofs_by_name["event"].fields]


def event(name: str) -> chat.SessionEvent:
    made = chat.SessionEvent()
    getattr(made, name).SetInParent()
    return made


def test_the_hidden_names_are_names_of_the_contract() -> None:
    assert set(EVENTS) >= ENGINEERS_ONLY_EVENTS
    assert {field.name for field in chat.SessionCard.DESCRIPTOR.fields} >= ENGINEERS_ONLY_CARD_FIELDS
    for name, fields in ENGINEERS_ONLY_EVENT_FIELDS.items():
        message = chat.SessionEvent.DESCRIPTOR.fields_by_name[name].message_type
        assert message is not None and {field.name for field in message.fields} >= fields


@given(st.lists(st.sampled_from(EVENTS), max_size=8))
def test_hidden_events_are_counted_and_the_rest_keeps_its_order(names: list[str]) -> None:  # spec 3.7, 4.12
    entry = chat.SessionEntry(session_id="s", revision=3, hash="abc", events=[event(name) for name in names])
    shown = entry_for(Audience.CUSTOMER, entry)
    left = [name for name in names if name not in ENGINEERS_ONLY_EVENTS]
    assert [one.WhichOneof("event") for one in shown.events] == left
    assert shown.hidden == len(names) - len(left)
    assert (shown.revision, shown.hash) == (3, "abc")
    assert entry_for(Audience.ENGINEER, entry) == entry


def test_a_customers_card_lacks_who_was_invited_the_close_note_and_the_contact() -> None:  # spec 4.12, 4.13
    card = chat.SessionCard(session_id="s", title="Printer", invited=[chat.Person(id="bo")], contact=chat.Contact(phone="+64"))
    card.close_record.note = "between us"
    assert card_for(Audience.CUSTOMER, card) == chat.SessionCard(session_id="s", title="Printer")
    assert card_for(Audience.ENGINEER, card) == card


def test_a_frame_is_encoded_once_for_each_audience() -> None:
    entry = chat.SessionEntry(session_id="s", events=[event("close_noted")])
    frames = entry_frames(entry)
    assert frames(Audience.CUSTOMER) is frames(Audience.CUSTOMER)
    assert json.loads(frames(Audience.CUSTOMER))["entry"]["hidden"] == 1
    assert json.loads(frames(Audience.ENGINEER))["entry"]["events"] == [{"closeNoted": {"note": ""}}]
    card = json.loads(card_frames(chat.SessionCard(title='"ünï" <b>'))(Audience.CUSTOMER))
    assert card["t"] == "card" and card["card"]["title"] == '"ünï" <b>'
