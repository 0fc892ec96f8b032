"""Brokers for one test: those that the test kills, or that must be empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from servicekit.metrics import Metrics
from stack.engines import KafkaEngine
from tests.conftest import KAFKA


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[KafkaEngine]:
    """Not started yet."""
    engine = KAFKA(tmp_path)
    yield engine
    engine.kill()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("test")
