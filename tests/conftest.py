"""What every test may ask for. Engines start once for the whole run and only if a test asks; PARLEY_TEST_ENGINES chooses which.

Tests share the engines, so each takes names of its own: `mongo_prefix` in front of its databases, `unique` in its topics and groups.
A test that kills an engine, or needs a broker without a past, starts one for itself: `KAFKA(tmp_path)`, `STORE(tmp_path)`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from stack import ports
from stack.engines import ApacheKafka, KafkaEngine, MongoJavaServer, Nx, StoreEngine, Tansu

ENGINES: dict[str, tuple[type[KafkaEngine], type[StoreEngine]]] = {"embedded": (Tansu, Nx), "real": (ApacheKafka, MongoJavaServer)}
KAFKA, STORE = ENGINES[os.environ.get("PARLEY_TEST_ENGINES", "embedded")]

# `make test` tries a few random examples on each run; `make fuzz` and `make soak` choose "long". On a shared machine a slow example is no
# defect, so there is no deadline.
settings.register_profile("default", deadline=None, print_blob=True, max_examples=40)
settings.register_profile("long", deadline=None, print_blob=True, max_examples=1000)
settings.load_profile("default")


@pytest.fixture(scope="session")
def kafka_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaEngine]:
    engine = KAFKA(tmp_path_factory.mktemp("kafka"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def store_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreEngine]:
    engine = STORE(tmp_path_factory.mktemp("store"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def kafka_url(kafka_engine: KafkaEngine) -> str:
    """host:port"""
    return kafka_engine.address


@pytest.fixture(scope="session")
def mongo_url(store_engine: StoreEngine) -> str:
    """mongodb://..."""
    return store_engine.url


@pytest.fixture(scope="session")
def engine_settings(kafka_engine: KafkaEngine, store_engine: StoreEngine) -> dict[str, str]:
    """The variables that tell a service of both engines and of what they can't do."""
    return {**kafka_engine.settings, **store_engine.settings}


@pytest.fixture
def unique() -> str:
    """A word that no other test has: for topics, groups and people."""
    return f"t{os.urandom(5).hex()}"


@pytest.fixture
def mongo_prefix(unique: str) -> str:
    """For PARLEY_MONGO_PREFIX: databases of this test alone."""
    return f"{unique}_"


@pytest.fixture
def free_port() -> int:
    """One port; for more, call stack.ports.free_port()."""
    return ports.free_port()


@pytest.fixture
def log_folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"
