"""What a group has finished of its topics (kafka_workers.py commits only what is finished)."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from servicekit.errors import Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_connections import BROKER_ERRORS, close, new_consumer
from servicekit.kafka_topics import Topic

Offsets = dict[TopicPartition, int]
# None before the group has finished anything of the partition.
Positions = dict[TopicPartition, int | None]
# Each position, and since when the group has it, by time.monotonic().
Moves = dict[TopicPartition, tuple[int | None, float]]
LOOK_EVERY_SECONDS = 0.5
LONGEST_LOOK_SECONDS = 10.0
# Longer than a group needs for a record, also after a rebalance.
STUCK_AFTER_SECONDS = 60.0


class GroupPositions:
    """Of one group of consumers; it joins no group."""

    def __init__(self, kafka: Broker, group: str, topics: Sequence[Topic], stuck_after: float = STUCK_AFTER_SECONDS) -> None:
        self._kafka, self._group, self._stuck_after = kafka, group, stuck_after
        self._partitions = [TopicPartition(topic.name, number) for topic in topics for number in range(kafka.partitions)]

    async def until_finished(self) -> None:
        """Returns once the group has finished each record that was published before the call, also while more records come. Raises
        Unavailable while the broker does not answer, or when the group finishes nothing of a partition for `stuck_after` seconds."""
        try:
            consumer = new_consumer(self._kafka, 0.0, 1, group_id=self._group)
            try:
                await consumer.start()
                reported = await _looked(consumer.end_offsets(self._partitions))
                ends = await _looked(self._ends(consumer, reported))
                moved = Moves()
                while behind := await _looked(self._behind(consumer, reported, ends)):
                    moved = self._must_move(moved, behind)
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
            finally:
                await close(consumer)
        except BROKER_ERRORS as error:
            raise Unavailable("The broker does not say what was consumed.") from error

    async def _ends(self, consumer: Any, reported: Offsets) -> Offsets:
        """The next offset of each partition. Reads the last batch of each, because Tansu reports that as one record."""
        starts = await consumer.beginning_offsets(self._partitions)
        with_records = [each for each in self._partitions if starts[each] < reported[each]]
        if not with_records:
            return reported
        consumer.assign(with_records)
        for each in with_records:
            consumer.seek(each, reported[each] - 1)
        while [each for each in with_records if await consumer.position(each) < reported[each]]:
            await consumer.getmany(timeout_ms=200)
        ends = {each: await consumer.position(each) for each in with_records}
        consumer.pause(*with_records)
        return {**reported, **ends}

    def _must_move(self, before: Moves, behind: Positions) -> Moves:
        """One record that is retried holds all behind it."""
        now, after = time.monotonic(), Moves()
        for each, finished in behind.items():
            same = each in before and before[each][0] == finished
            after[each] = before[each] if same else (finished, now)
            if now - after[each][1] >= self._stuck_after:
                raise Unavailable(
                    f"{self._group} has finished nothing of partition {each.partition} of {each.topic} for {self._stuck_after:.0f} s."
                )
        return after

    async def _behind(self, consumer: Any, reported: Offsets, ends: Offsets) -> Positions:
        """The partitions with records that are left, and the group's position in each."""
        behind = Positions()
        starts, reported_now = await consumer.beginning_offsets(self._partitions), await consumer.end_offsets(self._partitions)
        for each in self._partitions:
            if reported_now[each] < reported[each]:
                raise Unavailable("The broker has lost its records.")
            finished = await consumer.committed(each)
            if is_behind(starts[each], ends[each], finished):
                behind[each] = finished
        return behind


def is_behind(start: int, end: int, finished: int | None) -> bool:
    """Whether records of a partition up to `end` are left. Those before `start` are gone by their retention. A group that finished nothing
    has no position."""
    return start < end and (finished is None or finished < end)


async def _looked(call: Any) -> Any:
    async with asyncio.timeout(LONGEST_LOOK_SECONDS):
        return await call
