"""Publishes the records of documents. A document stores its records (MongoOutbox), or they are computed from it (an Outbox of a service).

A change and its records are saved in one atomic write (`with_records`, `new_with_records`), and only saved records are published. Every
replica may run the relay at the same time. After a crash, records that were published and not yet marked are published again. Order
holds because the records of a document are published from the first unmarked one on, each after the one before it, and are marked only
when all are acknowledged: a topic may repeat records but never has one before its predecessor. `publish_saved` publishes a new document's
records without a search, because no other records come before them. It waits for no search and no mark: the marks follow together. A
search that finds such a document, which may have further records by then, publishes it only after that.
A relay that was late, whose records another relay had marked, publishes the newest ones again, so that a compacted topic keeps the newest.
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
from servicekit.polls import Polls

OUTBOX, PENDING, LAST = "outbox", "outbox_pending", "outbox_last"
# Between two searches for what a crash left: while this replica publishes, and at rest.
SWEEP_SECONDS, REST_SWEEP_SECONDS = 2.0, 10.0
# How long a search waits at most for the publication of new documents that it has found.
SAVED_WITHIN = 1.0
MAX_DOCUMENTS = 100


@dataclass(frozen=True)
class Unpublished:
    """The records of a document that are not marked as published, oldest first, each as saved and as a record."""

    document_id: str
    records: Sequence[tuple[str, Record]]


class Outbox(Protocol):
    """A collection of documents with records to publish. MongoOutbox (servicekit/mongo.py) implements it."""

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        """At most `limit` documents with records to publish. Raises Unavailable."""
        ...

    async def mark_published(self, published: Sequence[Unpublished]) -> Sequence[Unpublished]:
        """Removes these records; records added meanwhile stay. Returns the records of the documents for which another relay was faster and
        published newer records: the last that was published and those that follow. Raises Unavailable."""
        ...


class Publisher(Protocol):
    """servicekit.kafka_publisher.Publisher."""

    async def publish(self, records: Sequence[Record]) -> None: ...


def saved_record(record: Record) -> str:
    """A record as a document stores it: a unique string, because not every store can push or pull other values."""
    value = base64.b64encode(record.value).decode()
    return json.dumps([new_id(), record.topic, record.key, value, dict(record.headers)])


def record_from(saved: str) -> Record:
    _, topic, key, value, headers = json.loads(saved)
    return Record(topic, key, base64.b64decode(value), headers)


def new_with_records(document: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """A new document with its records, for insert_one."""
    return {**document, OUTBOX: [saved_record(record) for record in records], **({PENDING: True} if records else {})}


def with_records(update: Mapping[str, Mapping[str, Any]], records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """An update (of operators) with its records, for update_one or find_one_and_update."""
    merged = {operator: dict(fields) for operator, fields in update.items()}
    if records:
        merged.setdefault("$push", {})[OUTBOX] = {"$each": [saved_record(record) for record in records]}
        merged.setdefault("$set", {})[PENDING] = True
    return merged


class OutboxRelay(Loop):
    """Publishes the outboxes: at once after `wake` or `publish_saved`, and in a sweep what a crash left."""

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
        self._outboxes, self._publisher, self._faults = outboxes, publisher, faults or NoFaults()
        self._sweeps = Polls(sweep_seconds, REST_SWEEP_SECONDS)
        self._woken, self._publishing = asyncio.Event(), asyncio.Lock()
        self._search_now = False
        # New documents: to publish, on their way to the broker, and published but not marked.
        self._saved: list[tuple[Outbox, Unpublished]] = []
        self._sending: list[tuple[Outbox, Unpublished]] = []
        self._unmarked: list[tuple[Outbox, Unpublished]] = []
        self._sent = asyncio.Event()
        self._has_saved, self._saved_published = asyncio.Event(), asyncio.Event()
        self._saved_published.set()
        self._saved_loop = Loop("outbox_saved", self._publish_saved, metrics)
        self._published = metrics.counter("outbox_relayed_total", "Records published and marked")

    async def start(self) -> None:
        await super().start()
        await self._saved_loop.start()

    async def stop(self) -> None:
        await self._saved_loop.stop()
        await super().stop()

    def wake(self) -> None:
        """Starts a search for what to publish, at once."""
        self._search_now = True
        self._woken.set()

    def publish_saved(self, outbox: Outbox, saved: Unpublished) -> None:
        """Publishes what a new document was saved with, at once and without a search. When that fails, the next search finds it."""
        if len(self._saved) == MAX_DOCUMENTS:
            self.wake()
            return
        self._saved.append((outbox, saved))
        self._saved_published.clear()
        self._has_saved.set()

    async def saved_published(self, seconds: float) -> None:
        """Returns when all that `publish_saved` got is published or left to a search, or after that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._saved_published.wait()

    async def publish_all(self) -> None:
        """Returns when everything saved before the call is published. Rounds of a process run one at a time. Raises Unavailable."""
        async with self._publishing:
            for outbox in self._outboxes:
                while unpublished := await outbox.unpublished(MAX_DOCUMENTS):
                    await self._saved_before(outbox, unpublished)
                    await self._publish(outbox, unpublished)

    async def _saved_before(self, outbox: Outbox, unpublished: Sequence[Unpublished]) -> None:
        """Returns when none of these waits as a new document. Else its first record could follow its second one."""
        ids = {document.document_id for document in unpublished}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SAVED_WITHIN):
                while any(one is outbox and document.document_id in ids for one, document in (*self._saved, *self._sending)):
                    await self._sent.wait()

    async def _publish_saved(self) -> None:
        while True:
            await self._has_saved.wait()
            self._has_saved.clear()
            saved, self._saved = self._saved, []
            self._sending = saved
            try:
                await self._send([document for _, document in saved])
            except BaseException:
                self.wake()
                raise
            finally:
                self._sending = []
                self._sent.set()
                self._sent.clear()
                if not self._saved:
                    self._saved_published.set()
            self._unmarked += saved
            self._woken.set()

    async def _mark_saved(self) -> None:
        async with self._publishing:
            published, self._unmarked = self._unmarked, []
            for outbox in self._outboxes:
                if of_outbox := [document for one, document in published if one is outbox]:
                    await self._mark(outbox, of_outbox)

    async def _publish(self, outbox: Outbox, unpublished: Sequence[Unpublished]) -> None:
        await self._send(unpublished)
        await self._mark(outbox, unpublished)

    async def _send(self, unpublished: Sequence[Unpublished]) -> None:
        await self._publisher.publish([record for document in unpublished for _, record in document.records])
        await self._faults.reached("published_not_marked")
        self._sweeps.used()

    async def _mark(self, outbox: Outbox, published: Sequence[Unpublished]) -> None:
        self._published.inc(sum(len(document.records) for document in published))
        if newer := await outbox.mark_published(published):
            await self._publish(outbox, newer)

    async def _rounds(self) -> None:
        loop, sweep_at = asyncio.get_running_loop(), 0.0
        while True:
            self._woken.clear()
            await self._mark_saved()
            if self._search_now or loop.time() >= sweep_at:
                self._search_now = False
                await self.publish_all()
                sweep_at = loop.time() + self._sweeps.seconds * random.uniform(0.8, 1.2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(sweep_at):
                    await self._woken.wait()
