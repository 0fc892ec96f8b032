"""A new document's records wait neither for a search of the outbox nor for the marks of other documents."""

import asyncio
from collections.abc import Sequence

from servicekit.errors import Unavailable
from servicekit.kafka_records import Record
from servicekit.metrics import Metrics
from servicekit.outbox import OutboxRelay, Unpublished
from tests.fakes.waiting import until


class SlowOutbox:
    """A test lets its searches and marks go on. `saved`: what a search finds."""

    def __init__(self) -> None:
        self.may_search, self.may_mark = asyncio.Event(), asyncio.Event()
        self.saved: list[Unpublished] = []
        self.marked: list[str] = []
        self.searches = 0

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        self.searches += 1
        await self.may_search.wait()
        return [each for each in self.saved if each.document_id not in self.marked]

    async def mark_published(self, published: Sequence[Unpublished]) -> Sequence[Unpublished]:
        await self.may_mark.wait()
        self.marked += [each.document_id for each in published]
        return []


class Published:
    """`slow`: a test lets the publications of these keys go on."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.values: list[bytes] = []
        self.down = False
        self.slow: dict[str, asyncio.Event] = {}

    async def publish(self, records: Sequence[Record]) -> None:
        if self.down:
            raise Unavailable("The broker does not answer.")
        for record in records:
            if record.key in self.slow:
                await self.slow[record.key].wait()
        self.keys += [record.key for record in records]
        self.values += [record.value for record in records]


def document(id: str) -> Unpublished:
    return Unpublished(id, [(f"saved {id}", Record("things", id, b"1"))])


async def test_new_documents_are_published_while_a_search_hangs_and_marks_take_long() -> None:  # spec 5.1
    outbox, publisher = SlowOutbox(), Published()
    relay = OutboxRelay([outbox], publisher, Metrics("test"), sweep_seconds=3600)
    await relay.start()
    await until(lambda: outbox.searches == 1)
    for id in ("a", "b"):
        relay.publish_saved(outbox, document(id))
        async with asyncio.timeout(30):
            await relay.saved_published(30)
    assert publisher.keys == ["a", "b"]

    outbox.may_search.set()
    outbox.may_mark.set()
    await until(lambda: outbox.marked == ["a", "b"])
    await relay.stop()


async def test_what_could_not_be_published_is_left_to_a_search_and_nobody_waits_for_it() -> None:
    outbox, publisher = SlowOutbox(), Published()
    outbox.may_search.set()
    outbox.may_mark.set()
    relay = OutboxRelay([outbox], publisher, Metrics("test"), sweep_seconds=3600)
    await relay.start()
    await until(lambda: outbox.searches == 1)
    publisher.down = True
    outbox.saved = [document("a")]
    relay.publish_saved(outbox, document("a"))
    async with asyncio.timeout(30):
        await relay.saved_published(30)
    assert publisher.keys == []

    publisher.down = False
    await until(lambda: outbox.marked == ["a"])
    assert publisher.keys == ["a"]
    await relay.stop()


async def test_waiting_for_publication_ends_after_the_given_time() -> None:
    outbox = SlowOutbox()
    relay = OutboxRelay([outbox], Published(), Metrics("test"))
    relay.publish_saved(outbox, document("a"))  # the relay has not started
    async with asyncio.timeout(30):
        await relay.saved_published(0.01)


async def test_a_search_does_not_publish_the_second_record_of_a_new_document_before_its_first() -> None:
    outbox, publisher = SlowOutbox(), Published()
    outbox.may_search.set()
    outbox.may_mark.set()
    publisher.slow["a"] = asyncio.Event()
    relay = OutboxRelay([outbox], publisher, Metrics("test"), sweep_seconds=3600)
    await relay.start()
    await until(lambda: outbox.searches == 1)
    relay.publish_saved(outbox, document("a"))
    await asyncio.sleep(0)
    # It waits behind "a", which is slow, while another call adds a record and a search finds both.
    first, second = Record("things", "b", b"1"), Record("things", "b", b"2")
    relay.publish_saved(outbox, Unpublished("b", [("saved 1", first)]))
    outbox.saved = [Unpublished("b", [("saved 1", first), ("saved 2", second)])]
    relay.wake()
    await until(lambda: outbox.searches == 2)
    await asyncio.sleep(0.05)
    publisher.slow["a"].set()
    await until(lambda: "b" in outbox.marked)
    assert [value for key, value in zip(publisher.keys, publisher.values, strict=True) if key == "b"][:1] == [b"1"]
    assert publisher.values[-1] == b"2"
    await relay.stop()
