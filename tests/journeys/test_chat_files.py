"""Files of messages through gateways, gRPC, Kafka and the store."""

import asyncio
import hashlib
import time
from typing import Any
from urllib.parse import quote

import pytest

from stack.conversation import PostRefused
from stack.page import Page
from stack.signed_in import ApiRefused, SignedIn
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.test_internal_notes import recorded
from tests.journeys.test_pages import notifications
from tests.journeys.test_story import end_with, holds, linked

Json = dict[str, Any]
IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2_000


def upload_path(session_id: str, command_id: str) -> str:
    return f"/chats/{session_id}/files?command={command_id}&name={quote('C:/Brand März.png')}"


def files_of(page: Page, session_id: str) -> list[list[Json]]:
    """Those of each message."""
    events = [event for entry in page.session(session_id).entries for event in entry["events"]]
    return [event["messagePosted"]["files"] for event in events if "messagePosted" in event]


async def answer_to(person: SignedIn, session_id: str, file_id: str) -> tuple[int, str]:
    answer = await person.download(f"/chats/{session_id}/files/{file_id}")
    return answer.status_code, answer.text


async def test_an_image_reaches_the_people_of_the_chat_once_and_nobody_else(desk: TestDesk) -> None:  # spec 3.8, 5.8, 10.2, 13.5
    mia, ava, leo, zoe = await desk.pages("mia", "ava", "leo", "zoe")
    ava.report(permission="granted", browser_id="b1")
    session_id = await desk.handled(mia, ava)
    for page in (mia, ava):
        page.session(session_id)
        await holds(page, session_id, 1)

    file = (await mia.upload(upload_path(session_id, "u1"), IMAGE))["file"]
    described = {"name": "Brand März.png", "contentType": "image/png", "size": len(IMAGE), "sha256": hashlib.sha256(IMAGE).hexdigest()}
    assert file == {"id": file["id"], **described}
    assert (await mia.upload(upload_path(session_id, "u1"), IMAGE))["file"] == file
    missing = file["id"][::-1]
    for page in (mia, ava):
        assert await answer_to(page, session_id, file["id"]) == await answer_to(page, session_id, missing)
    with pytest.raises(PostRefused) as refused:
        await ava.post(session_id, "Not mine", files=[file["id"]]).accepted
    assert (refused.value.refusal["kind"], refused.value.refusal["field"]) == ("not_found", "file_ids")

    alone = mia.post(session_id, "", files=[file["id"]])
    revision = await alone.accepted
    await ava.until(lambda: any("message" in each["deliveryId"] for each in notifications(ava)), "the notification of a file")
    shown = next(each for each in notifications(ava) if "message" in each["deliveryId"])
    assert (shown["title"], shown["body"]) == ("Mia Torres · Acme Ltd", "Printer is on fire")
    second = (await mia.upload(upload_path(session_id, "u2"), IMAGE))["file"]
    await mia.post(session_id, "And this", files=[second["id"]]).accepted
    frames = await recorded(mia)
    posted = {"t": "posted", "sessionId": session_id, "commandId": alone.command_id, "revision": revision}

    async def repeated() -> bool:
        """As a page does that did not get the answer."""
        mia.send(alone.frame)
        return posted in frames

    await until(repeated)

    for page in (mia, ava):
        await holds(page, session_id, 3)
        assert files_of(page, session_id) == [[], [file], [second]]
        answer = await page.download(f"/chats/{session_id}/files/{file['id']}")
        assert (answer.content, answer.headers["content-type"]) == (IMAGE, "image/png")
        assert "attachment" in answer.headers["content-disposition"]

    elsewhere = TestDesk(desk.stack, f"{desk.id}f")
    await elsewhere.make()
    try:
        for stranger in (leo, zoe, await elsewhere.page("ava")):
            assert await answer_to(stranger, session_id, file["id"]) == await answer_to(stranger, session_id, missing)
            answers = []
            for id in (session_id, session_id[::-1]):
                with pytest.raises(ApiRefused) as not_found:
                    await stranger.upload(upload_path(id, "u3"), IMAGE)
                answers.append((not_found.value.status, str(not_found.value.refusal).replace(id, "")))
            assert answers[0] == answers[1] and answers[0][0] == 404
    finally:
        await elsewhere.close()


async def test_the_files_of_a_chat_reach_its_ticket_with_the_log(desk: TestDesk) -> None:  # spec 4.2, 9.4, 13.5
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    for page in (mia, ava):
        page.session(session_id)
        await holds(page, session_id, 1)
    sent = []
    for number, page in enumerate((mia, ava)):
        file = (await page.upload(upload_path(session_id, f"u{number}"), IMAGE[: -1 - number]))["file"]
        await page.post(session_id, "", files=[file["id"]]).accepted
        sent.append(file)

    await end_with(ava, session_id, {"create": {"boardId": desk.id_of("projects"), "summary": "Printer", "priority": "normal"}})

    ticket_id = await linked(ava, session_id)
    (note,) = [entry for entry in (await ava.api("GET", f"/tickets/{ticket_id}"))["timeline"] if entry.get("note")]
    log, *copies = note["note"]["attachments"]
    assert note["internal"] and log["name"].startswith("chat_log_")
    assert [{**copy, "id": ""} for copy in copies] == [
        {"id": "", "name": file["name"], "contentType": file["contentType"], "size": file["size"]} for file in sent
    ]
    for number, copy in enumerate(copies):
        path = f"/tickets/{ticket_id}/attachments/{copy['id']}"
        assert (await ava.download(path)).content == IMAGE[: -1 - number]
        assert (await mia.download(path)).status_code == 404
    # The customer has them in the conversation.
    assert (await answer_to(mia, session_id, sent[1]["id"]))[0] == 200


async def test_the_limit_that_an_admin_sets_counts_for_chats_and_tickets(desk: TestDesk) -> None:  # spec 9.3, 13.5
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    ticket_id = (await mia.api("POST", "/tickets", {"commandId": "t", "summary": "Printer"}))["ticket"]["id"]
    own = (await ava.api("GET", "/places"))["desk"]
    for mb, most in ((1, 1024 * 1024), (0, 25 * 1024 * 1024)):
        await ava.api("PUT", "/directory", {"entry": {"desk": {**own, "maxFileMb": mb}}})
        assert (await mia.api("GET", f"/tickets/{ticket_id}"))["maxAttachmentBytes"] == most
        ends = time.monotonic() + 30
        while (await mia.api("GET", f"/sessions/{session_id}"))["maxFileBytes"] != most:
            assert time.monotonic() < ends, "chat has the limit"
            await asyncio.sleep(0.05)
