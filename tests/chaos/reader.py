"""An engineer who reads all attachments of a desk while tickets is killed, and fails on half of one (spec 9.3, 4.2)."""

import asyncio
import contextlib
import hashlib
from typing import Any

import httpx

from stack.page import Page
from stack.signed_in import PAUSE
from tests.chaos.talks import read
from tests.chaos.uploader import hash_of

LOG_ENDS = "* The chat session is now closed\n"


class Reader:
    """`whole`: the ids of the attachments that were read whole. `timelines`: ticket -> its entries as they were read last."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.whole: set[str] = set()
        self.timelines: dict[str, list[Any]] = {}
        self._read: dict[str, int] = {}  # ticket -> its revision

    async def run(self) -> None:
        while True:
            await self.read_all()
            await asyncio.sleep(PAUSE)

    async def read_all(self) -> None:
        """Reads each ticket that has changed, and downloads each attachment until it is whole."""
        path: str | None = "/tickets?size=100"
        while path:
            found = await read(self.page, path)
            for ticket in found["tickets"]:
                if self._read.get(ticket["id"]) != ticket["revision"]:
                    await self._ticket(ticket["id"])
                    self._read[ticket["id"]] = ticket["revision"]
            path = found["nextPageToken"] and f"/tickets?size=100&page={found['nextPageToken']}"

    def entries(self, kind: str) -> list[Any]:
        """The `note`s, or the entries of another kind, of all tickets."""
        return [entry[kind] for timeline in self.timelines.values() for entry in timeline if entry.get(kind)]

    def logs(self) -> list[Any]:
        return [file for note in self.entries("note") for file in note.get("attachments", ()) if not is_upload(file)]

    async def _ticket(self, id: str) -> None:
        timeline = (await read(self.page, f"/tickets/{id}"))["timeline"]
        for file in [file for entry in timeline for file in entry.get("note", {}).get("attachments", ())]:
            if file["id"] not in self.whole:
                check_whole(file, await self._content(f"/tickets/{id}/attachments/{file['id']}"))
                self.whole.add(file["id"])
        self.timelines[id] = timeline

    async def _content(self, path: str) -> bytes:
        """Of a download that ends: one that is cut off, or cannot begin, is tried again."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self.page.download(path)
                if answer.status_code < 500:
                    assert answer.status_code == 200, (path, answer.status_code)
                    return answer.content
            await asyncio.sleep(PAUSE)


def is_upload(file: Any) -> bool:
    """Else it is a log of a chat."""
    return bool(file["name"].endswith(".bin"))


def check_whole(file: Any, content: bytes) -> None:
    assert len(content) == int(file["size"]), file
    if is_upload(file):
        assert hashlib.sha256(content).hexdigest() == hash_of(file["name"], len(content)), file
    else:
        assert content.decode().endswith(LOG_ENDS), (file, content[-200:])
