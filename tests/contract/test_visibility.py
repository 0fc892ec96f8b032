"""What customers are shown of a session: every event and every field of a card, as reviewed in tests/cases/visibility (spec 10.2)."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from parley.chat.v1 import chat_pb2 as chat
from services.chat.contract import events as contract
from services.chat.contract.sessions import card_for, card_to_proto
from services.chat.domain import events as ev
from services.chat.domain.people import Side
from services.gateway.domain.access import Audience
from services.gateway.outbound import server_frames
from tests.adapters.chat.story import AVA, SAM, completing, entry, opening, state, taking
from tests.unit.chat.test_contract import ONE_OF_EACH

CASES = Path(__file__).parents[1] / "cases" / "visibility"
SHOWN = json.loads((CASES / "session_for_customers.json").read_text())
EVENTS = chat.SessionEvent.DESCRIPTOR.oneofs_by_name["event"].fields


def filled(descriptor: Any) -> Message:
    """A message with every field set; of a oneof the last member."""
    message: Any = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if field.message_type is not None and field.is_repeated:
            getattr(message, field.name).append(filled(field.message_type))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(filled(field.message_type))
            getattr(message, field.name).SetInParent()
        elif field.is_repeated:
            getattr(message, field.name).append(1)
        else:
            setattr(message, field.name, "x" if field.cpp_type == field.CPPTYPE_STRING else 1)
    return message  # type: ignore[no-any-return]


def paths_of(message: Message, prefix: str = "") -> list[str]:
    """The names of all set fields, with those of messages inside them."""
    found = []
    for field, value in message.ListFields():
        found.append(prefix + field.name)
        if field.message_type is not None:
            inner = value[0] if field.is_repeated else value
            found += paths_of(inner, f"{prefix}{field.name}.")
    return sorted(found)


def test_a_customer_is_shown_the_reviewed_fields_of_a_card() -> None:  # spec 4.12, 4.13, 10.2
    card: Any = filled(chat.SessionCard.DESCRIPTOR)
    assert paths_of(server_frames.card_for(Audience.CUSTOMER, card)) == SHOWN["card"]


@pytest.mark.parametrize("name", [field.name for field in EVENTS])
def test_a_customer_is_shown_the_reviewed_fields_of_each_event(name: str) -> None:  # spec 3.7, 4.12, 10.2
    event = chat.SessionEvent()
    getattr(event, name).CopyFrom(filled(chat.SessionEvent.DESCRIPTOR.fields_by_name[name].message_type))
    getattr(event, name).SetInParent()
    shown = server_frames.entry_for(Audience.CUSTOMER, chat.SessionEntry(events=[event]))
    assert [paths_of(one) for one in shown.events] == ([SHOWN["events"][name]] if name in SHOWN["events"] else [])
    assert shown.hidden == (name not in SHOWN["events"])


@pytest.mark.parametrize("kind", get_args(ev.ChatEvent), ids=lambda kind: str(kind.__name__))
def test_chat_answers_what_the_gateway_sends(kind: type[ev.ChatEvent]) -> None:
    one = entry("s", 1, ONE_OF_EACH[kind])
    assert contract.entry_for(Side.CUSTOMER, one) == server_frames.entry_for(Audience.CUSTOMER, contract.entry_to_proto(one))
    entries = [opening("s"), taking("s", 2), entry("s", 3, ev.EngineerInvited(SAM), by=AVA)]
    for session in (state(entries), state([*entries, completing("s", 4), entry("s", 5, ev.CloseNoted("secret note"), by=AVA)])):
        assert card_for(Side.CUSTOMER, session) == server_frames.card_for(Audience.CUSTOMER, card_to_proto(session))
