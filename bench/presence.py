"""What a change of presence costs with 5,000 people online, by how many of them somebody has on screen (spec 1.12).

The crowd is reported by a gateway that is only made up; the pages that look are real ones, at the real gateway, which hears every change
and passes on what its pages have on screen. First people choose by presence's RPC: delays, and presence's work. Then records of changes
are said to the topic, far more of them: the gateway's work. The store is the one in memory,
so that no disk is measured. The CPU of the same system with no changes is taken off.
"""

import asyncio
import contextlib
import random
import re
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from bench.figures import cpu, quantile
from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.grpc_client import call, channel
from servicekit.identity import Caller, TokenSigner
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.kafka_topics import PRESENCE
from servicekit.metrics import Metrics
from stack.engines import MongoJavaServer
from stack.keys import key_of
from stack.page import Json, Page
from stack.people import DESK, entries, upsert
from stack.services import Stack
from stack.unlimited import UNLIMITED

ONLINE, WATCHED = 5_000, 200
# Each page has so many of the watched people on screen, so each of these is on several pages.
PAGES, ON_A_PAGE = 20, 50
CHOICES_A_SECOND, SAID_A_SECOND = 20.0, 1_000
REVISIONS = count(1_000_000)
AT_ONCE = 200
RENEW_EVERY = 5.0
SETTLE = 2.0
CHOICES = (pb.PRESENCE_BUSY, pb.PRESENCE_AWAY)


class Look(Page):
    """A page that counts what it is told of people, and when."""

    def __init__(self, url: str, person_id: str, seen: "Seen") -> None:
        super().__init__(url, "tech", person_id)
        self.seen = seen

    def _rare(self, kind: str, frame: Json) -> None:
        super()._rare(kind, frame)
        if kind == "presence":
            self.seen.frame(frame["presences"])


@dataclass
class Seen:
    """What all pages together were told; `changed` says when a person's choice was called for."""

    changed: dict[str, float] = field(default_factory=dict)
    frames: int = 0
    presences: int = 0
    delays_ms: list[float] = field(default_factory=list)

    def frame(self, presences: Sequence[Json]) -> None:
        now = time.perf_counter()
        self.frames += 1
        self.presences += len(presences)
        self.delays_ms += [(now - at) * 1000 for one in presences if (at := self.changed.get(one["personId"]))]


