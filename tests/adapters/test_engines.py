"""Engines of the launcher and the tests: they start, respond, end with their parent and report errors."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from stack.child import ChildDied
from stack.engines import Engine, Nx, StoreEngine, Tansu
from stack.ports import HOST, PortInUse, free_port
from tests.conftest import KAFKA, STORE

KINDS = pytest.mark.parametrize("kind", [KAFKA, STORE])


@pytest.fixture
def engine(kind: type[Engine], tmp_path: Path) -> Iterator[Engine]:
    engine = kind(tmp_path)
    yield engine
    engine.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends, "the condition was false for 60 s"
        time.sleep(0.02)


@KINDS
def test_a_started_engine_responds_and_a_stopped_one_does_not(engine: Engine) -> None:
    engine.start()
    assert engine.answers()

    engine.stop()
    assert not engine.answers()


@KINDS
def test_a_killed_engine_restarts_on_its_port(engine: Engine) -> None:
    engine.start()
    engine.kill()

    engine.start()

    assert engine.answers()


@KINDS
def test_a_port_in_use_is_reported_in_one_line_with_the_variable(kind: type[Engine], tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server((HOST, port)), pytest.raises(PortInUse) as raised:
        kind(tmp_path, port).start()

    assert str(port) in str(raised.value)
    assert kind.port_variable in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_engine_that_ends_at_once_reports_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a folder must be")

    with pytest.raises(ChildDied, match=r"store ended.*store\.log"):
        Nx(tmp_path).start()


def test_an_acknowledged_write_of_the_embedded_store_survives_kill_9(tmp_path: Path) -> None:
    store = Nx(tmp_path)
    store.start()
    try:
        insert(store, "kept")
        store.kill()
        store.start()
        assert count(store) == 1
    finally:
        store.kill()


def test_an_engine_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = f"""
import pathlib, sys, time
from stack.engines import Tansu
engine = Tansu(pathlib.Path({str(tmp_path)!r}))
engine.start()
print(engine.child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        engine = psutil.Process(int(parent.stdout.readline()))
        assert engine.is_running()
        parent.kill()

    wait_for(lambda: not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE)


def test_a_free_port_is_returned_only_once() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50


def test_an_embedded_broker_passes_its_limits_to_services(tmp_path: Path) -> None:
    broker = Tansu(tmp_path)
    waits = {"PARLEY_KAFKA_FETCH_WAIT": "0.01", "PARLEY_KAFKA_FETCH_PAUSE": "0.6"}
    limits = {"PARLEY_KAFKA_IDEMPOTENCE": "false", "PARLEY_KAFKA_KEEPS_LOG": "false"}
    assert broker.settings == {"PARLEY_KAFKA": broker.address, **waits, **limits}


def insert(store: StoreEngine, id: str) -> None:
    with MongoClient[dict[str, str]](store.url) as client:
        client.parley.things.insert_one({"_id": id})


def count(store: StoreEngine) -> int:
    with MongoClient[dict[str, str]](store.url) as client:
        return client.parley.things.count_documents({})
