"""What a page is sent in a turn of the event loop is one write, in order, within the bound."""

import asyncio
from functools import partial
from typing import Any, cast

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.metrics import Metrics
from services.gateway.outbound.socket_writer import FLUSH_ABOVE, INTERNAL_ERROR, Meters, SocketWriter, Turn

BOUND = 1_000_000


class FakeTransport:
    """picows' transport and the stream under it. `unread`: bytes that the page has not read."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.close_codes: list[int] = []
        self.unread, self.underlying_transport = 0, self

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.unread

    def send_close(self, code: int, reason: bytes | None) -> None:
        self.writes.append(b"close")
        self.close_codes.append(code)

    def disconnect(self, graceful: bool) -> None:
        pass


def frames_in(data: bytes) -> list[tuple[Opcode, bytes]]:
    """The frames, as a client of another library reads them."""
    client = ClientProtocol(parse_uri("ws://parley.example"), state=State.OPEN)
    client.receive_data(data)
    return [(frame.opcode, bytes(frame.data)) for frame in client.events_received() if isinstance(frame, Frame)]


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("gateway")


@pytest.fixture
def writer(transport: Any, metrics: Metrics) -> SocketWriter:
    return SocketWriter(transport, BOUND, Meters(metrics), Turn(), lambda: None)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
async def test_a_frame_of_any_size_is_read_whole(transport: FakeTransport, writer: SocketWriter, size: int) -> None:
    writer.send(b"x" * size)
    await asyncio.sleep(0)
    assert frames_in(b"".join(transport.writes)) == [(Opcode.TEXT, b"x" * size)]


async def test_the_frames_of_a_turn_are_one_write_in_order(transport: FakeTransport, writer: SocketWriter, metrics: Metrics) -> None:
    writer.send(b"one")
    writer.ping()
    writer.send(b"two")
    assert transport.writes == []
    await asyncio.sleep(0)
    writer.send(b"three")
    await asyncio.sleep(0)

    first, second = transport.writes
    assert frames_in(first) == [(Opcode.TEXT, b"one"), (Opcode.PING, b""), (Opcode.TEXT, b"two")]
    assert frames_in(second) == [(Opcode.TEXT, b"three")]
    page = metrics.page().decode()
    assert "parley_gateway_frames_out_total 3.0" in page and "parley_gateway_sent_bytes_total 11.0" in page


async def test_the_close_frame_follows_what_was_sent_before_and_ends_it(transport: FakeTransport, writer: SocketWriter) -> None:
    writer.send(b"last")
    writer.close(gateway.CLOSE_CODE_GOING_AWAY)
    writer.send(b"late")
    writer.ping()
    await asyncio.sleep(0)
    before, close = transport.writes
    assert (frames_in(before), close) == ([(Opcode.TEXT, b"last")], b"close")


async def test_a_large_turn_is_written_in_parts_that_count_against_the_bound(
    transport: FakeTransport, writer: SocketWriter
) -> None:  # design 7
    writer.send(b"x" * (FLUSH_ABOVE - 1))
    assert transport.writes == []
    transport.unread = BOUND + 1
    writer.send(b"xx")
    writer.send(b"more")
    assert transport.close_codes == [gateway.CLOSE_CODE_TOO_SLOW]
    assert len(transport.writes) == 2


async def test_a_page_that_reads_too_slowly_is_closed_once(transport: FakeTransport, writer: SocketWriter) -> None:  # design 7
    transport.unread = BOUND + 1
    writer.send(b"one")
    writer.close(gateway.CLOSE_CODE_GOING_AWAY)
    await asyncio.sleep(0)
    assert transport.close_codes == [gateway.CLOSE_CODE_TOO_SLOW]


async def test_what_waits_when_the_connection_is_lost_is_dropped(transport: FakeTransport, writer: SocketWriter) -> None:
    writer.send(b"one")
    writer.disconnected()
    await asyncio.sleep(0)
    assert transport.writes == []


@pytest.mark.parametrize("size", [1, FLUSH_ABOVE + 1])
async def test_a_socket_whose_write_fails_is_closed_and_the_others_are_written(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:  # design 7
    broken, good = FakeTransport(), FakeTransport()
    meters, turn, ended = Meters(metrics), Turn(), list[FakeTransport]()

    def fails(data: bytes) -> None:
        raise OSError("broken")

    monkeypatch.setattr(broken, "write", fails)
    writers = [SocketWriter(cast(Any, one), BOUND, meters, turn, partial(ended.append, one)) for one in (broken, good)]
    for writer in writers:
        writer.send(b"x" * size)
    await asyncio.sleep(0)
    assert frames_in(b"".join(good.writes)) == [(Opcode.TEXT, b"x" * size)]
    assert (broken.close_codes, ended, [writer.is_closing for writer in writers]) == ([INTERNAL_ERROR], [broken], [True, False])
    assert 'parley_gateway_closes_total{code="1011"} 1.0' in metrics.page().decode()


async def test_a_socket_that_takes_no_close_frame_either_is_closed(
    transport: FakeTransport, writer: SocketWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*sent: object) -> None:
        raise OSError("broken")

    for name in ("write", "send_close"):
        monkeypatch.setattr(transport, name, fails)
    writer.send(b"one")
    await asyncio.sleep(0)
    assert writer.is_closing
