"""The frames of the code match gateway.proto in names, fields, types and close codes."""

import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from parley.notify.v1 import delivery_pb2 as delivery
from parley.presence.v1 import presence_pb2 as presence
from servicekit.clock import SystemClock
from servicekit.identity import Caller
from services.chat.domain.arguments import checked_text
from services.chat.domain.errors import BadArgument
from services.chat.domain.files import MAX_FILES
from services.gateway.domain.cards import BumpedCard, CardBump
from services.gateway.handlers.connection_reports import REFRESH_EVERY
from services.gateway.handlers.posting import PostQuota, refusal_at_once
from services.gateway.inbound import client_frames as frames
from services.gateway.outbound import server_frames
from services.gateway.outbound.message_frames import frames_of_messages
from services.gateway.outbound.proto_json import proto_json
from services.presence.config import PresenceSettings
from services.presence.domain import page
from services.presence.domain.person import REPORTED_EVERY

ROOT = Path(__file__).parents[2]
CLIENT = gateway.ClientFrame.DESCRIPTOR
SERVER = gateway.ServerFrame.DESCRIPTOR
MESSAGE = chat.SessionEntry(session_id="s", revision=2, by=chat.Person(id="mia"), at=Timestamp(seconds=1))
MESSAGE.events.add().message_posted.files.add(id="f", name="Störung.png", content_type="image/png", size=5, sha256="ab")
PAGE_FIELDS = msgspec.structs.fields(frames.PageStateFrame)
JSON_TYPES = {FieldDescriptor.CPPTYPE_STRING: str, FieldDescriptor.CPPTYPE_UINT32: int, FieldDescriptor.CPPTYPE_BOOL: bool}


def tag_of(kind: type[frames.ClientFrame]) -> str:
    return str(kind.__struct_config__.tag)


def message_of(tag: str) -> Descriptor:
    found = next(field.message_type for field in CLIENT.fields if field.json_name == tag)
    assert found is not None
    return found


def described(message: Descriptor) -> dict[str, Any]:
    return {field.json_name: list[str] if field.is_repeated else described_value(field) for field in message.fields}


def described_value(field: FieldDescriptor) -> Any:
    """The type in JSON; of an enum the names of its values but the first, "not set"."""
    if field.enum_type is not None:
        return {value.name for value in field.enum_type.values if value.number}
    return JSON_TYPES[field.cpp_type]


def plain(hint: Any) -> Any:
    """Returns the type without its limits: str for Annotated[str, ...], list[str] for a list of these, the names of a Literal."""
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    hint = getattr(hint, "__origin__", hint) if hasattr(hint, "__metadata__") else hint
    return list[plain(hint.__args__[0])] if getattr(hint, "__origin__", None) is list else hint  # type: ignore[misc]


def test_every_client_frame_of_the_contract_has_a_struct_and_no_other() -> None:
    assert {tag_of(kind) for kind in frames.KINDS} == {field.json_name for field in CLIENT.fields}


@pytest.mark.parametrize("kind", frames.KINDS, ids=tag_of)
def test_a_client_frame_has_the_fields_of_the_contract(kind: type[frames.ClientFrame]) -> None:
    message = message_of(tag_of(kind))
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: plain(hints[field.name]) for field in msgspec.structs.fields(kind)}
    assert fields == described(message)


def test_a_text_that_is_too_long_gets_the_same_error_as_from_chat() -> None:  # spec 3.6
    text = "x" * 4001
    with pytest.raises(BadArgument) as chats:
        checked_text(text)
    refused = refusal_at_once(text, len(text), PostQuota())
    assert refused is not None
    ours, theirs = ((e.kind, e.code, e.field, e.message, e.details) for e in (refused, chats.value))
    assert ours == theirs


def test_a_page_state_has_the_same_bounds_in_the_gateway_and_in_presence() -> None:  # spec 11.1
    bounds = {field.encode_name: get_type_hints(frames.PageStateFrame, include_extras=True)[field.name] for field in PAGE_FIELDS}
    sessions, browser = bounds["sessionIds"], bounds["browserId"]
    assert sessions.__metadata__[0].max_length == page.MAX_SESSIONS
    assert get_args(sessions.__origin__)[0].__metadata__[0].max_length == page.MAX_SESSION_ID
    assert browser.__metadata__[0].max_length == page.MAX_BROWSER_ID


def test_a_gateway_reports_often_enough_for_presence() -> None:  # spec 1.6, 1.11
    assert REFRESH_EVERY < REPORTED_EVERY.total_seconds() < PresenceSettings.lease / 2


