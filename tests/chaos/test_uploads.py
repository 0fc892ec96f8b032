"""Files are uploaded to real processes: what an upload takes of their memory, and that tickets and chat may be killed meanwhile (spec 9.3,
13.5)."""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import Any

import psutil
import pytest
from hypothesis import settings

from stack.page import Page
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

# `make soak` uploads more.
UPLOADS = 200 if settings().max_examples > 100 else 48
PEOPLE = 6
SIZE = 1_500_000
VICTIM = "tickets-1"
MB = 1024 * 1024
# Of a process, for one upload (spec 9.3).
MOST_MEMORY = 4 * MB


def content_of(number: int) -> bytes:
    """Differs by upload, and within it."""
    return b"".join(hashlib.sha256(f"{number} {block}".encode()).digest() for block in range(SIZE // 32))


class Uploader:
    """One customer who uploads a file, sends it, and then goes on with the next one."""

    def __init__(self, page: Page, path: str) -> None:
        self.page, self.path = page, path
        self.hashes: list[str] = []
        self.uploading = False

    async def run(self, numbers: "count[int]", most: int) -> None:
        while (number := next(numbers)) < most:
            content = content_of(number)
            stored = await self.page.retried(partial(self._upload, number, content))
            await self.send(number, stored)
            self.hashes.append(hashlib.sha256(content).hexdigest())

    async def _upload(self, number: int, content: bytes) -> Any:
        self.uploading = True
        try:
            return await self.page.upload(f"{self.path}?command=upload-{number}&name={number}.bin", content)
        finally:
            self.uploading = False

    async def send(self, number: int, stored: Any) -> None:
        raise NotImplementedError

    async def sent(self) -> list[str]:
        """The ids of the files that were sent, in order."""
        raise NotImplementedError


class NoteUploader(Uploader):
    def __init__(self, page: Page, ticket_id: str) -> None:
        super().__init__(page, f"/tickets/{ticket_id}/attachments")
        self.ticket = f"/tickets/{ticket_id}"

    async def send(self, number: int, stored: Any) -> None:
        body = {"commandId": f"note-{number}", "attachmentIds": [stored["attachment"]["id"]]}
        await self.page.retried(partial(self.page.api, "POST", f"{self.ticket}/notes", body))

    async def sent(self) -> list[str]:
        timeline = (await self.page.api("GET", self.ticket))["timeline"]
        return [file["id"] for entry in timeline for file in entry.get("note", {}).get("attachments", [])]


class MessageUploader(Uploader):
    def __init__(self, page: Page, session_id: str) -> None:
        super().__init__(page, f"/chats/{session_id}/files")
        self.session_id = session_id

    async def send(self, number: int, stored: Any) -> None:
        await self.page.post(self.session_id, "", files=[stored["file"]["id"]]).accepted

    async def sent(self) -> list[str]:
        entries = (await self.page.api("GET", f"/sessions/{self.session_id}?after=0"))["session"]["entries"]
        events = [event for entry in entries for event in entry["events"]]
        return [file["id"] for event in events for file in event.get("messagePosted", {}).get("files", [])]


async def added_until_done(process: psutil.Process, upload: "asyncio.Future[Any]") -> int:
    """The most memory that the process takes beside its present one until the upload is done, in bytes."""
    before = most = process.memory_info().rss
    while not upload.done():
        most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.005)
    return most - before


async def test_an_upload_takes_less_than_4_mb_of_each_process(desk: TestDesk, stack: Stack) -> None:  # spec 9.3, 10.9
    page = await desk.page("mia")
    path = f"/tickets/{await desk.ticket(page)}/attachments?name=film.mp4&command="
    processes = [psutil.Process(stack.pids()[name]) for name in ("gateway-1", VICTIM)]
    await page.upload(f"{path}first", bytes(5 * MB))  # connects and imports

    added = []
    for number in range(3):
        upload = asyncio.ensure_future(page.upload(f"{path}{number}", bytes(25 * MB)))
        added.append(await asyncio.gather(*(added_until_done(process, upload) for process in processes)))
        await upload
    # The least of three, because each process also does other work.
    assert [min(sizes) < MOST_MEMORY for sizes in zip(*added, strict=True)] == [True, True], added


@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_halves_a_file(desk: TestDesk, stack: Stack) -> None:  # spec 9.3, design 10
    pages = await _people(desk, PEOPLE)
    await _send_all([NoteUploader(page, await desk.ticket(page)) for page in pages], UPLOADS, stack, VICTIM)


@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_halves_a_file_of_a_chat(desk: TestDesk, stack: Stack) -> None:  # spec 13.5, design 10
    pages, ava = await _people(desk, 3), await desk.page("ava")
    await _send_all([MessageUploader(page, await desk.handled(page, ava)) for page in pages], UPLOADS // 2, stack, "chat-1")


async def _people(desk: TestDesk, number: int) -> list[Page]:
    words = [f"u{each}" for each in range(number)]
    await desk.add_customers(words)
    return [await desk.page(word) for word in words]


async def _send_all(uploaders: Sequence[Uploader], most: int, stack: Stack, victim: str) -> None:
    """Sends so many files while the victim is killed twice, and checks each of them."""
    numbers = count()
    running = [asyncio.create_task(uploader.run(numbers, most)) for uploader in uploaders]
    for share in (1, 2):
        await until(partial(_cut_off_now, uploaders, share * most // 3))
        # Uploads go on when it answers, which may be long before it is ready, so the next kill does not wait for that.
        await asyncio.to_thread(stack.kill, victim)
    await asyncio.gather(*running)
    await asyncio.to_thread(stack.wait_ready, victim, 60)

    for uploader in uploaders:
        found = []
        for id in await uploader.sent():
            answer = await uploader.page.download(uploader.path + f"/{id}")
            found.append(hashlib.sha256(answer.content).hexdigest())
        assert found == uploader.hashes


def _cut_off_now(uploaders: Sequence[Uploader], done: int) -> bool:
    """Whether so many files are done and a kill would cut off others."""
    return sum(len(uploader.hashes) for uploader in uploaders) >= done and any(uploader.uploading for uploader in uploaders)
