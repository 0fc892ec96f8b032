"""Every field of every frame that a page may send, spoiled, through a real socket: the refusal names the field and the socket goes on."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from parley.gateway.v1 import gateway_pb2 as gateway
from stack.page import Page
from tests.journeys.desk import TestDesk

Json = dict[str, Any]
FRAMES: dict[str, Any] = {field.json_name: field.message_type for field in gateway.ClientFrame.DESCRIPTOR.fields}
# Longer than any field may be, and yet within what a frame may hold.
LONG = "x" * 5_000
NO_TEXT: tuple[object, ...] = (7, None, ["a"], {"a": 1}, LONG)
NO_NUMBER: tuple[object, ...] = ("1", None, [1], {"a": 1}, True, 1.5, -1, 0, 2**32)
NO_TEXTS: tuple[object, ...] = ("word", 7, None, {"a": 1}, [7], [None], [""], [LONG], ["x"] * 501)
# Left out, they mean none; in a post that would be a good one.
MAY_BE_LEFT_OUT = {"personIds", "sessionIds", "previousCommandId", "traceparent"}


def good(name: str, session_id: str) -> Json:
    """The values that nothing is wrong with."""
    values: Json = {"sessionId": session_id, "commandId": "bad", "previousCommandId": "", "text": "words", "traceparent": ""}
    values |= {"personIds": ["nobody"], "sessionIds": [session_id], "revision": 1}
    return {"t": name, **{field.json_name: values[field.json_name] for field in FRAMES[name].fields}}


def spoiled(name: str, session_id: str) -> Iterator[tuple[str, Json]]:
    """(field at fault, frame)"""
    frame = good(name, session_id)
    for field in FRAMES[name].fields:
        for value in NO_TEXTS if field.is_repeated else NO_NUMBER if field.cpp_type == field.CPPTYPE_UINT32 else NO_TEXT:
            yield field.json_name, {**frame, field.json_name: value}
        if field.json_name not in MAY_BE_LEFT_OUT:
            yield field.json_name, {key: value for key, value in frame.items() if key != field.json_name}
    yield "extra", {**frame, "extra": 1}


@pytest.mark.parametrize("name", FRAMES)
async def test_a_bad_field_of_a_frame_is_refused_by_name_and_the_socket_goes_on(desk: TestDesk, name: str) -> None:  # spec 11.1
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
async def test_what_is_no_frame_of_ours_is_refused_and_the_socket_goes_on(desk: TestDesk, frame: Any) -> None:  # spec 11.1
    mia = await desk.page("mia")
    assert (await refused(mia, frame))["kind"] == "invalid_argument"
    assert (mia.connects, mia.close_codes) == (1, [])


async def refused(page: Page, frame: Any) -> Json:
    """How the page hears that this frame was refused."""
    seen = len(page.frames)

    def told() -> list[Json]:
        return [said["refusal"] for said in page.frames[seen:] if said["t"] == "refused"]

    assert page.send(frame if isinstance(frame, dict) else json.dumps(frame))
    await page.until(lambda: bool(told()), f"the refusal of {str(frame)[:200]}")
    return told()[0]


def plain(field: str) -> str:
    """sessionIds[3] and session_ids are one."""
    return field.partition("[")[0].replace("_", "").lower()
