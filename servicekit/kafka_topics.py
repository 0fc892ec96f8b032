"""All topics, and their creation before any client uses them (a broker would create them with other settings)."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from servicekit.logs import log
from servicekit.loop import Broken, back_off

PARTITIONS = 4


@dataclass(frozen=True)
class Topic:
    """A compacted topic keeps the last record of each key; any other keeps all for `retention_hours`."""

    name: str
    partitions: int = PARTITIONS
    retention_hours: int = 24
    compacted: bool = False

    @property
    def configuration(self) -> dict[str, str]:
        """The topic configuration for the broker."""
        if self.compacted:
            return {"cleanup.policy": "compact"}
        return {"cleanup.policy": "delete", "retention.ms": str(self.retention_hours * 3_600_000)}


# The first two contain what people wrote and keep it for a day.
CHAT = Topic("parley.chat.v1", retention_hours=24)
TICKETS = Topic("parley.tickets.v1", retention_hours=24)
NOTIFY = Topic("parley.notify.v1", retention_hours=24)
DIRECTORY = Topic("parley.directory.v1", compacted=True)
PRESENCE = Topic("parley.presence.v1", compacted=True)
# Only live readers consume it; later ones call the owner.
READS = Topic("parley.reads.v1", retention_hours=1)
TOPICS = (CHAT, TICKETS, NOTIFY, DIRECTORY, PRESENCE, READS)


def dead_letters(topic: Topic, reader: str) -> Topic:
    """The topic for records that a reader cannot handle, kept for two weeks."""
    return Topic(f"{topic.name}.{reader}.dead", topic.partitions, retention_hours=14 * 24)


class WrongPartitions(Broken):
    """A topic exists with another number of partitions, so clients would not agree on the partition of a key."""


async def ensure_topics(kafka: str, topics: Sequence[Topic], replication: int = 1) -> None:
    """Returns once all topics exist; waits for a broker that is down. Raises WrongPartitions."""
    tries = 0
    while True:
        try:
            return await _ensure(kafka, topics, replication)
        except (KafkaError, OSError, TimeoutError) as error:
            log.info("topics_wait_for_broker", reason=type(error).__name__)
        await back_off(tries := tries + 1)


async def _ensure(kafka: str, topics: Sequence[Topic], replication: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=5000)
    try:
        await admin.start()
        answer = await admin.create_topics([NewTopic(t.name, t.partitions, replication, topic_configs=t.configuration) for t in topics])
        for name, code, *text in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"{name}: {text}")
        found = {d["topic"]: len(d["partitions"]) for d in await admin.describe_topics([t.name for t in topics]) if not d["error_code"]}
    finally:
        await admin.close()
    for topic in topics:
        if topic.name not in found:
            raise KafkaError(f"{topic.name} does not exist yet")
        if found[topic.name] != topic.partitions:
            raise WrongPartitions(f"The topic {topic.name} has {found[topic.name]} partitions, {topic.partitions} are expected.")
