"""Closed, slow and silent sockets: beats, digests and reports to presence."""

import asyncio
import json
import socket as raw_sockets
import time
from collections.abc import Awaitable, Callable

import pytest

from parley.chat.v1 import chat_pb2 as chat
from servicekit.app import App
from servicekit.errors import Kind, TypedError, Unavailable
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.published import Session, message

Open = Callable[[str], Browser]
Publish = Callable[..., Awaitable[None]]
BOUND = 100_000
SLOW_RECEIVER = 4096


@pytest.fixture
def gateway_env() -> dict[str, str]:
    seconds = {"BEAT": "0.1", "DIGEST": "0.2"}
    return {**{f"PARLEY_GATEWAY_{name}_SECONDS": value for name, value in seconds.items()}, "PARLEY_GATEWAY_SEND_BOUND": str(BOUND)}


async def test_the_server_sends_beats_with_its_time(browser_of: Open) -> None:  # spec 7.4
    socket = await browser_of("mia").page()
    first, second = [(await socket.receive("serverBeat"))["serverTime"] for _ in range(2)]
    assert first < second


async def test_the_round_trip_that_a_beat_reports_is_measured(browser_of: Open, gateway: App) -> None:  # spec 12.2
    socket = await browser_of("mia").page()
    for beat in ({"t": "beat"}, {"t": "beat", "roundTripMs": 250}, {"t": "beat", "roundTripMs": 60_000}):
        await socket.send(beat)
    part = "parley_gateway_round_trip_seconds_{}"
    value = gateway.metrics.registry.get_sample_value
    await until(lambda: value(part.format("count"), {"side": "customer"}) == 2)
    assert value(part.format("sum"), {"side": "customer"}) == 60.25


async def test_a_page_that_does_not_read_is_closed_and_delays_no_other_page(
    browser_of: Open, peers: Peers, publish: Publish, gateway: App
) -> None:  # spec 3.7
    session = Session(publish, peers.desk_id)
    ava, mia = await browser_of("ava").page(), browser_of("mia")
    reader, writer = await _bare_upgrade(mia)
    text = "x" * 3900
    sent = 0
    while not gateway.metrics.registry.get_sample_value("parley_gateway_closes_total", {"code": "4408"}):
        await publish(*[session.record(message(text)) for _ in range(50)])
        sent += 50
        await ava.receive("card")
        assert sent < 5000, "the page was never closed as too slow"
    assert await _close_code(reader) == 4408
    writer.close()
    await session.publishes()
    while (await ava.receive("card"))["card"]["revision"] < session.card.revision:
        pass


async def test_the_digest_covers_the_cards_that_a_page_should_have(browser_of: Open, peers: Peers, publish: Publish) -> None:  # spec 3.7
    session = Session(publish, peers.desk_id)
    mia, ava = browser_of("mia"), browser_of("ava")
    here, there = await mia.page(), await ava.page()
    await session.publishes()
    await session.publishes(message("hello"))
    peers.chat.cards["s1"] = session.card
    start = (await ava.api("GET", "/start")).json()
    assert start["cardsDigest"] != 0
    await here.receive("digest", sessions={"s1": 2}, cards=start["cardsDigest"])
    await there.receive("digest", sessions={}, cards=start["cardsDigest"])


async def test_cards_from_before_the_first_socket_are_in_the_digest(browser_of: Open, peers: Peers, publish: Publish) -> None:
    card = Session(publish, peers.desk_id).card
    card.revision = 4
    peers.chat.cards["s1"] = card
    mia = browser_of("mia")
    digest = (await mia.api("GET", "/start")).json()["cardsDigest"]
    socket = await mia.page()
    await socket.receive("digest", sessions={"s1": 4}, cards=digest)


async def test_a_chat_that_ended_is_in_the_digest_until_it_is_left(
    browser_of: Open, peers: Peers, publish: Publish
) -> None:  # spec 3.7, 4.3
    card = Session(publish, peers.desk_id).card
    card.revision, card.status = 4, chat.CHAT_STATUS_COMPLETED
    card.participants.add(id="mia")
    peers.chat.cards["s1"] = card
    mia, ava = browser_of("mia"), browser_of("ava")
    digest = (await mia.api("GET", "/start")).json()["cardsDigest"]
    assert digest != (await ava.api("GET", "/start")).json()["cardsDigest"]
    await (await mia.page()).receive("digest", cards=digest)
    await (await ava.page()).receive("digest", cards=0)


async def test_a_digest_catches_up_with_the_list_that_chat_returned_to_the_page(browser_of: Open, peers: Peers, publish: Publish) -> None:
    """The cards were loaded from an outdated list, and the missing record was published before this replica subscribed."""
    card = Session(publish, peers.desk_id).card
    card.revision = 4
    peers.chat.cards["s1"] = card
    mia = browser_of("mia")
    socket = await mia.page()
    await socket.receive("digest", sessions={"s1": 4})
    card.revision = 5

    start = (await mia.api("GET", "/start")).json()

    await socket.receive("digest", sessions={"s1": 5}, cards=start["cardsDigest"])


async def test_pages_are_admitted_while_chat_is_down_and_get_their_digest_later(
    browser_of: Open, peers: Peers, publish: Publish
) -> None:  # spec 9.5
    peers.refuses["ListSessions"] = Unavailable("down")
    session = Session(publish, peers.desk_id)
    ava = await browser_of("ava").page()
    await session.publishes(message("live all the same"))
    await ava.receive("card")
    assert not [frame for frame in ava.frames if frame["t"] == "digest"]
    peers.chat.cards["s1"] = session.card
    del peers.refuses["ListSessions"]
    await ava.receive("digest")


