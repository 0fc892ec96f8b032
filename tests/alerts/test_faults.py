"""Each alert fires on the real services in its own fault, and in no other (spec 12.3).

The faults are made one after the other. An alert that fires before its turn, and is not declared to come with an earlier fault, fails the
test. An alert may go on after its fault: windows of objectives are long.
"""

import asyncio
import contextlib
import http.server
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import httpx
import pymongo
import pytest

from parley.chat.v1 import chat_pb2 as chat
from stack.page import Page
from stack.ports import HOST
from stack.signed_in import ApiRefused
from tests.alerts.conftest import PROVIDER, FaultyStack
from tests.alerts.made_records import LateSession, publish_abandoned, publish_garbage, publish_many, publisher
from tests.alerts.quick_rules import alerts
from tests.alerts.watching import Watch
from tests.journeys.desk import TestDesk

GONE = 410
WINDOWS = ("Fast", "Steadily", "Slowly")


def objective(name: str) -> set[str]:
    return {f"Parley{name}{window}" for window in WINDOWS}


# They say how fast Parley and its store are, so on a slow machine they fire without a fault.
SPEED = objective("PostsSlow") | objective("EntriesLate") | objective("DeliveriesLate") | objective("AlertsLate") | {"ParleyStoreSlow"}
# Alerts whose fault this test does not make; promtool checks them on made-up series (tests/deploy/test_alerts.py).
NOT_MADE = {
    "ParleyLoopCrashes": "a loop crashes by a bug only; outages are no crashes",
    "ParleyChatFilesStuck": "half an hour is a threshold, not a window, so it is not shorter here",
    "ParleyPagesTooSlow": "twenty pages must read nothing while megabytes are sent to each",
}


class Faults:
    """The alerts that have had their turn, and the watch that fails for another one."""

    def __init__(self, watch: Watch) -> None:
        self.made: set[str] = set()
        self._watch, self._allowed = watch, set(SPEED)

    async def fire(self, *wanted: str, also: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Waits until all of `wanted` fire; `also` may fire from now on, because they come with this fault or its end."""
        self._allowed |= also
        await self._watch.until_firing(set(wanted), self._allowed)
        self._allowed |= set(wanted)
        self.made |= set(wanted)


@asynccontextmanager
async def chats(desk: TestDesk, count: int) -> AsyncIterator[tuple[Page, list[str]]]:
    """The engineer's page and the ids of open chats, in which customers write until the end."""
    await desk.add_customers([f"c{number}" for number in range(count)])
    ava = await desk.page("ava")
    customers = [await desk.page(f"c{number}") for number in range(count)]
    sessions = [await desk.handled(customer, ava) for customer in customers]

    async def write(page: Page, session_id: str) -> None:
        number = 0
        while True:
            await page.post(session_id, f"message {(number := number + 1)}").accepted
            await asyncio.sleep(0.2)

    writing = [asyncio.create_task(write(*pair)) for pair in zip(customers, sessions, strict=True)]
    try:
        yield ava, sessions
    finally:
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)


