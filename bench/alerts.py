"""Measures the time from a customer's request for a chat to the alert on an engineer's page, alone and with 300 engineers online.

`measure` has each chat joined at its alert; `measure_waiting` leaves hundreds of chats to wait, and measures the store's share too. The
requests fall due at a fixed rate, and the delay is measured from the time at which each was due. The 300 engineers are connections
that a simulated gateway reports; the page that is measured and the gateway are real. The broker is Apache Kafka, as in production, and
the store is the one in memory, so that no disk is measured; a third row has it with indexes, as in production.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

from bench import writes
from bench.crowd import crowd_of
from bench.figures import cpu, quantile
from bench.quick_http import QuickHttp
from parley.tickets.v1 import directory_pb2 as directory
from stack.engines import ApacheKafka, IndexedMemoryStore, MongoJavaServer, StoreEngine
from stack.page import Json, Page
from stack.people import EVERYTHING, customer, engineer, entries, upsert
from stack.services import Stack
from stack.signed_in import ApiRefused
from stack.unlimited import UNLIMITED

ENGINEERS = 300
# The first chats are slow: the Java servers still compile, and connections are made.
CHATS, WARM_UP = 60, 20
CHATS_A_SECOND = 1.0
WAITING_A_SECOND = 0.5
SETTLE = 2.0
CONNECT_BEFORE = 0.5


class QuickPage(Page):
    """A page whose writes cost this process little."""

    def __init__(self, url: str, app: str, person_id: str) -> None:
        super().__init__(url, app, person_id)
        host, _, port = url.rpartition("/")[2].partition(":")
        self._quick = QuickHttp(host, int(port))

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._quick.close()
        await super().__aexit__(kind, error, trace)

    async def connect(self) -> None:
        """A browser has an open connection, which the gateway closes when it is not used."""
        await self._quick.connect()

    async def write(self, path: str, body: Json) -> None:
        """`path` is below /<app>/api. Raises ApiRefused."""
        headers = f"cookie: parley_{self.app}={self.cookie}\r\norigin: {self.url}\r\nparley-sign-in: {self.sign_in_id}\r\n"
        status, answer = await self._quick.post(f"/{self.app}/api{path}", headers, json.dumps(body).encode())
        if status >= 400:
            raise ApiRefused(status, json.loads(answer)["error"])


class AlertedPage(QuickPage):
    """An engineer's page that records when each alert arrives, and joins its chat if it `joins`."""

    def __init__(self, url: str, person_id: str, *, joins: bool = True) -> None:
        super().__init__(url, "tech", person_id)
        self.joins = joins
        self.arrived: dict[str, float] = {}

    def _rare(self, kind: str, frame: Json) -> None:
        super()._rare(kind, frame)
        if kind == "alertRaised":
            alert = frame["alert"]
            self.arrived.setdefault(alert["customerId"], time.perf_counter())
            if self.joins:
                self._soon(self.write(f"/sessions/{alert['sessionId']}/join", {"commandId": "bench", "mode": "JOIN_MODE_TAKE"}))


def measure() -> list[dict[str, str]]:
    """A row of formatted cells for each number of engineers."""
    with tempfile.TemporaryDirectory() as folder, _stack(Path(folder), {}) as stack:
        rows = asyncio.run(_measure(stack, alone=True))
    with tempfile.TemporaryDirectory() as folder, _stack(Path(folder), {}, IndexedMemoryStore) as stack:
        return rows + asyncio.run(_measure(stack, alone=False, about=", store with indexes"))