class Crowd:
    """People who are online, and may be told to choose a state."""

    def __init__(self, stub: Any, signer: TokenSigner, people: Sequence[str]) -> None:
        self._stub, self._signer, self.people = stub, signer, people
        self._number = 0
        self._busy: set[str] = set()

    async def come(self) -> None:
        for first in range(0, len(self.people), AT_ONCE):
            now = Timestamp()
            now.GetCurrentTime()
            facts = [
                pb.ConnectionFact(connection_id=f"c-{id}", person_id=id, desk_id=DESK.id, engineer=True, active_at=now)
                for id in self.people[first : first + AT_ONCE]
            ]
            await self._report(facts, full=first == 0)

    async def stay(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            await self._report([], full=False)

    async def chooses(self, person_id: str) -> None:
        """Something else than before."""
        presence = CHOICES[person_id in self._busy]
        self._busy ^= {person_id}
        caller = Caller(kind="engineer", id=person_id, name=person_id, desk_id=DESK.id)
        await call(self._stub.ChoosePresence, pb.ChoosePresenceRequest(presence=presence), token=self._signer.token(caller), timeout=30)

    async def _report(self, facts: Sequence[pb.ConnectionFact], full: bool) -> None:
        # As a gateway does: what did not get across goes again, under the next number.
        while True:
            self._number += 1
            request = pb.ReportConnectionsRequest(replica="bench", incarnation="a", number=self._number, changed=facts, full=full)
            with contextlib.suppress(Unavailable):
                await call(self._stub.ReportConnections, request, timeout=60)
                return


def measure(seconds: float) -> list[dict[str, str]]:
    """A row for each situation, its cells in words."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
        with Stack(Path(folder), store=MongoJavaServer, env=env) as stack:
            return asyncio.run(_measure(stack, seconds))


async def _measure(stack: Stack, seconds: float) -> list[dict[str, str]]:
    await upsert(stack, entries())
    everyone = [f"bench{number}" for number in range(ONLINE)]
    watched, others = everyone[:WATCHED], everyone[WATCHED:]
    situations = {
        "nobody on screen": ([], everyone),
        f"{WATCHED} on screen, others change": (watched, others),
        f"{WATCHED} on screen, anybody changes": (watched, everyone),
        f"{WATCHED} on screen, they change": (watched, watched),
    }
    seen, rows = Seen(), {about: {"situation": about} for about in situations}
    async with AsyncExitStack() as open_ones:
        crowd = await open_ones.enter_async_context(_crowd(stack, everyone))
        says = await open_ones.enter_async_context(_says(stack))
        pages = [await open_ones.enter_async_context(Look(stack.http_url, "ava", seen)) for _ in range(PAGES)]
        await asyncio.sleep(SETTLE)
        idle = await _used(stack, asyncio.sleep(seconds))
        # What is only said has revisions that presence itself does not reach, so it comes last.
        for about, (looked_at, changing) in situations.items():
            await _look(pages, looked_at)
            rows[about] |= await _chosen(stack, crowd, seen, changing, seconds, idle)
        for about, (looked_at, changing) in situations.items():
            await _look(pages, looked_at)
            rows[about] |= await _said(stack, says, seen, changing, seconds, idle)
    return list(rows.values())


@asynccontextmanager
async def _crowd(stack: Stack, people: Sequence[str]) -> AsyncIterator[Crowd]:
    signer = TokenSigner(key_of(stack.keys, "gateway"), SystemClock())
    async with channel(stack.replicas["presence-1"].grpc, signer, Metrics("bench")) as line:
        crowd = Crowd(PresenceServiceStub(line), signer, people)
        await crowd.come()
        staying = asyncio.create_task(crowd.stay())
        await _until(lambda: _announced(stack) >= len(people))
        yield crowd
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await staying


@asynccontextmanager
async def _says(stack: Stack) -> AsyncIterator[Publisher]:
    env = stack.env_of("presence-1")
    publisher = Publisher(env["PARLEY_KAFKA"], env.get("PARLEY_KAFKA_IDEMPOTENCE") == "true", Metrics("bench_says"), topics=[PRESENCE])
    await publisher.start()
    await _until(lambda: publisher.ready)
    yield publisher
    await publisher.stop()


async def _look(pages: Sequence[Page], people: Sequence[str]) -> None:
    """Spreads the people over the pages."""
    step = len(people) // PAGES
    for number, page in enumerate(pages):
        mine = [*people[number * step :], *people[: number * step]][:ON_A_PAGE]
        page.send({"t": "watchPeople", "personIds": mine})
        await page.until(partial(set(mine).issubset, page.presence), "the people on screen are known", 30)
    await asyncio.sleep(SETTLE)


async def _chosen(stack: Stack, crowd: Crowd, seen: Seen, people: Sequence[str], seconds: float, idle: dict[str, float]) -> dict[str, str]:
    """People choose, by presence's RPC: what that costs presence, and when pages know."""
    seen.changed, seen.delays_ms = {}, []
    choices = int(CHOICES_A_SECOND * seconds)

    async def choose() -> None:
        began, under_way = time.perf_counter(), list[asyncio.Task[None]]()
        for number, person_id in enumerate(random.choices(people, k=choices)):
            await asyncio.sleep(max(0.0, began + number / CHOICES_A_SECOND - time.perf_counter()))
            seen.changed[person_id] = time.perf_counter()
            under_way.append(asyncio.create_task(crowd.chooses(person_id)))
        await asyncio.gather(*under_way)
        await asyncio.sleep(SETTLE)

    used = await _used(stack, choose())
    delays, cost = sorted(seen.delays_ms), (used["presence-1"] - idle["presence-1"]) / choices
    seen.changed = {}
    told = {f"{name} ms": f"{quantile(delays, q):.0f}" if delays else "-" for name, q in (("p50", 0.5), ("p99", 0.99))}
    return {**told, "presence us": f"{cost * 1e6:.0f}"}


async def _said(stack: Stack, says: Publisher, seen: Seen, people: Sequence[str], seconds: float, idle: dict[str, float]) -> dict[str, str]:
    """Many more changes than one presence makes, as a gateway hears them of a fleet: what that costs it, and what it sends."""
    frames, presences, changes = seen.frames, seen.presences, int(SAID_A_SECOND * seconds)

    async def say() -> None:
        began, portion = time.perf_counter(), SAID_A_SECOND // 50
        for first in range(0, changes, portion):
            await asyncio.sleep(max(0.0, began + first / SAID_A_SECOND - time.perf_counter()))
            await says.publish([_record(person_id) for person_id in random.choices(people, k=portion)])
        await asyncio.sleep(SETTLE)

    used = await _used(stack, say())
    return {
        "frames a change": f"{(seen.frames - frames) / changes:.2f}",
        "people told a change": f"{(seen.presences - presences) / changes:.2f}",
        "gateway us": f"{(used['gateway-1'] - idle['gateway-1']) * 1e6 / changes:.0f}",
    }


def _record(person_id: str) -> Record:
    said = pb.PersonPresence(person_id=person_id, desk_id=DESK.id, presence=random.choice(CHOICES), revision=next(REVISIONS))
    headers = {"desk": DESK.id, "people": person_id, "kind": "presence_changed", "traceparent": ""}
    return Record(PRESENCE.name, person_id, pb.PresenceChanged(presence=said).SerializeToString(), headers)


def _announced(stack: Stack) -> float:
    """How many changes presence has said so far."""
    with urllib.request.urlopen(f"http://{stack.replicas['presence-1'].metrics}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = re.search(r"^parley_presence_outbox_relayed_total (\S+)", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _used(stack: Stack, work: Any) -> dict[str, float]:
    """Seconds of CPU of each process while `work` runs."""
    before = cpu(stack)
    await work
    after = cpu(stack)
    return {name: after[name] - before[name] for name in before}
