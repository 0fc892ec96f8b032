"""servicekit names no service, and its metrics, logs and topics have their common form."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from servicekit import logs
from servicekit.errors import Unavailable
from servicekit.kafka_topics import AUDIT, TOPICS
from servicekit.loop import all_of
from servicekit.metrics import Metrics

FOLDER = Path(logs.__file__).parent
WORDS = re.compile(r"\b(chats?|tickets?|alerts?|sessions?|messages? of|callbacks?|presence|notify|portal)\b", re.IGNORECASE)


def test_servicekit_names_services_only_in_the_table_of_topics() -> None:
    found = {
        f"{file.name}:{number}: {line.strip()}"
        for file in FOLDER.glob("*.py")
        if file.name != "kafka_topics.py"
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if WORDS.search(line)
    }
    assert found == set()


def test_a_metric_has_the_services_name_starts_at_zero_and_is_registered_once() -> None:
    metrics = Metrics("test")
    counter = metrics.counter("things_total", "Things")
    assert metrics.counter("things_total", "Things") is counter
    assert metrics.registry.get_sample_value("parley_test_things_total") == 0
    assert b"parley_test_things_total 0.0" in metrics.page()
    assert b"_created" not in metrics.page()
    with pytest.raises(TypeError):
        metrics.gauge("things_total", "Things")


def test_counts_that_are_kept_elsewhere_are_read_at_each_scrape() -> None:
    metrics = Metrics("test")
    counts: dict[tuple[str, ...], int] = {("a",): 1}
    metrics.counter_of("things_total", "Things", lambda: counts, ["kind"])
    counts["a",] += 1
    counts["b",] = 5
    values = [metrics.registry.get_sample_value("parley_test_things_total", {"kind": kind}) for kind in "ab"]
    assert values == [2, 5]
    assert b'parley_test_things_total{kind="a"} 2.0' in metrics.page()


def test_a_log_line_is_one_json_object_with_service_and_replica() -> None:
    # In a separate process: logging is configured once per process, and other tests share this one.
    script = """
from servicekit import logs
logs.configure("info", "json", service="test", replica="test-1")
logs.log.debug("hidden")
logs.log.info("opened", id="s1")
"""
    [line] = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    fields = json.loads(line)
    assert fields.pop("timestamp").endswith("Z")
    assert fields == {"event": "opened", "id": "s1", "service": "test", "replica": "test-1", "level": "info"}


def test_a_log_line_has_the_trace_id() -> None:  # spec 12.2
    script = """
from opentelemetry.sdk.trace import TracerProvider
from servicekit import logs, tracing
logs.configure("info", "json")
logs.log.info("before")
tracing._tracer = TracerProvider().get_tracer("test")
with tracing.span("click", "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"):
    logs.log.info("within")
logs.log.info("after")
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [json.loads(line).get("trace_id") for line in output] == [None, "ab" * 16, None]


def test_topics_with_text_keep_records_for_a_day() -> None:
    # Entries of the audit log have ids and settings, no names and no messages.
    for topic in set(TOPICS) - {AUDIT}:
        assert topic.compacted or int(topic.configuration["retention.ms"]) <= 86_400_000


async def test_a_call_that_fails_stops_no_other_call_and_is_raised_at_the_end() -> None:
    done = list[int]()
    running = most = 0

    async def call(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if number == 0:
            raise Unavailable("down")
        done.append(number)

    with pytest.raises(Unavailable):
        await all_of(map(call, range(5)), 2)
    assert (sorted(done), most) == ([1, 2, 3, 4], 2)
