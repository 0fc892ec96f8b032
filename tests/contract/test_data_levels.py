"""docs/security/data.md gives every collection and topic one level (ASVS 14.1.1)."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from servicekit.kafka_topics import TOPICS
from tests.queries.serving import INDEXES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security" / "data.md"
LEVELS = {"secret", "private", "operational"}
ROW = re.compile(r"^\| (\w+) \| (\w+) \| (`.+) \|$", re.MULTILINE)
# Collections without an index of their own are in no INDEXES.
COLLECTION = re.compile(r'^(?:COLLECTION|COUNTERS|WORDS) = "(\w+)"$', re.MULTILINE)


def stored() -> set[tuple[str, str]]:
    """(service, collection)"""
    indexed = {(service, name.partition(".")[0]) for service, declared in INDEXES.items() for name in declared}
    files = [(service, path) for service in INDEXES for path in (ROOT / "services" / service / "outbound").glob("mongo_*.py")]
    return indexed | {(service, name) for service, path in files for name in COLLECTION.findall(path.read_text())}


def listed() -> Iterator[tuple[str, str]]:
    for where, level, names in ROW.findall(PAGE.read_text()):
        assert level in LEVELS, level
        yield from ((where, name) for name in re.findall(r"`([^`]+)`", names))


def test_every_collection_and_topic_has_one_level() -> None:
    counted = Counter(listed())
    assert [name for name, times in counted.items() if times > 1] == []
    assert set(counted) == stored() | {("topics", topic.name) for topic in TOPICS}
