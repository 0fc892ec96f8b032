"""Invalid values in every field of every frame that a page may send: the error names the field and the socket stays open."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from parley.gateway.v1 import gateway_pb2 as gateway
from stack.page import Page
from tests.journeys.desk import TestDesk

Json = dict[str, Any]
FRAMES: dict[str, Any] = {field.json_name: field.message_type for field in gateway.ClientFrame.DESCRIPTOR.fields}
# Longer than any field may be, but shorter than the largest frame.
LONG = "x" * 5_000
NO_TEXT: tuple[object, ...] = (7, None, ["a"], {"a": 1}, LONG)
NO_NUMBER: tuple[object, ...] = ("1", None, [1], {"a": 1}, True, 1.5, -1, 0, 2**32)
NO_TEXTS: tuple[object, ...] = ("word", 7, None, {"a": 1}, [7], [None], [""], [LONG], ["x"] * 501)
NO_FLAG: tuple[object, ...] = ("yes", 7, None, [True], {"a": 1})
# The wrong values of a field that is neither a list nor a text; the name of an enum's value is a text.
WRONG = {FieldDescriptor.CPPTYPE_UINT32: NO_NUMBER, FieldDescriptor.CPPTYPE_BOOL: NO_FLAG}
# A frame without these is valid: a missing one means none, or false.
OPTIONAL = {"personIds", "sessionIds", "previousCommandId", "traceparent", "visible", "focused", "installed", "soundAllowed"}
OPTIONAL |= {"reason", "place", "roundTripMs", "ticketId"}


def good(name: str, session_id: str) -> Json:
    """A valid frame."""
    values: Json = {"sessionId": session_id, "commandId": "bad", "previousCommandId": "", "text": "words", "traceparent": ""}
    values |= {"personIds": ["nobody"], "sessionIds": [session_id], "revision": 1, "browserId": "b"}
    values |= {"deliveryId": "d", "place": "", "reason": "", "roundTripMs": 40, "ticketId": "t"}
    values |= {"permission": "NOTIFICATION_PERMISSION_GRANTED", "outcome": "DELIVERY_OUTCOME_SHOWN"}
    values |= dict.fromkeys(("visible", "focused", "installed", "soundAllowed"), True)
    return {"t": name, **{field.json_name: values[field.json_name] for field in FRAMES[name].fields}}


def spoiled(name: str, session_id: str) -> Iterator[tuple[str, Json]]:
    """Pairs of the invalid field and the frame."""
    frame = good(name, session_id)
    for field in FRAMES[name].fields:
        for value in NO_TEXTS if field.is_repeated else WRONG.get(field.cpp_type, NO_TEXT):
            yield field.json_name, {**frame, field.json_name: value}
        if field.json_name not in OPTIONAL:
            yield field.json_name, {key: value for key, value in frame.items() if key != field.json_name}
    yield "extra", {**frame, "extra": 1}


@pytest.mark.parametrize("name", FRAMES)
async def test_an_invalid_field_of_a_frame_is_named_in_the_error_and_the_socket_stays_open(desk: TestDesk, name: str) -> None:  # spec 11.1
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    before = await mia.post(session_id, "before").accepted
    for field, frame in spoiled(name, session_id):
        refusal = await refused(mia, frame)
        assert refusal["kind"] in ("invalid_argument", "not_found"), (field, frame, refusal)
        assert plain(refusal["field"]) == plain(field), (field, str(frame)[:200], refusal)
    assert await mia.post(session_id, "after").accepted == before + 1
    assert (mia.connects, mia.close_codes) == (1, [])


@pytest.mark.parametrize("frame", [{"t": "launch"}, {"t": 7}, {"t": None}, {}, [], 7, "word", None], ids=str)
async def test_an_invalid_frame_is_refused_and_the_socket_stays_open(desk: TestDesk, frame: Any) -> None:  # spec 11.1
    mia = await desk.page("mia")
    assert (await refused(mia, frame))["kind"] == "invalid_argument"
    assert (mia.connects, mia.close_codes) == (1, [])


async def refused(page: Page, frame: Any) -> Json:
    """Sends the frame; returns the refusal that the page receives."""
    before = len(page.frames)

    def refusals() -> list[Json]:
        return [received["refusal"] for received in page.frames[before:] if received["t"] == "refused"]

    assert page.send(frame if isinstance(frame, dict) else json.dumps(frame))
    await page.until(lambda: bool(refusals()), f"the refusal of {str(frame)[:200]}")
    return refusals()[0]


def plain(field: str) -> str:
    """The field's name without index, case and underscores: sessionIds[3] and session_ids become equal."""
    return field.partition("[")[0].replace("_", "").lower()
