"""Internal notes through gateways, gRPC, Kafka and the store: the chat's engineers get them, and nothing of them reaches its customer."""

import json
from functools import partial
from typing import Any

import pytest

from stack.conversation import PostRefused
from stack.page import Page
from tests.journeys.desk import TestDesk
from tests.journeys.test_history import finds
from tests.journeys.test_story import end_with, holds, linked

Json = dict[str, Any]
# A word that no other text has.
SECRET = "zwiebelfisch"


async def recorded(page: Page) -> list[Json]:
    """Every frame that the page receives from now on. It reconnects, because a connection passes its frames to the method of its start."""
    frames: list[Json] = []
    receive = page.on_frame

    def record(frame: Json) -> None:
        frames.append(frame)
        receive(frame)

    page.on_frame = record  # type: ignore[method-assign]
    page.cut()
    await page.until(lambda: any(frame["t"] == "welcome" for frame in frames), "the new connection")
    return frames


def has_entry(frames: list[Json], revision: int) -> bool:
    return any(frame["t"] == "entry" and frame["entry"]["revision"] == revision for frame in frames)


async def test_the_engineers_get_a_supervisors_note_and_the_customer_never_does(desk: TestDesk) -> None:  # spec 3.7, 10.2, 13.3, 13.4
    mia, bo, sam = await desk.pages("mia", "bo", "sam")
    other = await desk.page("mia", gateway=1)
    session_id = await desk.handled(mia, bo)
    for page in (mia, other, bo):
        page.session(session_id)
    await bo.post(session_id, "Hello Mia").accepted
    for page in (mia, other, bo):
        await holds(page, session_id, 2)
    frames = [await recorded(page) for page in (mia, other)]

    for number in range(4):
        writer = (sam, bo)[number % 2]
        await writer.post(session_id, f"{SECRET} {number}", internal=True).accepted
        if number == 1:
            mia.cut()
    await mia.until(lambda: [frame["t"] for frame in frames[0]].count("welcome") > 1, "the connection after the cut")
    last = await bo.post(session_id, "On my way").accepted

    for page in (mia, other, bo):
        await holds(page, session_id, 3)
        assert page.session(session_id).revision == last
    assert bo.session(session_id).notes == [((sam, bo)[n % 2].person_id, f"{SECRET} {n}") for n in range(4)]
    participants = (await bo.whole_session(session_id))["card"]["participants"]
    assert {person["id"] for person in participants} == {mia.person_id, bo.person_id}

    for page, received in zip((mia, other), frames, strict=True):
        await page.until(partial(has_entry, received, last), "the last frame")
        theirs, whole = page.session(session_id), bo.session(session_id)
        assert theirs.messages == whole.messages
        hidden = [entry for entry in theirs.entries if entry["hidden"]]
        assert [(entry["events"], entry["commandId"], "by" in entry) for entry in hidden] == [([], "", False)] * 4
        assert theirs.entries[-1]["hash"] == whole.entries[-1]["hash"]
    fresh = await desk.page("mia", gateway=1)
    reads = [
        await fresh.whole_session(session_id),
        await fresh.api("GET", "/start"),
        await fresh.api("GET", f"/sessions/{session_id}?after=3"),
    ]
    everything = json.dumps([*frames, *reads, mia.session(session_id).entries, other.session(session_id).entries])
    assert SECRET not in everything and sam.person_id not in everything


async def test_a_note_is_in_the_history_and_not_in_the_chat_log(desk: TestDesk) -> None:  # spec 4.2, 8.1, 8.4, 13.3
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    await ava.post(session_id, f"{SECRET} is the reason", internal=True).accepted
    await ava.post(session_id, "On my way").accepted
    create = {"boardId": desk.id_of("projects"), "summary": "Printer", "priority": "normal"}
    await end_with(ava, session_id, {"create": create})

    ticket_id = await linked(ava, session_id)
    timeline = (await ava.api("GET", f"/tickets/{ticket_id}"))["timeline"]
    (file,) = [file for entry in timeline if entry.get("note") for file in entry["note"]["attachments"]]
    log = (await ava.download(f"/tickets/{ticket_id}/attachments/{file['id']}")).content.decode()
    assert "On my way" in log and SECRET not in log
    mine = [await mia.api("GET", path) for path in (f"/tickets/{ticket_id}", f"/sessions/{session_id}?after=0", "/tickets")]
    assert SECRET not in json.dumps([timeline, mine])
    await finds(ava, f"?search={SECRET}", {session_id})


async def test_a_note_of_somebody_else_is_refused_and_nothing_is_written(desk: TestDesk) -> None:  # spec 10.2, 13.3
    mia, ava, bo = await desk.pages("mia", "ava", "bo")
    session_id = await desk.handled(mia, ava)
    revision = await ava.post(session_id, "Hello").accepted
    for page in (mia, bo):
        with pytest.raises(PostRefused) as refused:
            await page.post(session_id, SECRET, internal=True).accepted
        assert refused.value.refusal["kind"] == "permission_denied"
    assert await ava.post(session_id, "Still here").accepted == revision + 1
