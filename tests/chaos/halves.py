"""An upload and a download that stop halfway until their server was killed, so that the kill cuts them off (spec 9.3)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from stack.page import Page
from stack.signed_in import PAUSE, ApiRefused
from tests.chaos.uploader import NoteUploader, content_of

# More than one chunk of the store (255 KB) and less than a whole file.
HALF = 280_000
# More than everything between tickets and this process holds of a download.
LARGE = 20_480_000


class Halfway:
    """`reached`: halfway. `cut_off`: how many transfers failed after the kill."""

    def __init__(self) -> None:
        self.reached, self.killed = asyncio.Event(), asyncio.Event()
        self.cut_off = 0

    async def wait(self) -> None:
        self.reached.set()
        await self.killed.wait()

    def failed(self) -> None:
        self.cut_off += self.killed.is_set()


class HalfUploader(NoteUploader):
    def __init__(self, page: Page, ticket_id: str) -> None:
        super().__init__(page, ticket_id)
        self.halfway = Halfway()

    async def _upload(self, number: int, content: bytes) -> Any:
        async def pieces() -> AsyncIterator[bytes]:
            yield content[:HALF]
            await self.halfway.wait()
            yield content[HALF:]

        try:
            return await self.page.upload_pieces(f"{self.path}?command=upload-{number}&name={number}.bin", pieces(), len(content))
        except (ApiRefused, httpx.TransportError):
            self.halfway.failed()
            raise


class LargeFile(NoteUploader):
    """A file on a ticket, uploaded whole, and downloaded halfway."""

    async def add(self, number: int) -> None:
        self.number, content = number, content_of(number, LARGE)
        path = f"{self.path}?command=upload-{number}&name={number}.bin"
        await self.send(number, await self.page.upload(path, content))
        self.names.append(f"{number}.bin")
        self._id, self._sha256 = (await self.sent())[0]["id"], hashlib.sha256(content).hexdigest()

    async def download(self, halfway: Halfway) -> None:
        """Until it is whole. A part never ends as if it were."""
        while True:
            try:
                async with self.page.download_pieces(f"{self.path}/{self._id}") as answer:
                    if answer.status_code == 200:
                        found = hashlib.sha256()
                        async for piece in answer.aiter_raw():
                            found.update(piece)
                            await halfway.wait()
                        assert found.hexdigest() == self._sha256
                        return
            except httpx.TransportError:
                halfway.failed()
            await asyncio.sleep(PAUSE)
