"""Files on their way from the browser to tickets and chat: checks, bounds, memory, and uploads that break off."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from servicekit.errors import Kind, TypedError
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw import Raw, answers_in

Open = Callable[[str], Browser]
MB = 1024 * 1024
PATH = "/tickets/t1/attachments"
ASKED = {"command": "u1", "name": "März.pdf"}
# Spec 9.3. The test's own server and client are in this process too.
MOST_MEMORY = 4 * MB


async def parts(size: int) -> AsyncIterator[bytes]:
    part = bytes(64 * 1024)
    for start in range(0, size, len(part)):
        yield part[: size - start]


async def upload(browser: Browser, size: int = 5, **headers: str) -> Any:
    return await browser.api("POST", PATH, params=ASKED, content=parts(size), headers={"Content-Length": str(size), **headers})


def head_of(browser: Browser, port: int, size: int) -> bytes:
    """The head of an upload, to send by hand."""
    lines = [f"POST /portal/api{PATH}?command=u1&name=a HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {size}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in browser.headers.items()), "", ""]).encode()


@pytest.fixture
def port(url: str) -> int:
    return urlsplit(url).port or 0


async def test_a_file_reaches_tickets_unchanged_with_its_person_and_name(browser_of: Open, peers: Peers) -> None:  # spec 9.3
    content = bytes(range(256)) * 4_001
    answer = await browser_of("mia").api("POST", PATH, params=ASKED, content=content)

    assert (answer.status_code, answer.json()["attachment"]["id"]) == (200, "f1")
    by, first = peers.tickets.asked[-1]
    assert (by.id, first.command_id, first.ticket_id, first.name, first.size) == ("mia", "u1", "t1", "März.pdf", len(content))
    assert peers.tickets.received.digest() == hashlib.sha256(content).digest()
    assert peers.tickets.largest_part <= 256 * 1024


async def test_a_file_reaches_chat_unchanged_with_its_person_and_name(browser_of: Open, peers: Peers) -> None:  # spec 13.5
    content = bytes(range(256)) * 2_001
    answer = await browser_of("mia").api("POST", "/chats/s1/files", params=ASKED, content=content)

    assert (answer.status_code, answer.json()["file"]["id"]) == (200, "f1")
    method, by, first = peers.chat.calls[-1]
    assert (method, by.id, first.command_id, first.session_id, first.name) == ("UploadFile", "mia", "u1", "s1", "März.pdf")
    assert (first.size, peers.chat.received) == (len(content), content)


async def test_a_file_that_is_too_large_for_a_chat_is_answered_with_413(browser_of: Open, peers: Peers) -> None:  # spec 13.5
    peers.refuses["UploadFile"] = TypedError.of(Kind.INVALID_ARGUMENT, "too_large", "A file has at most 25 MB.", field="size")
    answer = await browser_of("mia").api("POST", "/chats/s1/files", params=ASKED, content=b"large")
    assert (answer.status_code, answer.json()["error"]["field"]) == (413, "size")


async def test_a_message_carries_its_files_to_chat(browser_of: Open, peers: Peers) -> None:  # spec 13.5
    mia = await browser_of("mia").page()
    await mia.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "", "fileIds": ["f1", "f2"]})
    await mia.receive("posted", commandId="c")
    assert (peers.chat.log["s"], peers.chat.file_ids) == ([("c", "")], {"c": ["f1", "f2"]})


async def test_an_upload_holds_less_than_4_mb_in_memory(browser_of: Open) -> None:  # spec 9.3, 10.9
    mia = browser_of("mia")
    await upload(mia)
    tracemalloc.start()
    try:
        assert (await upload(mia, 25 * MB)).status_code == 200
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < MOST_MEMORY


async def test_nothing_is_read_while_tickets_takes_nothing(browser_of: Open, peers: Peers) -> None:  # spec 10.9
    size, sent = 200 * MB, 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal sent
        async for part in parts(size):
            sent += len(part)
            yield part

    peers.tickets.takes_files.clear()
    headers = {"Content-Length": str(size)}
    uploading = asyncio.ensure_future(browser_of("mia").api("POST", PATH, params=ASKED, content=counted(), headers=headers))
    await until(lambda: peers.tickets.uploading == 1)
    before = -1
    while sent > before:
        before = sent
        # The gateway has answered others meanwhile, so it would have read more.
        for _ in range(20):
            await browser_of("ava").api("GET", "/tickets/t1")
    assert sent < 20 * MB  # what the buffers of the connections hold
    uploading.cancel()
    peers.tickets.takes_files.set()
    await until(lambda: peers.tickets.uploading == 0)


async def test_a_too_large_file_is_answered_with_413_and_the_field(browser_of: Open, peers: Peers) -> None:  # spec 9.3
    error = TypedError.of(Kind.INVALID_ARGUMENT, "too_large", "A file has at most 25 MB.", field="size", details={"most": "26214400"})
    peers.refuses["UploadAttachment"] = error
    answer = await upload(browser_of("mia"), MB)
    refused = answer.json()["error"]
    assert (answer.status_code, refused["code"], refused["field"]) == (413, "too_large", "size")
    assert refused["details"] == {"most": "26214400"}


async def test_an_upload_needs_a_sign_in_its_origin_and_a_length(browser_of: Open, peers: Peers) -> None:  # spec 10.2, 10.7
    mia = browser_of("mia")
    assert (await upload(browser_of(""))).status_code == 401
    assert (await upload(mia, Origin="https://elsewhere.example")).status_code == 403
    chunked = await mia.api("POST", PATH, params=ASKED, content=parts(5))
    assert (chunked.status_code, chunked.json()["error"]["field"]) == (400, "Content-Length")
    assert peers.tickets.asked == []


async def test_the_bodies_of_other_routes_stay_small(browser_of: Open) -> None:  # spec 10.9
    answer = await browser_of("mia").api("POST", "/tickets/t1/notes", content=bytes(64 * 1024 + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "too_large")


async def test_an_upload_that_breaks_off_is_cancelled_at_tickets(browser_of: Open, peers: Peers, port: int) -> None:  # spec 9.3
    async with Raw(port) as raw:
        await raw.send(head_of(browser_of("mia"), port, 1_000_000) + bytes(100_000))
        await until(lambda: peers.tickets.uploading == 1)
        raw.abort()
        await until(lambda: peers.tickets.uploading == 0)


class TestOfBounds:
    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        return {"PARLEY_GATEWAY_LIMIT_UPLOADS": "5/600", "PARLEY_GATEWAY_UPLOADS_PER_PERSON": "2"}

    async def test_a_person_has_a_bounded_number_and_rate_of_uploads(self, browser_of: Open, peers: Peers) -> None:  # spec 10.4
        mia, zoe = browser_of("mia"), browser_of("zoe")
        peers.tickets.takes_files.clear()
        running = [asyncio.ensure_future(upload(mia)) for _ in range(2)]
        await until(lambda: peers.tickets.uploading == 2)

        third = (await upload(mia)).json()["error"]
        running.append(asyncio.ensure_future(upload(zoe)))
        await until(lambda: peers.tickets.uploading == 3)
        peers.tickets.takes_files.set()

        assert (third["kind"], third["code"], third["details"]["retry_after"]) == ("resource_exhausted", "too_many_uploads", "2")
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [200, 200, 200]
        assert [(await upload(mia)).status_code for _ in range(3)] == [200, 200, 429]
        assert (await upload(mia)).json()["error"]["details"]["limit"] == "uploads"


class TestOfTime:
    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        return {"PARLEY_GATEWAY_BODY_SECONDS": "0.2", "PARLEY_GATEWAY_UPLOAD_SECONDS": "1"}

    async def test_an_upload_may_take_longer_than_other_bodies_but_not_forever(self, browser_of: Open, port: int) -> None:  # spec 10.9
        mia, stranger = browser_of("mia"), browser_of("")
        stranger.headers["Origin"] = mia.headers["Origin"]
        async with Raw(port) as slow, Raw(port) as unknown:
            await slow.send(head_of(mia, port, 6) + b"abc")
            await unknown.send(head_of(stranger, port, 6) + b"abc")
            # The stranger has the time of other bodies, which ends first.
            assert answers_in(await unknown.rest())[0].status == 401
            await slow.send(b"d")
            assert [answer.status for answer in answers_in(await slow.rest())] == [408]
