"""Facts kept in the document whose change they follow from, and the relay that says them.

The invariant: a document's change and its facts are saved in one atomic write (`with_facts`, `new_with_facts`); only what was
saved is ever published. Who may run the relay: every replica, at once. What a crash does: an entry that was published and not yet
marked is published again. Why order holds: entries are published from a document's first unmarked one on, each behind the one before
it in the same batch or after its acknowledgement, and marked only when all are in; so a topic may repeat entries and never shows one
before its predecessor.
"""

import asyncio
import base64
import contextlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from servicekit.faults import Faults, NoFaults
from servicekit.identity import new_id
from servicekit.kafka_records import Record
from servicekit.loop import Loop
from servicekit.metrics import Metrics

OUTBOX, PENDING = "outbox", "outbox_pending"
SWEEP_SECONDS = 2.0
MOST_DOCUMENTS = 100


@dataclass(frozen=True)
class Unpublished:
    """A document's facts that were not marked as said, oldest first: as saved, and as a record."""

    document_id: str
    entries: Sequence[tuple[str, Record]]


class Outbox(Protocol):
    """One collection of documents that keep facts. The store's is servicekit.mongo.MongoOutbox."""

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        """Documents with facts to say, at most `limit`; raises Unavailable."""
        ...

    async def mark_published(self, published: Sequence[Unpublished]) -> None:
        """Takes these documents' entries away; entries added meanwhile stay. Raises Unavailable."""
        ...


class Publisher(Protocol):
    """servicekit.kafka_publisher.Publisher."""

    async def publish(self, records: Sequence[Record]) -> None: ...


def entry(record: Record) -> str:
    """A record as a document stores it: a unique string, because not every store can push or pull a richer value."""
    value = base64.b64encode(record.value).decode()
    return json.dumps([new_id(), record.topic, record.key, value, dict(record.headers)])


def entry_record(saved: str) -> Record:
    _, topic, key, value, headers = json.loads(saved)
    return Record(topic, key, base64.b64decode(value), headers)


def new_with_facts(document: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """A new document together with its facts, for insert_one."""
    return {**document, OUTBOX: [entry(record) for record in records], **({PENDING: True} if records else {})}


def with_facts(update: Mapping[str, Mapping[str, Any]], records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """An update (of operators) together with the facts that follow from it, for update_one or find_one_and_update."""
    merged = {operator: dict(fields) for operator, fields in update.items()}
    if records:
        merged.setdefault("$push", {})[OUTBOX] = {"$each": [entry(record) for record in records]}
        merged.setdefault("$set", {})[PENDING] = True
    return merged


class Relay(Loop):
    """Says what the outboxes hold: at once after `wake`, and by a sweep what a crash left behind."""

    def __init__(
        self,
        outboxes: Sequence[Outbox],
        publisher: Publisher,
        metrics: Metrics,
        *,
        faults: Faults | None = None,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        super().__init__("outbox", self._rounds, metrics)
        self._outboxes, self._publisher, self._faults, self._sweep = outboxes, publisher, faults or NoFaults(), sweep_seconds
        self._woken, self._publishing = asyncio.Event(), asyncio.Lock()
        self._published = metrics.counter("outbox_relayed_total", "Facts published and marked")

    def wake(self) -> None:
        """There is something to say."""
        self._woken.set()

    async def publish_all(self) -> None:
        """Returns when the broker has everything that was saved before the call; raises Unavailable.

        Rounds within this process take turns, so that the second finds nothing to publish.
        """
        async with self._publishing:
            for outbox in self._outboxes:
                while unpublished := await outbox.unpublished(MOST_DOCUMENTS):
                    await self._publish(outbox, unpublished)

    async def _publish(self, outbox: Outbox, unpublished: Sequence[Unpublished]) -> None:
        await self._publisher.publish([record for document in unpublished for _, record in document.entries])
        await self._faults.reached("published_not_marked")
        await outbox.mark_published(unpublished)
        self._published.inc(sum(len(document.entries) for document in unpublished))

    async def _rounds(self) -> None:
        while True:
            self._woken.clear()
            await self.publish_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._sweep * random.uniform(0.8, 1.2)):
                    await self._woken.wait()
