"""All topics, and their creation before any client uses them (a broker would create them with other settings).

preparation.py creates them without a service.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from servicekit.kafka_broker import Broker
from servicekit.logs import log
from servicekit.loop import Broken, back_off

# Bounds how long the record of a person who was erased remains (spec 10.6); without it Kafka has no bound.
COMPACTED_WITHIN_HOURS = 7 * 24


@dataclass(frozen=True)
class Topic:
    """A topic keeps all records for `retention_hours`, and a compacted one the last record of each key for good. A record that a newer one
    replaced is gone from it within COMPACTED_WITHIN_HOURS and the broker's next clean-up."""

    name: str
    retention_hours: int = 24
    compacted: bool = False

    @property
    def configuration(self) -> dict[str, str]:
        """The topic configuration for the broker."""
        retention = str(self.retention_hours * 3_600_000)
        if self.compacted:
            latest = str(COMPACTED_WITHIN_HOURS * 3_600_000)
            return {"cleanup.policy": "compact", "min.compaction.lag.ms": retention, "max.compaction.lag.ms": latest}
        return {"cleanup.policy": "delete", "retention.ms": retention}


# The first two contain what people wrote and keep it for a day.
CHAT = Topic("parley.chat.v1", retention_hours=24)
TICKETS = Topic("parley.tickets.v1", retention_hours=24)
NOTIFY = Topic("parley.notify.v1", retention_hours=24)
DIRECTORY = Topic("parley.directory.v1", compacted=True)
PRESENCE = Topic("parley.presence.v1", compacted=True)
# Only live readers consume it; later ones call the owner.
READS = Topic("parley.reads.v1", retention_hours=1)
# Entries of the audit log, from all services. Kept for as long as tickets may be down.
AUDIT = Topic("parley.audit.v1", retention_hours=14 * 24)
TOPICS = (CHAT, TICKETS, NOTIFY, DIRECTORY, PRESENCE, READS, AUDIT)
# Which topics a service's group consumes. Each has a topic for dead letters.
GROUP_TOPICS = {"chat": (TICKETS, PRESENCE), "tickets": (CHAT, AUDIT), "notify": (CHAT, PRESENCE, DIRECTORY)}


def dead_letters(topic: Topic, reader: str) -> Topic:
    """The topic for records that a reader cannot handle, kept for two weeks."""
    return Topic(f"{topic.name}.{reader}.dead", retention_hours=14 * 24)


class WrongPartitions(Broken):
    """A topic exists with another number of partitions, so clients would not agree on the partition of a key."""


class TopicsMissing(Exception):
    """Topics do not exist yet; `python -m services prepare` creates them."""


async def ensure_topics(kafka: Broker, topics: Sequence[Topic]) -> None:
    """Returns once all topics exist; waits for a broker that is down, and for topics that it may not create. Raises WrongPartitions."""
    tries = 0
    while True:
        try:
            async with admin_of(kafka) as admin:
                found = await (created if kafka.creates_topics else existing)(admin, kafka, topics)
            check_partitions(kafka, found)
            return
        except (TopicsMissing, KafkaError, OSError, TimeoutError) as error:
            missing = {"missing": str(error)} if isinstance(error, TopicsMissing) else {}
            log.info("topics_wait_for_broker", reason=type(error).__name__, **missing)
        await back_off(tries := tries + 1)


@asynccontextmanager
async def admin_of(kafka: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(request_timeout_ms=5000, **kafka.connection())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def created(admin: AIOKafkaAdminClient, kafka: Broker, topics: Sequence[Topic]) -> dict[str, int]:
    """Creates what is missing and changes nothing else. Returns topic -> its number of partitions. Raises KafkaError."""
    new = [NewTopic(t.name, kafka.partitions, kafka.replication, topic_configs=t.configuration) for t in topics]
    for name, code, *text in (await admin.create_topics(new)).topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(f"{name}: {text}")
    return await _described(admin, topics, [topic.name for topic in topics])


async def existing(admin: AIOKafkaAdminClient, kafka: Broker, topics: Sequence[Topic]) -> dict[str, int]:
    """Topic -> its number of partitions. Raises TopicsMissing."""
    # All topics are described, because a broker may create a topic that a client names.
    return await _described(admin, topics, None)


def check_partitions(kafka: Broker, found: Mapping[str, int]) -> None:
    """Raises WrongPartitions."""
    for name, partitions in found.items():
        if partitions != kafka.partitions:
            raise WrongPartitions(f"The topic {name} has {partitions} partitions, {kafka.partitions} are expected.")


async def _described(admin: AIOKafkaAdminClient, topics: Sequence[Topic], named: list[str] | None) -> dict[str, int]:
    described = await admin.describe_topics(named)
    found = {d["topic"]: len(d["partitions"]) for d in described if not d["error_code"]}
    if missing := [topic.name for topic in topics if topic.name not in found]:
        raise TopicsMissing(", ".join(missing))
    return {topic.name: found[topic.name] for topic in topics}
