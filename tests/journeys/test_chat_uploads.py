"""Files that people send in a chat: the chat service on real engines, stopped between an upload and its message."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.errors import RemoteError
from servicekit.grpc_client import on_behalf, upload
from tests.adapters.chat.running import Calls, House
from tests.fakes.faults import StopsAt
from tests.fakes.patient import call

MB = 1024 * 1024
# Of chat, for one upload (spec 13.5).
MOST_MEMORY = 4 * MB
PART = 64 * 1024


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[House]:
    house = House(tmp_path, engine_settings, unique)
    house.person_joins("leo")
    async with house.peers_up():
        yield house


async def handled(calls: Calls) -> str:
    session_id = (await calls.request()).session.card.session_id
    await calls.take(session_id)
    return session_id


async def uploaded(calls: Calls, session_id: str, content: bytes, *, who: str = "mia") -> pb.File:
    async def parts() -> AsyncIterator[pb.UploadFileRequest]:
        yield pb.UploadFileRequest(session_id=session_id, command_id="u1", name="../Störung.png", size=len(content))
        for start in range(0, len(content), PART):
            yield pb.UploadFileRequest(data=content[start : start + PART])

    answer = await upload(calls.chat.UploadFile, parts(), token=calls.token(who), timeout=60.0)
    return answer.file  # type: ignore[no-any-return]


async def one(request: pb.UploadFileRequest) -> AsyncIterator[pb.UploadFileRequest]:
    yield request


async def sent(calls: Calls, session_id: str, *ids: str, command_id: str = "m1") -> int:
    asked = pb.PostMessageRequest(session_id=session_id, command_id=command_id, file_ids=ids)
    return int((await call(calls.chat.PostMessage, asked, token=calls.token("mia"))).revision)


async def downloaded(calls: Calls, session_id: str, file_id: str, who: str = "ava") -> tuple[pb.File, bytes]:
    request = pb.DownloadFileRequest(session_id=session_id, file_id=file_id)
    answers = [answer async for answer in calls.chat.DownloadFile(request, metadata=on_behalf(calls.token(who)))]
    return answers[0].file, b"".join(answer.data for answer in answers[1:])


async def test_a_file_is_downloaded_as_it_was_by_those_who_read_its_message(house: House) -> None:  # spec 10.2, 13.5
    content = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4_000
    async with house.replica() as calls, house.replica() as other:
        session_id = await handled(calls)
        file = await uploaded(calls, session_id, content)
        await sent(other, session_id, file.id)

        assert (file.name, file.content_type, file.size) == ("Störung.png", "image/png", len(content))
        assert await downloaded(other, session_id, file.id) == (file, content)
        events = [event for entry in (await other.session(session_id)).entries for event in entry.events]
        assert [list(event.message_posted.files) for event in events if event.message_posted.files] == [[file]]
        answers = []
        for session, id in ((session_id, file.id), (session_id, "none"), ("none", file.id)):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await downloaded(calls, session, id, "leo")
            answers.append((refused.value.code(), refused.value.details()))
        assert len(set(answers)) == 1 and answers[0][0] is grpc.StatusCode.NOT_FOUND


async def test_an_upload_holds_less_than_4_mb_in_memory(house: House) -> None:  # spec 10.9, 13.5
    async with house.replica() as calls:
        session_id, content = await handled(calls), bytes(25 * MB)
        tracemalloc.start()
        try:
            file = await uploaded(calls, session_id, content)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert file.size == len(content) and most < MOST_MEMORY


async def test_a_file_is_refused_before_it_is_read(house: House) -> None:  # spec 13.5
    async with house.replica() as calls:
        session_id = await handled(calls)
        for who, content, code in (
            ("mia", bytes(25 * MB + 1), "too_large"),
            ("leo", b"x", "session_not_found"),
            ("sam", b"x", "not_in_session"),
        ):
            with pytest.raises(RemoteError) as refused:
                await uploaded(calls, session_id, content, who=who)
            assert refused.value.code == code
        with pytest.raises(RemoteError) as refused:
            first = pb.UploadFileRequest(session_id=session_id, command_id="u2", name="a", size=MB, data=bytes(300_000))
            await upload(calls.chat.UploadFile, one(first), token=calls.token("mia"), timeout=60.0)
        assert (refused.value.code, refused.value.field) == ("part_too_large", "data")


async def test_an_upload_that_a_crash_cut_off_is_repeated_once(house: House) -> None:  # spec 3.8, 13.5, design 10
    fault = StopsAt("upload_stored")
    async with house.replica(fault) as calls:
        session_id = await handled(calls)
        trying = asyncio.ensure_future(uploaded(calls, session_id, bytes(MB)))
        await fault.seen.wait()
        await calls.kill()
    await asyncio.gather(trying, return_exceptions=True)

    async with house.replica() as calls:
        first, second = await asyncio.gather(*(uploaded(calls, session_id, bytes(MB)) for _ in range(2)))
        assert first == second
        revision = await sent(calls, session_id, first.id)
        assert await sent(calls, session_id, first.id) == revision
        kinds = await calls.kinds(session_id)
        assert kinds.count("message_posted") == 2  # the first one opened the chat