def server_samples() -> dict[str, bytes]:
    now = SystemClock().now()
    ava = Caller(kind="engineer", id="ava", name="Ava", desk_id="d")
    person = presence.PersonPresence(person_id="ava", desk_id="d", presence=presence.PRESENCE_AWAY, revision=3)
    refusal = chat.Refusal(kind="not_found", code="no_such_session", field="session_id", message="No.", details={"a": "b"})
    alert = server_frames.message_frame
    samples = [
        server_frames.welcome("c", now, "gateway-1", "s"),
        server_frames.server_beat(now),
        server_frames.posted("s", "c", 7),
        server_frames.refused('a "quoted" id', refusal),
        frames_of_messages(MESSAGE)("customer"),
        server_frames.spliced("card", "card", proto_json(chat.SessionCard(session_id="s", title="Ünï"))),
        server_frames.card_gone("s", 9, older=False),
        server_frames.card_gone("s", 9, older=True),
        server_frames.presences([proto_json(person), proto_json(person)]),
        alert("alertRaised", gateway.ServerFrame().alert_raised),
        alert("alertWithdrawn", gateway.ServerFrame().alert_withdrawn),
        server_frames.spliced("ticket", "ticket", proto_json(gateway.TicketFrame().ticket)),
        server_frames.message_frame("ticketViewers", gateway.TicketViewers(ticket_id="t7", viewers=[chat.Person(id="ava", name="Ava")])),
        server_frames.digest({"s": 4}, 2**32 - 1, [BumpedCard(2, CardBump("d", "s", 4, 1_700_000_000_123), 1)]),
        server_frames.REFETCH,
        server_frames.typing("s", ava),
        server_frames.read("s", "ava", 2**32 - 1, 2**32 - 1),
        server_frames.message_frame("notification", delivery.Notification(delivery_id="s:waiting:ava:0", sound=True)),
    ]
    return {msgspec.json.decode(sample)["t"]: sample for sample in samples}


def test_every_server_frame_of_the_contract_is_sent_and_no_other() -> None:
    assert set(server_samples()) == {field.json_name for field in SERVER.fields}


@pytest.mark.parametrize("field", list(SERVER.fields), ids=lambda field: field.json_name)
def test_a_server_frame_is_the_json_of_its_message(field: FieldDescriptor) -> None:
    sent = msgspec.json.decode(server_samples()[field.json_name])
    del sent["t"]
    read = json_format.ParseDict({field.json_name: sent}, gateway.ServerFrame())  # refuses unknown names and wrong types
    assert read.WhichOneof("frame") == field.name
    reread = json_format.MessageToDict(getattr(read, field.name), always_print_fields_with_no_presence=True)
    assert sent.keys() >= reread.keys()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_decode_to_a_frame_or_raise_one_of_two_errors(data: bytes) -> None:
    try:
        frames.decode(data)
    except (frames.NotAFrame, frames.BadFrame) as refused:
        assert refused.__class__ in (frames.NotAFrame, frames.BadFrame)


@pytest.mark.parametrize("text", [r"cut off \ud83d", r"\ude00 cut off", r"\ud83d!", r"\ude00\ud83d"])
def test_half_an_emoji_is_refused_by_its_field_without_closing_the_socket(text: str) -> None:  # spec 3.6, 3.8
    data = f'{{"t":"post","sessionId":"s","commandId":"c7","text":"{text}"}}'
    with pytest.raises(frames.BadFrame) as refused:
        frames.decode(data.encode())
    assert (refused.value.kind, refused.value.field, refused.value.command_id) == ("invalid_argument", "text", "c7")


@pytest.mark.parametrize("data", ['["\\ud83d"]', '{"t":"post","commandId":7,"text":"\\ud83d"}', '{"\\ud83d":1}'])
def test_a_refusal_of_half_an_emoji_can_be_encoded(data: str) -> None:  # spec 3.6
    with pytest.raises(frames.BadFrame) as refused:
        frames.decode(data.encode())
    assert f"{refused.value.command_id}{refused.value.field}{refused.value.message}".encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from([tag_of(kind) for kind in frames.KINDS]), st.data())
def test_any_value_in_any_field_is_accepted_or_refused_by_its_field(tag: str, data: st.DataObject) -> None:
    message = message_of(tag)
    names = [field.json_name for field in message.fields] or ["extra"]
    frame = {"t": tag, **data.draw(st.dictionaries(st.sampled_from(names), JSON))}
    try:
        frames.decode(msgspec.json.encode(frame))
    except frames.BadFrame as refused:
        assert refused.field.partition("[")[0] in names


def test_a_message_has_as_many_files_for_the_apps_the_gateway_and_chat() -> None:  # spec 13.5
    for_the_apps = re.search(r"MOST_CHAT_FILES = (\d+)", (ROOT / "web/wire/uploads.ts").read_text())
    assert for_the_apps and int(for_the_apps[1]) == frames.MAX_FILES == MAX_FILES
