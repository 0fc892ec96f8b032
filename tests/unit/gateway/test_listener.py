"""The listener when the process has no file descriptors left: it retries, and logs the error once."""

import asyncio
import errno
import socket

import pytest

from servicekit.metrics import Metrics
from servicekit.refusal_log import RefusalLog
from services.gateway.inbound import listener
from services.gateway.inbound.connections import Connections
from services.gateway.inbound.listener import Listener


class Failing:
    """A listening socket whose first `failures` calls of accept fail for lack of file descriptors."""

    def __init__(self, listening: socket.socket, failures: int) -> None:
        self._listening, self.failures = listening, failures

    def accept(self) -> tuple[socket.socket, object]:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listening.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._listening, name)


class Greeting(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()

    def make_room(self) -> None:
        raise AssertionError("the port is not full")


async def test_without_file_descriptors_the_listener_waits_logs_once_and_recovers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.9
    monkeypatch.setattr(listener, "PAUSE_SECONDS", 0.01)
    metrics = Metrics("test")
    failing = Failing(socket.create_server(("127.0.0.1", 0)), failures=5)
    serving = Listener(failing, Connections(10, 1_000, metrics, RefusalLog()), Greeting)  # type: ignore[arg-type]
    serving.start()
    reader, writer = await asyncio.open_connection(*failing._listening.getsockname())
    assert await asyncio.wait_for(reader.read(), 10) == b"hello"
    writer.close()
    serving.close()
    assert metrics.registry.get_sample_value("parley_test_http_refusals_total", {"reason": "accept_failed"}) == 5
    assert capsys.readouterr().out.count("accept_failed") == 1


class Waiting:
    """A connection that waits for a request."""

    closed = False

    def make_room(self) -> None:
        self.closed = True


@pytest.mark.parametrize("most, files, bound", [(10_000, 20_000, 10_000), (10_000, 1_024, 824), (10_000, 64, 1), (5, 2**31, 5)])
def test_the_bound_of_connections_leaves_files_for_other_uses(most: int, files: int, bound: int) -> None:  # spec 10.9
    connections = Connections(most, files, Metrics("test"), RefusalLog(), by_address=False)
    assert connections.most == bound
    assert [connections.take("10.0.0.1") for _ in range(bound + 1)] == [True] * bound + [False]


def test_behind_a_proxy_one_address_gets_all_connections_and_the_longest_idle_one_is_closed() -> None:  # spec 10.9
    metrics, idle = Metrics("test"), Waiting()
    connections = Connections(2, 1_000, metrics, RefusalLog(), by_address=False)
    assert connections.take("10.0.0.1") and connections.take("10.0.0.1")
    connections.is_idle(idle)
    assert connections.take("10.0.0.1") and idle.closed
    assert not connections.take("10.0.0.1"), "all are busy"
    refused = metrics.registry.get_sample_value("parley_test_http_refusals_total", {"reason": "connections"})
    assert refused == 1, "the alert ParleyGatewayFull counts them"


def test_an_address_gets_half_of_the_connections_and_the_longest_idle_one_is_closed() -> None:  # spec 10.9
    connections = Connections(4, 1_000, Metrics("test"), RefusalLog())
    assert [connections.take("10.0.0.1") for _ in range(3)] == [True, True, False]
    # A /64 of IPv6 counts as one address.
    assert [connections.take(f"2001:db8::{number}") for number in range(3)] == [True, True, False]
    assert not connections.take("10.0.0.2"), "all are busy"
    first, second = Waiting(), Waiting()
    for waiting in (first, second, first):
        connections.is_idle(waiting)
    assert connections.take("10.0.0.2") and (first.closed, second.closed) == (True, False)
    connections.is_busy(second)
    assert not connections.take("10.0.0.3")
    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2", "2001:db8::", "2001:db8::1"):
        connections.give_back(address)
    assert connections.open == 0 and [connections.take("10.0.0.1") for _ in range(3)] == [True, True, False]
