"""Customers who upload one file after the other and send each, while what keeps the files is killed (spec 9.3, 13.5)."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from stack.page import Page
from tests.fakes.waiting import until

# More than one chunk of the store (255 KB), so that a kill may leave half a file.
SIZE = 300_000


def content_of(number: int, size: int = SIZE) -> bytes:
    """Differs by upload, and within it. `size`: a multiple of 32."""
    return b"".join(hashlib.sha256(f"{number} {block}".encode()).digest() for block in range(size // 32))


@cache
def hash_of(name: str, size: int) -> str:
    """Of the content of the file with this name and size."""
    return hashlib.sha256(content_of(int(name.removesuffix(".bin")), size)).hexdigest()


class Uploader:
    """One customer who uploads a file, sends it, and then goes on with the next one."""

    def __init__(self, page: Page, path: str) -> None:
        self.page, self.path = page, path
        self.names: list[str] = []
        self.uploading = asyncio.Event()

    async def run(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            await self.upload(number)

    async def upload(self, number: int) -> None:
        stored = await self.page.retried(partial(self._upload, number, content_of(number)))
        await self.send(number, stored)
        self.names.append(f"{number}.bin")

    async def _upload(self, number: int, content: bytes) -> Any:
        self.uploading.set()
        try:
            return await self.page.upload(f"{self.path}?command=upload-{number}&name={number}.bin", content)
        finally:
            self.uploading.clear()

    async def send(self, number: int, stored: Any) -> None:
        raise NotImplementedError

    async def sent(self) -> list[Any]:
        """The files that were sent, in order."""
        raise NotImplementedError


class NoteUploader(Uploader):
    def __init__(self, page: Page, ticket_id: str) -> None:
        super().__init__(page, f"/tickets/{ticket_id}/attachments")
        self.ticket = f"/tickets/{ticket_id}"

    async def send(self, number: int, stored: Any) -> None:
        body = {"commandId": f"note-{number}", "attachmentIds": [stored["attachment"]["id"]]}
        await self.page.retried(partial(self.page.api, "POST", f"{self.ticket}/notes", body))

    async def sent(self) -> list[Any]:
        timeline = (await self.page.api("GET", self.ticket))["timeline"]
        return [file for entry in timeline for file in entry.get("note", {}).get("attachments", [])]


class MessageUploader(Uploader):
    def __init__(self, page: Page, session_id: str) -> None:
        super().__init__(page, f"/chats/{session_id}/files")
        self.session_id = session_id

    async def send(self, number: int, stored: Any) -> None:
        await self.page.post(self.session_id, "", files=[stored["file"]["id"]]).accepted

    async def sent(self) -> list[Any]:
        entries = (await self.page.api("GET", f"/sessions/{self.session_id}?after=0"))["session"]["entries"]
        events = [event for entry in entries for event in entry["events"]]
        return [file for event in events for file in event.get("messagePosted", {}).get("files", [])]


Moment = Callable[[], Awaitable[object]]


async def next_upload(uploaders: Sequence[Uploader]) -> None:
    """Returns during an upload, the next one that runs, however short it is."""
    running = [asyncio.create_task(each.uploading.wait()) for each in uploaders]
    found, others = await asyncio.wait(running, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    for each in others:
        each.cancel()
    assert found, "nobody uploads"


async def kill_at(moments: Sequence[Moment], done: Callable[[], int], most: int, kill: Moment) -> None:
    """Kills at each of these moments, one after the other while `done()` grows to `most`."""

    def are_done(number: int) -> bool:
        return done() >= number

    for share, moment in enumerate(moments, 1):
        await until(partial(are_done, share * most // (len(moments) + 1)), 120)
        await moment()
        # Uploads go on when the killed service answers, which may be long before it is ready, so the next kill does not wait for that.
        await kill()