@contextmanager
def endpoint() -> Iterator[str]:
    """A receiver of webhooks that is gone."""

    class Gone(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(GONE)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Prints nothing."""

    with http.server.ThreadingHTTPServer((HOST, 0), Gone) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}/parley"
        server.shutdown()


@asynccontextmanager
async def repeated(step: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Takes the step again and again. Raises its error at the end."""

    async def repeat() -> None:
        while True:
            await step()
            await asyncio.sleep(0.2)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def check_presence_often(ava: Page) -> None:
    """Chat asks presence about the engineers of each handled session every second."""
    read = await ava.api("GET", "/settings/chat")
    await ava.api("PUT", "/settings/chat", {"settings": {**read["settings"], "unattendedAfter": 1}, "version": read.get("version", 0)})


async def sign_in_at_the_provider(stack: FaultyStack) -> None:
    async with httpx.AsyncClient(base_url=stack.http_url) as browser:
        for _ in range(10):
            answer = await browser.get(f"/sign-in/api/begin?provider={PROVIDER}")
            assert "why=provider_down" in answer.headers["location"]


def spoil_canned_replies(stack: FaultyStack, desk: TestDesk) -> None:
    """What chat can't read, and what no version of Parley writes."""
    assert stack.store is not None
    owner = desk.id_of("sam")
    document = {"_id": f"{desk.id}:{owner}", "desk_id": desk.id, "owner_id": owner, "version": 1, "replies": 7, "audit": []}
    with pymongo.MongoClient[dict[str, Any]](stack.store.url) as client:
        client["chat"]["canned_replies"].insert_one(document)


@contextmanager
def a_full_gateway(stack: FaultyStack) -> Iterator[None]:
    """As many connections as it takes, each with a request that lacks its body: it closes only idle ones for new ones."""
    port = stack.replicas["gateway-2"].http_port
    head = f"POST /sign-in/api/sign-in HTTP/1.1\r\nHost: {HOST}:{port}\r\nOrigin: http://{HOST}:{port}\r\nContent-Length: 100\r\n\r\n"
    with contextlib.ExitStack() as opened:
        refused = False
        while not refused:
            connection = opened.enter_context(socket.create_connection((HOST, port), timeout=0.3))
            with contextlib.suppress(OSError):
                connection.sendall(head.encode())
                refused = b" 503 " in connection.recv(100)
        yield


@pytest.mark.timeout(600)
async def test_each_alert_fires_in_its_fault_and_in_no_other(stack: FaultyStack, watch: Watch, desk: TestDesk) -> None:  # spec 12.3
    faults = Faults(watch)
    async with chats(desk, 6) as (ava, _):
        await publish_garbage(stack)
        await faults.fire("ParleyDeadLetters")

        spoil_canned_replies(stack, desk)
        sam = await desk.page("sam")
        with pytest.raises(ApiRefused):
            await sam.api("GET", "/canned-replies")
        await faults.fire("ParleyErrorsInCalls")

        with endpoint() as url:
            body = {"commandId": "gone", "url": url, "events": ["WEBHOOK_EVENT_TYPE_SESSION_CREATED"]}
            await ava.api("POST", "/webhooks", body)
            await desk.chat(await desk.page("mia"))
            await faults.fire("ParleyWebhooksDead")

        # Faults at once, because one takes half a minute: no place for notifications, records that come late, and no identity provider.
        ava.confirms = False
        body = {"connectionId": next(frame["connectionId"] for frame in ava.frames if frame["t"] == "welcome")}
        test = partial(ava.retried, partial(ava.api, "POST", "/test-notification", body))
        await sign_in_at_the_provider(stack)
        async with publisher(stack) as producer:
            session = LateSession(producer, desk)
            async with repeated(session.publish), repeated(test):
                await faults.fire("ParleyNotificationsFail", "ParleyRecordsLate", "ParleySignInsFail", *objective("DeliveriesLate"))
            await session.publish(chat.CHAT_STATUS_COMPLETED)
        ava.confirms = True

        await check_presence_often(ava)
        stack.take_down("presence-1")
        async with publisher(stack) as producer:
            await publish_abandoned(producer, desk)
            await publish_many(producer, 2_000)
        await faults.fire("ParleyRecordsBlocked", "ParleyLagHigh", "ParleyDeadlinesFail", "ParleyServiceGone", also={"ParleyReplicaDown"})
        stack.bring_up("presence-1")
        await asyncio.to_thread(stack.wait_ready, "presence-1", 60)

        with a_full_gateway(stack):
            await faults.fire("ParleyGatewayFull")

        stack.take_down("gateway-2")
        await faults.fire("ParleyReplicaDown")

        late = [await desk.page(person) for person in ("leo", "zoe")]
        stack.take_down("kafka")
        for page in late:
            await desk.chat(page)
        await faults.fire("ParleyKafkaRefusesRecords", "ParleyEntriesUnpublished", "ParleyNotReady")
        stack.bring_up("kafka")
        for name in ("kafka", "tickets-1", "notify-1"):
            await asyncio.to_thread(stack.wait_ready, name, 60)
        # Chat publishes only now what people wrote meanwhile, and notify hears of the chats that they requested.
        await faults.fire(*objective("EntriesLate"), *objective("AlertsLate"))

        stack.store_of_chat.delay = 0.7
        await faults.fire("ParleyStoreSlow", *objective("PostsSlow"))
        stack.store_of_chat.delay = 0

        stack.take_down("chat-1")
        await faults.fire(*objective("PostsFail"))
        stack.bring_up("chat-1")
        await asyncio.to_thread(stack.wait_ready, "chat-1", 60)
    assert faults.made | set(NOT_MADE) == alerts()
    assert faults.made & set(NOT_MADE) == set()