def measure_waiting(engineers: int, chats: int) -> list[dict[str, str]]:
    """A row of formatted cells for that many engineers online and chats that nobody joins."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "writes"
        with _stack(Path(folder), writes.environment(file)) as stack:
            return asyncio.run(_measure_waiting(stack, file, engineers, chats))


def _stack(folder: Path, env: Mapping[str, str], store: type[StoreEngine] = MongoJavaServer) -> Stack:
    env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning", **env}
    return Stack(folder, kafka=ApacheKafka, store=store, env=env)


async def _measure_waiting(stack: Stack, file: Path, engineers: int, chats: int) -> list[dict[str, str]]:
    customers, online = await _people(stack, chats + WARM_UP, engineers)
    async with AsyncExitStack() as contexts:
        page = await contexts.enter_async_context(AlertedPage(stack.http_url, "ava", joins=False))
        await contexts.enter_async_context(crowd_of(stack, online))
        await asyncio.sleep(SETTLE)
        before = writes.counted(file)
        row = await _row(stack, page, f"{engineers} engineers online, {chats} chats wait", customers, WAITING_A_SECOND)
        await asyncio.sleep(SETTLE)
        after = writes.counted(file)
        for service in ("chat", "notify"):
            written = sum(after[name] - before[name] for name in after if name.startswith(f"{service}."))
            row[f"{service} writes"] = f"{written / len(customers):.1f}"
            row[f"largest of {service}"] = await asyncio.to_thread(writes.largest, stack, service)
        return [row]


async def _people(stack: Stack, customers: int, engineers: int) -> tuple[list[str], list[str]]:
    """Adds that many of both to the directory; their ids."""
    ids, online = [f"bench{number}" for number in range(customers)], [f"online{number}" for number in range(engineers)]
    people = [customer(id, id, "acme", "") for id in ids]
    people += [engineer(id, id, directory.ROLE_ENGINEER, EVERYTHING) for id in online]
    await upsert(stack, [*entries(), *(directory.DirectoryEntry(person=person) for person in people)])
    return ids, online


async def _measure(stack: Stack, *, alone: bool, about: str = "") -> list[dict[str, str]]:
    chats, rows = CHATS + WARM_UP, list[dict[str, str]]()
    customers, online = await _people(stack, 2 * chats, ENGINEERS)
    async with AsyncExitStack() as contexts:
        page = await contexts.enter_async_context(AlertedPage(stack.http_url, "ava"))
        page.report(visible=True, focused=True, permission="granted", sound_allowed=True, browser_id="bench")
        if alone:
            rows.append(await _row(stack, page, "alone", customers[:chats]))
        await contexts.enter_async_context(crowd_of(stack, online))
        await asyncio.sleep(SETTLE)
        return [*rows, await _row(stack, page, f"with {ENGINEERS} engineers online{about}", customers[chats:])]


async def _row(
    stack: Stack, page: AlertedPage, about: str, customers: Sequence[str], chats_a_second: float = CHATS_A_SECOND
) -> dict[str, str]:
    """Each customer has the Portal open, which has asked whether they may chat, and requests a chat over HTTP."""
    async with AsyncExitStack() as contexts:
        askers = [await contexts.enter_async_context(QuickPage(page.url, "portal", id)) for id in customers]
        for asker in askers:
            await asker.api("GET", "/support")
        return await _requests(stack, page, about, askers, chats_a_second)


async def _requests(stack: Stack, page: AlertedPage, about: str, askers: Sequence[QuickPage], chats_a_second: float) -> dict[str, str]:
    due = dict[str, float]()
    before, began = cpu(stack), time.perf_counter()
    under_way = list[asyncio.Task[None]]()
    for number, asker in enumerate(askers):
        at = due[asker.person_id] = began + number / chats_a_second
        await asyncio.sleep(max(0.0, at - CONNECT_BEFORE - time.perf_counter()))
        await asker.connect()
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        under_way.append(asyncio.create_task(asker.write("/chats", {"commandId": "bench", "text": "Bench"})))
    await asyncio.gather(*under_way)
    await page.until(lambda: due.keys() <= page.arrived.keys(), "all alerts", 60)
    after = cpu(stack)
    delays = sorted((page.arrived[asker.person_id] - due[asker.person_id]) * 1000 for asker in askers[WARM_UP:])
    used = {name: (after[name] - before[name]) * 1000 / len(askers) for name in ("chat-1", "notify-1", "presence-1", "gateway-1")}
    cells = {"situation": about, "p50 ms": f"{quantile(delays, 0.5):.1f}", "p99 ms": f"{quantile(delays, 0.99):.1f}"}
    return cells | {f"{name} ms": f"{value:.1f}" for name, value in used.items()}
