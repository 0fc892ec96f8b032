"""A person's data is exported from the running services, by command and by RPC (spec 10.6)."""

import asyncio
import io
import json
import stat
import sys
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from parley.chat.v1 import chat_pb2 as c
from parley.notify.v1 import delivery_pb2 as v
from parley.tickets.v1 import erasing_pb2 as e
from servicekit.errors import Kind, TypedError
from stack.services import ROOT, Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.team import Team
from tests.journeys.test_people import change
from tests.journeys.test_story import end_with, leave

RPC = "ErasingService.DownloadPersonData"


def read(content: bytes) -> dict[str, Any]:
    """Name of each file -> its JSON, or its bytes."""
    with ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return {name: json.loads(content) if name.endswith(".json") else content for name, content in found.items()}


async def command(stack: Stack, person_id: str, file: Path) -> int | None:
    """The exit code of `python -m services.tickets.export`."""
    arguments = ("-m", "services.tickets.export", person_id, "--out", str(file))
    # Without the variables by which services record their queries: this process is none of them.
    env = {name: value for name, value in stack.env_of("tickets-1").items() if name.startswith("PARLEY_")}
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, env=env)
    return await process.wait()


async def downloaded(team: Team, person_id: str, token: str) -> dict[str, Any]:
    pieces = [piece.content async for piece in team.stream(RPC, e.DownloadPersonDataRequest(person_id=person_id), token)]
    return read(b"".join(pieces))


def written(chat: dict[str, Any]) -> list[str]:
    """The texts of its messages and internal notes."""
    events = [event for entry in chat["entries"] for event in entry["events"]]
    return [event[kind]["text"] for event in events for kind in ("messagePosted", "noteWritten") if kind in event]


async def test_engineers_get_the_chats_that_they_left_and_those_that_they_never_joined(stack: Stack, desk: TestDesk) -> None:  # spec 10.6
    mia, ava, bo, sam = await desk.pages("mia", "ava", "bo", "sam")
    session_id = await desk.handled(mia, ava)
    await ava.post(session_id, "Unplug it").accepted
    await sam.post(session_id, "Ask for the model", internal=True).accepted
    await bo.retried(partial(bo.api, "POST", f"/sessions/{session_id}/join", {"commandId": "join", "mode": "JOIN_MODE_ALSO"}))
    await end_with(bo, session_id, {"none": {}})
    await leave(ava, session_id)
    await leave(bo, session_id)
    nobodys = await desk.chat(mia, "One more")

    async with Team(stack) as team:

        async def chats_of(word: str) -> list[dict[str, Any]]:
            found = await downloaded(team, desk.id_of(word), team.person(desk, "ava"))
            return list(found["chats.json"])

        async def both_are_listed() -> bool:
            return {chat["sessionId"] for chat in await chats_of("mia")} == {session_id, nobodys}

        await until(both_are_listed, 60)
        for word, texts in {"ava": ["Unplug it"], "bo": [], "sam": ["Ask for the model"]}.items():
            (chat,) = await chats_of(word)
            assert (chat["sessionId"], written(chat)) == (session_id, texts) and "title" not in chat


async def test_a_person_gets_all_that_is_stored_of_them(
    stack: Stack, desk: TestDesk, tmp_path: Path, unique: str
) -> None:  # spec 10.5, 10.6
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava, "My printer smokes")
    file_id = (await mia.upload(f"/chats/{session_id}/files?command=u1&name=smoke.txt", b"smoke" * 100_000))["file"]["id"]
    await mia.post(session_id, "It is in room 4", files=[file_id]).accepted
    await ava.post(session_id, "Unplug the printer").accepted
    ticket_id = await desk.ticket(mia)
    await ava.retried(
        lambda: ava.api("POST", f"/tickets/{ticket_id}/notes", {"commandId": "note", "text": "She calls daily", "internal": True})
    )
    async with Team(stack) as team:
        asked = v.UpdatePreferencesRequest(preferences=v.Preferences(sound=True, volume=40, chat_sound="bell", message_sound="pulse"))
        await team.do("DeliveryService.UpdatePreferences", asked, team.person(desk, "mia"))
        account = await team.account(unique, ["erasing:export"])

        found = dict[str, Any]()

        async def all_is_stored() -> bool:
            """The sign-in, the presence and a delivery come by events. A message of a slow machine may be too old to notify anybody."""
            await ava.post(session_id, "Are you there?").accepted
            found.update(await downloaded(team, desk.id_of("mia"), team.person(desk, "ava")))
            is_online = "PRESENCE_ONLINE" in [each.get("presence") for each in found["presence.json"]]
            return is_online and bool(found["sign_ins.json"]) and any("delivery" in each for each in found["notifications.json"])

        await until(all_is_stored, 60)
        reply = c.PutCannedReplyRequest(reply=c.CannedReply(reply_id="r1", title="hello", text="Hello {customer}"))
        await team.do("ChatService.PutCannedReply", reply, team.person(desk, "bo"))
        (replied,) = (await downloaded(team, desk.id_of("bo"), account))["canned_replies.json"]
        assert replied["text"] == "Hello {customer}"
        for token in (team.person(desk, "bo"), team.person(desk, "mia")):
            with pytest.raises(TypedError) as refused:
                await downloaded(team, desk.id_of("mia"), token)
            assert refused.value.kind is Kind.PERMISSION_DENIED
        await change(ava, desk.id_of("bo"), disabled=True)
        assert (await downloaded(team, desk.id_of("bo"), account))["canned_replies.json"] == [replied]

    file = tmp_path / "mia.zip"
    assert await command(stack, desk.id_of("mia"), file) == 0
    assert read(file.read_bytes()).keys() == found.keys() and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await command(stack, desk.id_of("mia"), file) == 2
    assert await command(stack, "nobody", tmp_path / "nobody.zip") == 2 and not (tmp_path / "nobody.zip").exists()

    assert found["profile.json"]["name"] == "Mia Torres"
    (chat,) = found["chats.json"]
    assert written(chat) == ["My printer smokes", "It is in room 4"] and chat["sessionId"] == session_id
    assert found[f"chat_files/{session_id}/{file_id}/smoke.txt"] == b"smoke" * 100_000
    (ticket,) = found["tickets.json"]
    assert [entry["note"] for entry in ticket["entries"] if "note" in entry] == ["Every afternoon."]
    assert {"volume": 40}.items() <= next(each["preferences"] for each in found["notifications.json"] if "preferences" in each).items()
    assert found["sign_ins.json"][0]["action"] == "signed_in"
    assert not [text for text in ("Unplug", "Are you there", "calls daily", "Ava Chen") if text in repr(found)]

    entries = (await ava.retried(partial(ava.api, "GET", "/audit?kind=export")))["entries"]
    by = {entry["byId"] for entry in entries if (entry["action"], entry["subjectId"]) == ("AUDIT_ACTION_EXPORTED", desk.id_of("mia"))}
    assert by == {desk.id_of("ava"), "operator"}
