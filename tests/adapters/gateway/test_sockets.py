"""Sockets: which requests are admitted, what an invalid frame causes, and how a socket closes."""

import asyncio
import json
from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus

from servicekit.app import App
from servicekit.errors import Unavailable
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw import Raw

Open = Callable[[str], Browser]


async def test_the_first_frame_is_a_welcome_with_the_servers_time(browser_of: Open) -> None:  # spec 3.7
    socket = await browser_of("mia").socket()

    welcome = json.loads(await socket.connection.recv())
    assert welcome["t"] == "welcome"
    assert welcome["replica"] == "gateway-1"
    assert welcome["serverTime"].endswith("Z")
    assert welcome["connectionId"]


UPGRADE = (
    b"GET /portal/socket HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
OWN = UPGRADE + b"Host: x\r\nOrigin: http://x\r\n"
UPGRADES = {
    "a large cookie": (OWN + b"Connection: Upgrade\r\nCookie: " + b"a" * 31_000 + b"; parley_portal=x", 101),
    "a large query": (OWN.replace(b"socket ", b"socket?a=" + b"a" * 31_000 + b" ") + b"Connection: Upgrade", 101),
    "many fields": (OWN + b"a: b\r\n" * 190 + b"Connection: Upgrade", 101),
    "a connection that is kept as well": (OWN + b"Connection: keep-alive, Upgrade", 101),
    "a head above the limit": (OWN + b"Connection: Upgrade\r\nCookie: " + b"a" * 33_000, 431),
    "an older version": (OWN.replace(b": 13", b": 8") + b"Connection: Upgrade", 400),
    "a large key": (OWN.replace(b"dGhl", b"dGhl" * 5_000) + b"Connection: Upgrade", 400),
    "a body": (OWN + b"Connection: Upgrade\r\nContent-Length: 2", 400),
    "another path": (OWN.replace(b"/portal/", b"/other/") + b"Connection: Upgrade", 404),
    "another method": (OWN.replace(b"GET", b"POST") + b"Connection: Upgrade", 405),
}


@pytest.mark.parametrize("name", UPGRADES)
async def test_an_upgrade_has_the_same_limits_as_another_request(gateway: App, url: str, name: str) -> None:  # spec 10.9
    head, status = UPGRADES[name]
    async with Raw(int(url.rpartition(":")[2])) as raw:
        await raw.send(head + b"\r\n\r\n" + b"{}" * (name == "a body"))
        assert await raw.answers(1) == [status]
        if status != 101:
            assert await raw.rest() == b""
    value = gateway.metrics.registry.get_sample_value
    assert (value("parley_gateway_http_refusals_total", {"reason": "head_size"}) or 0) == (status == 431)
    await until(lambda: value("parley_gateway_http_connections") == 0)


async def test_a_page_of_another_origin_gets_no_socket(browser_of: Open) -> None:  # spec 10.7
    with pytest.raises(InvalidStatus) as refused:
        await browser_of("mia").socket(headers={"Origin": "https://evil.example"})
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("idle", ["", "-1", "5.5", "soon", "1" * 11, "%D9%A3"])
async def test_a_page_with_an_invalid_idle_time_gets_no_socket(browser_of: Open, idle: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await browser_of("mia").socket(query=f"?idle={idle}")
    assert refused.value.response.status_code == 400


async def test_without_a_cookie_a_socket_closes_as_signed_out(browser_of: Open) -> None:  # spec 10.2
    assert await (await browser_of("").socket("tech")).closed() == 4401


async def test_a_forged_cookie_closes_as_signed_out(browser_of: Open) -> None:  # spec 10.2
    socket = await browser_of("").socket("tech", headers={"Cookie": "parley_tech=forged"})
    assert await socket.closed() == 4401


async def test_a_customers_cookie_opens_no_engineers_socket(browser_of: Open) -> None:  # spec 10.2
    mia = browser_of("mia")
    socket = await mia.socket("tech", headers={"Cookie": f"parley_tech={mia.secret}"})
    assert await socket.closed() == 4401


async def test_a_page_that_began_with_another_sign_in_gets_no_socket(browser_of: Open) -> None:  # spec 10.8
    mia, zoe = browser_of("mia"), browser_of("zoe")
    welcome = await (await zoe.socket(query=f"?idle=0&sign_in={zoe.sign_in_id}")).receive("welcome")
    assert welcome["signInId"] == zoe.sign_in_id
    old_page = await zoe.socket(query=f"?idle=0&sign_in={mia.sign_in_id}")
    assert await old_page.closed() == 4401
    assert old_page.frames == []


async def test_a_socket_closes_with_4503_while_sign_ins_are_unavailable(browser_of: Open, peers: Peers) -> None:
    mia = browser_of("mia")
    peers.refuses["GetSignIn"] = Unavailable("down")
    assert await (await mia.socket()).closed() == 4503
    del peers.refuses["GetSignIn"]
    await mia.page()


@pytest.mark.parametrize("frame", ["{", "no json"])
async def test_invalid_json_closes_the_socket(browser_of: Open, frame: str) -> None:
    socket = await browser_of("mia").page()
    await socket.send(frame)
    assert await socket.closed() == 4400


async def test_a_binary_frame_closes_the_socket(browser_of: Open) -> None:
    socket = await browser_of("mia").page()
    await socket.connection.send(b'{"t":"beat"}')
    assert await socket.closed() == 4400


@pytest.mark.parametrize(
    "frame, field",
    [
        ({"t": "dance"}, "t"),
        ({}, "t"),
        ({"t": "post", "sessionId": "s", "commandId": "c", "text": 5}, "text"),
        ({"t": "post", "sessionId": "s", "commandId": "c" * 65, "text": "x"}, "commandId"),
        ({"t": "post", "sessionId": "s", "commandId": "c", "text": "x", "color": "red"}, "color"),
        ({"t": "watchPeople", "personIds": [str(n) for n in range(501)]}, "personIds"),
    ],
)
async def test_a_frame_with_an_invalid_field_is_refused_by_name_and_the_socket_stays_open(
    browser_of: Open, frame: dict[str, object], field: str
) -> None:
    socket = await browser_of("mia").page()
    await socket.send(frame)

    refused = await socket.receive("refused")
    assert (refused["refusal"]["kind"], refused["refusal"]["field"]) == ("invalid_argument", field)
    assert refused["commandId"] == str(frame.get("commandId", ""))[:64]
    await socket.send({"t": "post", "sessionId": "s", "commandId": "good", "text": "words"})
    await socket.receive("posted", commandId="good")


async def test_a_fragmented_frame_is_one_frame(browser_of: Open) -> None:
    socket = await browser_of("mia").page()
    await socket.connection.send(['{"t":"post","sessionId":"s",', '"commandId":"c",', '"text":"in parts"}'])
    await socket.receive("posted", commandId="c")


async def test_frames_before_the_welcome_are_not_lost(browser_of: Open) -> None:
    socket = await browser_of("mia").socket()
    await socket.send({"t": "post", "sessionId": "early", "commandId": "c", "text": "words"})
    await socket.receive("posted", sessionId="early")


async def test_a_large_frame_and_small_ones_after_it_arrive_complete(browser_of: Open, peers: Peers) -> None:
    ids = [f"{'s' * 60}-{number}" for number in range(400)]
    for id in ids:
        peers.chat.open(id, desk_id=peers.desk_id, revision=1, customer={"id": "mia"}, status=1, type=1)
    socket = await browser_of("mia").page()
    for _ in range(3):
        await socket.send({"t": "followSessions", "sessionIds": ids[:1]})
        assert set((await socket.receive("digest"))["sessions"]) == set(ids)
        await socket.send({"t": "followSessions", "sessionIds": []})


async def test_a_stop_closes_every_socket_with_going_away(gateway: App, browser_of: Open) -> None:  # spec 12.1
    sockets = [await browser_of(person).page() for person in ("mia", "ava")]
    stopping = asyncio.create_task(gateway.stop())
    assert [await socket.closed() for socket in sockets] == [1001, 1001]
    await stopping


async def test_signing_out_closes_only_the_sockets_of_that_sign_in(browser_of: Open) -> None:
    mia, elsewhere = browser_of("mia"), browser_of("mia")
    here, there = await mia.page(), await elsewhere.page()
    assert (await mia.api("POST", "/sign-out")).status_code == 200
    assert await here.closed() == 4401
    await there.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "still here"})
    await there.receive("posted")
    assert (await mia.api("GET", "/start")).status_code == 401