async def test_each_socket_and_its_close_are_reported_to_presence_at_once(browser_of: Open, peers: Peers) -> None:  # spec 1.2
    socket = await browser_of("mia").page()
    await until(lambda: any(fact.person_id == "mia" for fact in peers.presence.facts()))
    first = peers.presence.reports[0]
    assert (first.replica, first.number, first.full) == ("gateway-1", 1, True)
    opened = next(fact for fact in peers.presence.facts() if fact.person_id == "mia")
    assert not opened.closed and not opened.engineer and opened.desk_id == peers.desk_id

    await socket.send({"t": "activity"})
    await until(lambda: any(fact.active_at.ToMilliseconds() > opened.active_at.ToMilliseconds() for fact in peers.presence.facts()))
    await socket.connection.close()
    await until(lambda: any(fact.closed and fact.connection_id == opened.connection_id for fact in peers.presence.facts()))
    numbers = [report.number for report in peers.presence.reports]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("query, idle", [("", 0), ("?idle=0", 0), ("?idle=600", 600), ("?idle=9999999999", 7 * 24 * 3600)])
async def test_the_idle_time_of_a_page_is_reported_to_presence(
    browser_of: Open, peers: Peers, query: str, idle: int
) -> None:  # spec 1.3, 1.4
    before = time.time()
    await browser_of("mia").socket(query=query)
    await until(lambda: bool(peers.presence.facts()))
    active_at = peers.presence.facts()[0].active_at.ToMilliseconds() / 1000
    assert before - idle - 1 <= active_at <= time.time() - idle + 1


async def test_presence_gets_a_full_report_on_request_and_after_an_outage(browser_of: Open, peers: Peers) -> None:  # spec 1.11
    mia, ava = await browser_of("mia").page(), await browser_of("ava").page()
    await until(lambda: {fact.person_id for fact in peers.presence.facts()} == {"mia", "ava"})
    peers.presence.want_full = True
    await ava.send({"t": "activity"})
    await until(
        lambda: {fact.person_id for fact in peers.presence.reports[-1].changed} == {"mia", "ava"} and peers.presence.reports[-1].full
    )

    peers.refuses["ReportConnections"] = Unavailable("down")
    await mia.connection.close()
    before = len(peers.presence.reports)
    del peers.refuses["ReportConnections"]
    await until(lambda: any(fact.closed for report in peers.presence.reports[before:] for fact in report.changed))


async def test_a_gateway_whose_replica_name_is_taken_stops_and_names_the_variable(
    gateway: App, browser_of: Open, peers: Peers
) -> None:  # spec 1.11
    assert gateway.broken is None
    peers.refuses["ReportConnections"] = TypedError.of(Kind.FAILED_PRECONDITION, "incarnation_past", "gateway-1 has started anew since")
    await browser_of("mia").page()
    await until(lambda: gateway.broken is not None)
    assert "PARLEY_REPLICA=gateway-1" in str(gateway.broken)


async def test_a_stop_reports_every_socket_as_closed_to_presence(gateway: App, browser_of: Open, peers: Peers) -> None:
    await browser_of("mia").page()
    await until(lambda: bool(peers.presence.facts()))
    await gateway.stop()
    assert peers.presence.facts()[-1].closed


class TestShortSilence:
    """These tests depend on the speed of the machine: a pong each 0.2 s must not be late by more than 3.8 s."""

    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        return {"PARLEY_GATEWAY_BEAT_SECONDS": "0.2", "PARLEY_GATEWAY_SILENCE_SECONDS": "4"}

    async def test_a_page_with_suspended_timers_stays_connected_while_its_browser_answers_pings(self, browser_of: Open) -> None:  # spec 7.4
        socket = await browser_of("mia").page()  # sends nothing; the client answers pings by itself, as browsers do
        for _ in range(25):
            await socket.receive("serverBeat")
        await socket.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "still here"})
        await socket.receive("posted")

    async def test_a_silent_socket_is_closed(self, browser_of: Open, url: str) -> None:  # spec 7.4
        mia = browser_of("mia")
        reader, writer = await _bare_upgrade(mia)
        assert await _close_code(reader) == 4409
        writer.close()


async def _bare_upgrade(browser: Browser) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a socket that sends nothing, not even pongs, and has a small receive buffer."""
    host, port = browser.url.removeprefix("http://").split(":")
    raw = raw_sockets.socket()
    raw.setsockopt(raw_sockets.SOL_SOCKET, raw_sockets.SO_RCVBUF, SLOW_RECEIVER)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=SLOW_RECEIVER)
    head = [
        "GET /portal/socket HTTP/1.1",
        f"Host: {host}:{port}",
        f"Origin: {browser.url}",
        f"Cookie: {browser.headers['Cookie']}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def _close_code(reader: asyncio.StreamReader) -> int:
    """Reads frames up to the close frame."""
    async with asyncio.timeout(60):
        while True:
            opcode, length = await reader.readexactly(2)
            if length > 125:
                length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
            payload = await reader.readexactly(length)
            if opcode & 0xF == 8:
                return int.from_bytes(payload[:2])
            assert opcode & 0xF == 9 or json.loads(payload)["t"]
