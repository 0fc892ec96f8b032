"""docs/operate/permissions.md lists the databases and topics that each service is built with."""

import importlib
import re
from pathlib import Path

import pytest

from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_group import GroupReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import dead_letters
from servicekit.mongo import Mongo
from servicekit.settings import load
from stack.keys import key_of
from stack.replicas import SERVICES
from stack.services import ROOT
from stack.settings_doc import settings_class_of

ROW = re.compile(r"^\| (\w+) \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
Columns = tuple[list[str], ...]


def listed() -> dict[str, Columns]:
    """Service -> databases, topics that it reads, groups, topics that it writes."""
    text = (ROOT / "docs" / "operate" / "permissions.md").read_text()
    return {row[0]: tuple(re.findall(r"`([^`]+)`", column) for column in row[1:]) for row in ROW.findall(text) if row[0] in SERVICES}


def used(service: str, keys: Path) -> Columns:
    """The same of the service's parts."""
    environ = {"PARLEY_KAFKA": "127.0.0.1:9092", "PARLEY_MONGO": "mongodb://127.0.0.1", "PARLEY_KEYS": str(keys)}
    environ |= {f"PARLEY_{each.upper()}_KEY": str(key_of(keys, each)) for each in SERVICES}
    app = importlib.import_module(f"services.{service}.wiring").wire(load(settings_class_of(service), environ))
    databases, reads, groups, writes = set[str](), set[str](), set[str](), set[str]()
    for part in app.parts:
        match part:
            case Mongo():
                databases.add(part.database.name)
            case Publisher():
                writes |= {topic.name for topic in part._topics}
            case BroadcastReader():
                reads |= {topic.name for topic in part._topics}
            case GroupReader():
                groups.add(part._group)
                reads |= {topic.name for topic in part._topics}
                writes |= {dead_letters(topic, part._group).name for topic in part._topics}
    return tuple(sorted(found) for found in (databases, reads, groups, writes))


@pytest.mark.parametrize("service", SERVICES)
async def test_the_listed_permissions_are_those_that_the_service_needs(service: str, tmp_path: Path) -> None:  # spec 12.1
    assert listed()[service] == used(service, tmp_path)
