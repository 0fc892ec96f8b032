"""Our proto JSON equals that of google.protobuf for any message of the contract."""

import json
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS, TECH_CALLS
from services.gateway.outbound.proto_json import proto_json

TEXTS = st.text(max_size=12)
NUMBERS = st.integers(0, 2**32 - 1)
MAX_DEPTH = 3


def values(field: Any, data: st.DataObject, depth: int) -> Any:
    if field.message_type is not None:
        return filled(field.message_type, data, depth + 1)
    if field.enum_type is not None:
        return data.draw(st.sampled_from([value.number for value in field.enum_type.values] + [99]))
    strategies = {field.CPPTYPE_STRING: TEXTS, field.CPPTYPE_BOOL: st.booleans(), field.CPPTYPE_UINT32: NUMBERS}
    return data.draw(strategies[field.cpp_type])


def filled(descriptor: Any, data: st.DataObject, depth: int = 0) -> Message:
    """Returns a message with some fields set, some of them to their defaults."""
    message: Any = GetMessageClass(descriptor)()
    if descriptor.full_name == "google.protobuf.Timestamp":
        message.seconds = data.draw(st.integers(-62135596800, 253402300799))
        message.nanos = data.draw(st.sampled_from([0, 123_000_000, 5_000_000, 1_000, 7]))
        return message  # type: ignore[no-any-return]
    names = data.draw(st.lists(st.sampled_from([field.name for field in descriptor.fields]), max_size=6)) if descriptor.fields else []
    for field in (descriptor.fields_by_name[name] for name in names if depth < MAX_DEPTH):
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            key, value = (field.message_type.fields_by_name[part] for part in ("key", "value"))
            getattr(message, field.name)[values(key, data, depth)] = values(value, data, depth)
        elif field.is_repeated:
            getattr(message, field.name).append(values(field, data, depth))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(values(field, data, depth))
        else:
            setattr(message, field.name, values(field, data, depth))
    return message  # type: ignore[no-any-return]


SHOWN: list[Any] = [chat.SessionEntry, chat.SessionCard, chat.ChatSettings, gateway.Start, gateway.Digest, gateway.ServerFrame]
SHOWN += [tickets.Ticket, tickets.TimelineEntry, tickets.UpdateTicketRequest, directory.DirectoryEntry]


@pytest.mark.parametrize("kind", [kind.DESCRIPTOR for kind in SHOWN], ids=lambda descriptor: descriptor.name)
@given(data=st.data())
def test_the_json_equals_that_of_google_protobuf(kind: Descriptor, data: st.DataObject) -> None:
    message = filled(kind, data)
    assert json.loads(proto_json(message)) == MessageToDict(message, always_print_fields_with_no_presence=True)


def test_every_response_of_a_route_can_be_encoded() -> None:
    for route in (*CALLS_OF_BOTH, *PORTAL_CALLS, *TECH_CALLS):
        answer = GetMessageClass(route.rpc.output_type)()
        assert json.loads(proto_json(answer)) == MessageToDict(answer, always_print_fields_with_no_presence=True)
