"""The frame of an entry of messages is that of any entry, whatever the contract adds to it."""

import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.v1 import chat_pb2 as chat
from servicekit.visibility import for_customers
from services.gateway.outbound.message_frames import frames_of_messages
from tests.contract.test_proto_json import filled


def frame_of(entry: chat.SessionEntry) -> Any:
    """The customers' frame, which is also the engineers'."""
    frame = frames_of_messages(entry)
    shown = [json.loads(frame(kind)) for kind in ("engineer", "customer")]
    assert shown[0] == shown[1]
    return shown[0]


def expected(entry: chat.SessionEntry) -> Any:
    return {"t": "entry", "entry": MessageToDict(entry, always_print_fields_with_no_presence=True)}


@given(data=st.data())
def test_it_equals_the_general_one(data: st.DataObject) -> None:
    entry: Any = filled(chat.SessionEntry.DESCRIPTOR, data)
    del entry.events[:]
    for _ in range(data.draw(st.integers(0, 3))):
        posted: Any = filled(chat.MessagePosted.DESCRIPTOR, data)
        entry.events.add().message_posted.CopyFrom(posted)
    assert frame_of(entry) == expected(entry)


def test_it_has_every_field_and_customers_see_all_of_it() -> None:
    """Fails when the contract adds a field that the frame lacks, or marks one that customers must not see."""
    posted = chat.SessionEvent(message_posted=chat.MessagePosted(files=[chat.File()]))
    entry = chat.SessionEntry(by=chat.Person(), at=Timestamp(seconds=1), events=[posted])
    message_posted = entry.events[0].message_posted
    for message in (entry, entry.by, message_posted, message_posted.files[0]):
        for field in message.DESCRIPTOR.fields:
            if field.message_type is None:
                setattr(message, field.name, {field.CPPTYPE_STRING: "x", field.CPPTYPE_BOOL: True}.get(field.cpp_type, 1))
    assert frame_of(entry) == expected(entry)
    assert for_customers(entry) is entry


def test_an_entry_with_other_events_is_converted_as_any_entry() -> None:
    joined = chat.SessionEvent(participant_joined=chat.ParticipantJoined(person=chat.Person(id="ava")))
    posted = chat.SessionEvent(message_posted=chat.MessagePosted(text="Hello"))
    entry = chat.SessionEntry(by=chat.Person(id="ava"), at=Timestamp(seconds=1), events=[posted, joined])
    assert frame_of(entry) == expected(entry)
