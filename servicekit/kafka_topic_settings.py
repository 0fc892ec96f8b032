"""Compares the settings of existing topics with those that Parley creates them with, and changes what Kafka allows."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError, TopicAuthorizationFailedError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from servicekit.kafka_topics import Topic
from servicekit.logs import log

TOPIC = int(ConfigResourceType.TOPIC)
_SET = 0


async def set_settings(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Gives each topic its retention and clean-up policy, and leaves its other settings unchanged. Logs what it changes.

    Logs a warning where the broker refuses: it cannot tell a topic's settings (Tansu), or this user may not see or change them.
    """
    try:
        found = await _settings_of(admin, topics)
    except (IncompatibleBrokerVersion, KafkaConnectionError, TopicAuthorizationFailedError) as error:
        log.warning("topics_not_compared", reason=type(error).__name__)
        return
    differing: dict[str, dict[str, str]] = {}
    for topic in topics:
        if differs := {name: value for name, value in topic.configuration.items() if found[topic.name].get(name) != value}:
            differing[topic.name] = differs
    if not differing:
        return
    changes = [(TOPIC, name, [(each, _SET, value) for each, value in differs.items()]) for name, differs in differing.items()]
    answer = await admin._send_to_controller(_IncrementalAlterConfigs(changes))
    for code, text, _, name in answer.resources:
        was = {each: found[name].get(each) for each in differing[name]}
        if code:
            log.warning("topic_not_changed", topic=name, was=was, wanted=differing[name], reason=text or for_code(code).__name__)
        else:
            log.warning("topic_changed", topic=name, was=was, now=differing[name])


async def report_replicas(admin: AIOKafkaAdminClient, topics: Sequence[Topic], wanted: int) -> None:
    """Logs a warning for each topic of which a partition has another number of replicas. Only Kafka's own tools change that."""
    for described in await admin.describe_topics([topic.name for topic in topics]):
        counts = sorted({len(partition["replicas"]) for partition in described["partitions"]})
        if counts != [wanted]:
            log.warning("topic_has_other_replicas", topic=described["topic"], replicas=counts, wanted=wanted)


async def _settings_of(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, Mapping[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.configuration) for topic in topics]
    found: dict[str, Mapping[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for code, text, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(f"{name}: {text}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


class _Answer(Response):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    _RESOURCE = Array(
        ("error_code", Int16), ("error_message", String("utf-8")), ("resource_type", Int8), ("resource_name", String("utf-8"))
    )
    SCHEMA = Schema(("throttle_time_ms", Int32), ("resources", _RESOURCE))


class _Version0(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _Answer
    _SETTING = Array(("name", String("utf-8")), ("operation", Int8), ("value", String("utf-8")))
    _RESOURCE = Array(("resource_type", Int8), ("resource_name", String("utf-8")), ("settings", _SETTING))
    SCHEMA = Schema(("resources", _RESOURCE), ("validate_only", Boolean))


class _IncrementalAlterConfigs(Request[_Version0]):  # type: ignore[misc]
    """aiokafka has only AlterConfigs, which resets every setting that it does not name."""

    API_KEY = 44

    def __init__(self, resources: Sequence[Any]) -> None:
        self._resources = list(resources)

    def build(self, request_struct_class: type[_Version0]) -> _Version0:
        return request_struct_class(self._resources, False)
