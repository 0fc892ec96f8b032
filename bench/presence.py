"""Measures the cost of a change of presence with 5,000 people online, depending on how many of them are on screens (spec 1.12).

A simulated gateway reports the connections of the 5,000 people. The watching pages are real, on the real gateway, which consumes every
change and sends a page those of the people on its screen. First people choose a state by presence's RPC, to measure delays and presence's
CPU. Then many more change records are published to the topic, to measure the gateway's CPU. The store is the one in memory, so that no
disk is measured. The CPU of the same system without changes is subtracted.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from bench.crowd import CHOICES, Crowd, crowd_of, until
from bench.figures import cpu, quantile
from parley.presence.v1 import presence_pb2 as pb
from servicekit.kafka_broker import Broker
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.kafka_topics import PRESENCE
from servicekit.metrics import Metrics
from stack.engines import MongoJavaServer
from stack.page import Json, Page
from stack.people import DESK, entries, upsert
from stack.services import Stack
from stack.unlimited import UNLIMITED

ONLINE, WATCHED = 5_000, 200
# Each page has this many of the watched people on screen, so each of them is on several pages.
PAGES, ON_A_PAGE = 20, 50
CHOICES_A_SECOND, RECORDS_A_SECOND = 20.0, 1_000
REVISIONS = count(1_000_000)
SETTLE = 2.0


class WatchingPage(Page):
    """A page that counts the presence updates that it receives."""

    def __init__(self, url: str, person_id: str, received: "Received") -> None:
        super().__init__(url, "tech", person_id)
        self.received = received

    def _rare(self, kind: str, frame: Json) -> None:
        super()._rare(kind, frame)
        if kind == "presence":
            self.received.frame(frame["presences"])


@dataclass
class Received:
    """The updates that all pages have received. `changed`: person -> when the person's choice was sent."""

    changed: dict[str, float] = field(default_factory=dict)
    frames: int = 0
    presences: int = 0
    delays_ms: list[float] = field(default_factory=list)

    def frame(self, presences: Sequence[Json]) -> None:
        now = time.perf_counter()
        self.frames += 1
        self.presences += len(presences)
        self.delays_ms += [(now - at) * 1000 for one in presences if (at := self.changed.get(one["personId"]))]


