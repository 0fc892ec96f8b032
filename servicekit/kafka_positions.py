"""What a group has finished of its topics (kafka_workers.py commits only what is finished)."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from servicekit.errors import Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_connections import BROKER_ERRORS, close, new_consumer
from servicekit.kafka_topics import Topic

Offsets = dict[TopicPartition, int]
LOOK_EVERY_SECONDS = 0.5
LONGEST_LOOK_SECONDS = 10.0


class GroupPositions:
    """Of one group of consumers; it joins no group."""

    def __init__(self, kafka: Broker, group: str, topics: Sequence[Topic]) -> None:
        self._kafka, self._group = kafka, group
        self._partitions = [TopicPartition(topic.name, number) for topic in topics for number in range(kafka.partitions)]

    async def until_finished(self) -> None:
        """Returns once the group has finished each record that was published before the call, also while more records come. Raises
        Unavailable while the broker does not answer."""
        try:
            consumer = new_consumer(self._kafka, 0.0, 1, group_id=self._group)
            try:
                await consumer.start()
                reported = await _looked(consumer.end_offsets(self._partitions))
                ends = await _looked(self._ends(consumer, reported))
                while True:
                    if not await _looked(self._is_behind(consumer, reported, ends)):
                        return
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

    async def _is_behind(self, consumer: Any, reported: Offsets, ends: Offsets) -> bool:
        starts, reported_now = await consumer.beginning_offsets(self._partitions), await consumer.end_offsets(self._partitions)
        for each in self._partitions:
            if reported_now[each] < reported[each]:
                raise Unavailable("The broker has lost its records.")
            if is_behind(starts[each], ends[each], await consumer.committed(each)):
                return True
        return False


def is_behind(start: int, end: int, finished: int | None) -> bool:
    """Whether records of a partition up to `end` are left. Those before `start` are gone by their retention. A group that finished nothing
    has no position."""
    return start < end and (finished is None or finished < end)


async def _looked(call: Any) -> Any:
    async with asyncio.timeout(LONGEST_LOOK_SECONDS):
        return await call
