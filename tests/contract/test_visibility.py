"""What can reach a customer's page or answer is either marked as for engineers only, or reviewed (spec 10.2).

`tests/cases/visibility/public_fields.json` lists the reviewed fields of every message type that customers receive. A new field or event
that is neither in it nor marked fails here. docs/add_an_event.md says what to do then.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from parley.options.v1.options_pb2 import DESCRIPTOR as OPTIONS
from parley.options.v1.options_pb2 import engineers_only
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.visibility import for_customers, has_option, reaches_mark
from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS

REVIEWED: dict[str, list[str]] = json.loads((Path(__file__).parents[1] / "cases/visibility/public_fields.json").read_text())
# What customers receive: frames, the answers of routes that are one RPC, and what the gateway makes itself.
ANSWERS = [route.rpc.output_type for route in (*CALLS_OF_BOTH, *PORTAL_CALLS)]
SIGN_IN_PAGE = [gateway.TrialPeople, gateway.SignInProviders, gateway.SignedIn, gateway.SignedOut]
UPLOADED = [tickets.UploadAttachmentResponse, chat.UploadFileResponse]
OF_THE_GATEWAY: list[Any] = [gateway.Start, gateway.TicketPage, *SIGN_IN_PAGE, chat.Refusal, *UPLOADED]
RECEIVED = [gateway.ServerFrame.DESCRIPTOR, *ANSWERS, *(made.DESCRIPTOR for made in OF_THE_GATEWAY)]
# Frames from which the gateway removes what is marked (server_frames.py).
FILTERED_FRAMES = {"entry", "card", "ticket"}


def public_fields(received: Iterable[Any]) -> dict[str, list[str]]:
    """Message type -> its fields that are not marked, for all types that are reached without passing a marked field."""
    found: dict[str, list[str]] = {}
    to_see = list(received)
    while to_see:
        descriptor = to_see.pop()
        if descriptor.full_name in found or descriptor.full_name.startswith("google.protobuf."):
            continue
        fields = [field for field in descriptor.fields if not has_option(field)]
        to_see += [field.message_type for field in fields if field.message_type is not None]
        found[descriptor.full_name] = [field.name for field in fields]
    # The entries of maps are keys and values, and have no fields of their own.
    return {name: fields for name, fields in sorted(found.items()) if fields != ["key", "value"]}


def not_reviewed(received: Iterable[Any]) -> set[str]:
    """The fields that a customer would receive and that nobody has reviewed."""
    fields = {f"{name}.{field}" for name, fields in public_fields(received).items() for field in fields}
    return fields - {f"{name}.{field}" for name, fields in REVIEWED.items() for field in fields}


def filled(descriptor: Any, member: str = "") -> Any:
    """A message with every field but maps set; of a oneof the named member, else the last one."""
    message: Any = GetMessageClass(descriptor)()
    for field in sorted(descriptor.fields, key=lambda field: field.name == member):
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        if field.message_type is not None:
            value = filled(field.message_type)
            target = getattr(message, field.name).add() if field.is_repeated else getattr(message, field.name)
            target.CopyFrom(value)
            target.SetInParent()
        elif field.is_repeated:
            getattr(message, field.name).append(1 if field.cpp_type != field.CPPTYPE_STRING else "x")
        else:
            setattr(message, field.name, 1 if field.cpp_type != field.CPPTYPE_STRING else "x")
    return message


def set_fields(message: Message, found: dict[str, set[str]] | None = None) -> dict[str, set[str]]:
    """Message type -> fields that are set, in the message and in those inside it."""
    found = {} if found is None else found
    for field, value in message.ListFields():
        found.setdefault(message.DESCRIPTOR.full_name, set()).add(field.name)
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for inner in value if field.is_repeated else [value]:
                set_fields(inner, found)
    return found


def test_every_field_that_customers_receive_is_reviewed_or_marked() -> None:  # spec 10.2
    missing = sorted(not_reviewed(RECEIVED))
    assert missing == [], "mark these with (parley.options.v1.engineers_only), or add them to public_fields.json if customers may see them"
    assert public_fields(RECEIVED) == REVIEWED, "public_fields.json lists what is marked or gone, or not in the order of the protos"


def test_a_customer_is_shown_the_reviewed_fields_of_a_card() -> None:  # spec 4.12, 4.13, 10.2
    shown = set_fields(for_customers(filled(chat.SessionCard.DESCRIPTOR)))
    assert shown["parley.chat.v1.SessionCard"] == set(REVIEWED["parley.chat.v1.SessionCard"])
    assert not shown.keys() & {"parley.chat.v1.Contact", "parley.chat.v1.CloseRecord", "parley.chat.v1.SessionReport"}


@pytest.mark.parametrize("name", [field.name for field in chat.SessionEvent.DESCRIPTOR.fields])
def test_a_customer_is_shown_the_reviewed_fields_of_each_event(name: str) -> None:  # spec 3.7, 4.12, 10.2
    entry = chat.SessionEntry(events=[filled(chat.SessionEvent.DESCRIPTOR, name)], by=chat.Person(id="ava"), command_id="c")
    shown = for_customers(entry)
    public = name in REVIEWED["parley.chat.v1.SessionEvent"]
    assert [one.WhichOneof("event") for one in shown.events] == ([name] if public else [])
    assert shown.hidden == (not public)
    assert (shown.by.id, shown.command_id) == (("ava", "c") if public else ("", ""))
    event_type = getattr(entry.events[0], name).DESCRIPTOR.full_name
    assert set_fields(shown).get(event_type, set()) == (set(REVIEWED[event_type]) if public else set())


@pytest.mark.parametrize("descriptor", RECEIVED, ids=lambda descriptor: str(descriptor.name))
def test_nothing_that_is_marked_is_left_in_what_customers_receive(descriptor: Any) -> None:  # spec 10.2
    for name, fields in set_fields(for_customers(filled(descriptor))).items():
        assert name.startswith("google.protobuf.") or fields <= set(REVIEWED[name])


def test_a_frame_that_is_not_filtered_has_nothing_marked() -> None:
    frames = [field for field in gateway.ServerFrame.DESCRIPTOR.fields if not has_option(field)]
    reaching = {frame.name for frame in frames if frame.message_type is not None and reaches_mark(frame.message_type)}
    assert reaching <= FILTERED_FRAMES, "the gateway must send these frames by server_frames.frames_of"


def changed_contract(event: FieldDescriptorProto, card_field: FieldDescriptorProto) -> Any:
    """The type Session as it were with one more event and one more field of the card."""
    pool = DescriptorPool()
    file = FileDescriptorProto.FromString(chat.DESCRIPTOR.serialized_pb)
    messages = {message.name: message for message in file.message_type}
    messages["SessionEvent"].field.append(event)
    messages["SessionCard"].field.append(card_field)
    for needed in (OPTIONS.dependencies[0], *(one for one in chat.DESCRIPTOR.dependencies if one.name != OPTIONS.name), OPTIONS):
        pool.AddSerializedFile(needed.serialized_pb)
    pool.Add(file)
    return pool.FindMessageTypeByName("parley.chat.v1.Session")


@pytest.mark.parametrize("marked", [False, True])
def test_a_new_event_or_field_reaches_no_customer_before_it_was_reviewed(marked: bool) -> None:  # spec 10.2
    kind = FieldDescriptorProto
    event = kind(name="secret_noted", number=99, type=kind.TYPE_MESSAGE, label=kind.LABEL_OPTIONAL, oneof_index=0)
    event.type_name = ".parley.chat.v1.CloseNoted"
    card_field = kind(name="secret", number=99, type=kind.TYPE_STRING, label=kind.LABEL_OPTIONAL)
    for field in (event, card_field) if marked else ():
        field.options.Extensions[engineers_only] = True
    session = changed_contract(event, card_field)

    unreviewed = {"parley.chat.v1.SessionCard.secret", "parley.chat.v1.SessionEvent.secret_noted", "parley.chat.v1.CloseNoted.note"}
    assert not_reviewed([session]) == (set() if marked else unreviewed)

    whole: Any = GetMessageClass(session)()
    whole.card.secret = "between us"
    whole.entries.add().events.add().secret_noted.note = "between us"
    whole.entries[0].events.add().message_posted.text = "hello"
    shown = for_customers(whole)
    assert (b"between us" in shown.SerializeToString(), shown.entries[0].hidden) == ((False, 1) if marked else (True, 0))
    assert shown.entries[0].events[-1].message_posted.text == "hello"