def measure(seconds: float) -> list[dict[str, str]]:
    """A row of formatted cells for each situation."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
        with Stack(Path(folder), store=MongoJavaServer, env=env) as stack:
            return asyncio.run(_measure(stack, seconds))


async def _measure(stack: Stack, seconds: float) -> list[dict[str, str]]:
    await upsert(stack, entries())
    everyone = [f"bench{number}" for number in range(ONLINE)]
    watched, others = everyone[:WATCHED], everyone[WATCHED:]
    situations = {
        "none on screen": ([], everyone),
        f"{WATCHED} on screen, others change": (watched, others),
        f"{WATCHED} on screen, anyone changes": (watched, everyone),
        f"{WATCHED} on screen, they change": (watched, watched),
    }
    received, rows = Received(), {about: {"situation": about} for about in situations}
    async with AsyncExitStack() as contexts:
        crowd = await contexts.enter_async_context(crowd_of(stack, everyone))
        publisher = await contexts.enter_async_context(_publisher(stack))
        pages = [await contexts.enter_async_context(WatchingPage(stack.http_url, "ava", received)) for _ in range(PAGES)]
        await asyncio.sleep(SETTLE)
        idle = await _used(stack, asyncio.sleep(seconds))
        # The published records have higher revisions than presence itself uses, so they come last.
        for about, (watched_people, changing) in situations.items():
            await _watch(pages, watched_people)
            rows[about] |= await _chosen(stack, crowd, received, changing, seconds, idle)
        for about, (watched_people, changing) in situations.items():
            await _watch(pages, watched_people)
            rows[about] |= await _published(stack, publisher, received, changing, seconds, idle)
    return list(rows.values())


@asynccontextmanager
async def _publisher(stack: Stack) -> AsyncIterator[Publisher]:
    env = stack.env_of("presence-1")
    publisher = Publisher(
        Broker(env["PARLEY_KAFKA"]), env.get("PARLEY_KAFKA_IDEMPOTENCE") == "true", Metrics("bench_publisher"), topics=[PRESENCE]
    )
    await publisher.start()
    await until(lambda: publisher.ready)
    yield publisher
    await publisher.stop()


async def _watch(pages: Sequence[Page], people: Sequence[str]) -> None:
    """Distributes the people over the pages, and waits until the pages have their presence."""
    step = len(people) // PAGES
    for number, page in enumerate(pages):
        mine = [*people[number * step :], *people[: number * step]][:ON_A_PAGE]
        page.send({"t": "watchPeople", "personIds": mine})
        await page.until(partial(set(mine).issubset, page.presence), "the presence of the people on screen", 30)
    await asyncio.sleep(SETTLE)


async def _chosen(
    stack: Stack, crowd: Crowd, received: Received, people: Sequence[str], seconds: float, idle: dict[str, float]
) -> dict[str, str]:
    """People choose a state by presence's RPC: presence's CPU for each choice, and the delays until the pages receive it."""
    received.changed, received.delays_ms = {}, []
    choices = int(CHOICES_A_SECOND * seconds)

    async def choose() -> None:
        began, under_way = time.perf_counter(), list[asyncio.Task[None]]()
        for number, person_id in enumerate(random.choices(people, k=choices)):
            await asyncio.sleep(max(0.0, began + number / CHOICES_A_SECOND - time.perf_counter()))
            received.changed[person_id] = time.perf_counter()
            under_way.append(asyncio.create_task(crowd.choose(person_id)))
        await asyncio.gather(*under_way)
        await asyncio.sleep(SETTLE)

    used = await _used(stack, choose())
    delays, cost = sorted(received.delays_ms), (used["presence-1"] - idle["presence-1"]) / choices
    received.changed = {}
    delay_cells = {f"{name} ms": f"{quantile(delays, q):.0f}" if delays else "-" for name, q in (("p50", 0.5), ("p99", 0.99))}
    return {**delay_cells, "presence us": f"{cost * 1e6:.0f}"}


async def _published(
    stack: Stack, publisher: Publisher, received: Received, people: Sequence[str], seconds: float, idle: dict[str, float]
) -> dict[str, str]:
    """Publishes far more change records than one replica of presence would: the gateway's CPU and the frames that it sends."""
    frames, presences, changes = received.frames, received.presences, int(RECORDS_A_SECOND * seconds)

    async def publish() -> None:
        began, portion = time.perf_counter(), RECORDS_A_SECOND // 50
        for first in range(0, changes, portion):
            await asyncio.sleep(max(0.0, began + first / RECORDS_A_SECOND - time.perf_counter()))
            await publisher.publish([_record(person_id) for person_id in random.choices(people, k=portion)])
        await asyncio.sleep(SETTLE)

    used = await _used(stack, publish())
    return {
        "frames a change": f"{(received.frames - frames) / changes:.2f}",
        "updates a change": f"{(received.presences - presences) / changes:.2f}",
        "gateway us": f"{(used['gateway-1'] - idle['gateway-1']) * 1e6 / changes:.0f}",
    }


def _record(person_id: str) -> Record:
    presence = pb.PersonPresence(person_id=person_id, desk_id=DESK.id, presence=random.choice(CHOICES), revision=next(REVISIONS))
    headers = {"desk": DESK.id, "people": person_id, "kind": "presence_changed", "traceparent": ""}
    return Record(PRESENCE.name, person_id, pb.PresenceChanged(presence=presence).SerializeToString(), headers)


async def _used(stack: Stack, work: Any) -> dict[str, float]:
    """The CPU seconds that each process uses while `work` runs."""
    before = cpu(stack)
    await work
    after = cpu(stack)
    return {name: after[name] - before[name] for name in before}
