"""A refusal by a rate limit names the wait, and does not affect other people (spec 10.4)."""

import json
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from servicekit.app import App
from tests.adapters.gateway.browser import Browser, Socket
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw_socket import TEXT, RawSocket, frame

Open = Callable[[str], Browser]
BEAT = {"t": "beat"}


def post(number: int) -> dict[str, str]:
    return {"t": "post", "sessionId": "s", "commandId": f"c{number}", "text": "words"}


def limited(gateway: App, limit: str) -> float:
    return gateway.metrics.registry.get_sample_value("parley_gateway_rate_limited_total", {"limit": limit}) or 0


async def answers(socket: Socket) -> None:
    """Asserts that the socket still works."""
    await socket.send({"t": "post", "sessionId": "s", "commandId": "good", "text": "words"})
    await socket.receive("posted", commandId="good")


class TestOfPeople:
    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        rates = {"OPENING": "2/600", "MESSAGES": "5/600", "WRITES": "3/600", "REQUESTS": "30/600", "SOCKETS": "4/600"}
        return {f"PARLEY_GATEWAY_LIMIT_{name}": rate for name, rate in rates.items()}

    async def test_a_call_beyond_its_limit_is_answered_with_the_wait(self, gateway: App, browser_of: Open) -> None:  # spec 10.4
        mia, zoe = browser_of("mia"), browser_of("zoe")
        bodies = [{"commandId": str(number), "text": "Printer"} for number in range(3)]
        with capture_logs() as logs:
            opened = [(await mia.api("POST", "/chats", json=body)) for body in bodies]
        assert [(entry["kind"], entry["caller"]) for entry in logs if entry["event"] == "rate_limited"] == [("opening", "mia")]
        refused = opened[-1].json()["error"]
        assert [answer.status_code == 429 for answer in opened] == [False, False, True]
        assert (refused["kind"], refused["code"], refused["details"]["limit"]) == ("resource_exhausted", "too_many", "opening")
        assert opened[-1].headers["Retry-After"] == refused["details"]["retry_after"]
        assert 0 < int(refused["details"]["retry_after"]) <= 300
        assert refused["message"] == f"Too many chats opened in a short time. Try again in {refused['details']['retry_after']} seconds."
        assert opened[-1].headers["Content-Security-Policy"]
        assert limited(gateway, "opening") == 1
        # Another person of the same address and another kind of call are not affected.
        assert (await zoe.api("POST", "/chats", json=bodies[0])).status_code != 429
        left = [(await mia.api("POST", "/sessions/s/leave", json={"commandId": str(number)})).status_code == 429 for number in range(4)]
        assert left == [False, False, False, True]
        reads = [(await mia.api("GET", "/support")).status_code == 429 for _ in range(30)]
        assert (reads[0], reads[-1]) == (False, True)

    @pytest.mark.parametrize("path", ["/figures", "/history", "/sessions/s/log-proof"])
    async def test_a_read_that_costs_as_much_as_many_others_counts_as_a_write(self, browser_of: Open, path: str) -> None:  # spec 10.4
        ava = browser_of("ava")
        assert [(await ava.api("GET", path)).status_code == 429 for _ in range(4)] == [False, False, False, True]

    async def test_a_post_beyond_the_limit_is_refused_with_the_wait_and_the_socket_stays_open(
        self, gateway: App, browser_of: Open, peers: Peers
    ) -> None:  # spec 10.4
        mia, zoe = browser_of("mia"), await browser_of("zoe").page()
        here, there = await mia.page(), await mia.page()
        for number in range(5):
            await (here if number % 2 else there).send(post(number))
        await here.receive("posted", commandId="c3")
        await there.receive("posted", commandId="c4")
        await here.send(post(5))
        refused = (await here.receive("refused", commandId="c5"))["refusal"]
        assert (refused["kind"], refused["code"], refused["details"]["limit"]) == ("resource_exhausted", "too_many", "messages")
        assert 0 < int(refused["details"]["retry_after"]) <= 120
        await answers(zoe)

    async def test_a_person_who_opens_too_many_sockets_gets_close_code_4429(self, browser_of: Open) -> None:  # spec 10.4
        mia = browser_of("mia")
        for _ in range(4):
            await mia.page()
        assert await (await mia.socket()).closed() == 4429
        await browser_of("zoe").page()


class TestOfAddresses:
    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        rates = {"SIGN_IN": "2/600", "SOCKETS": "3/600", "REQUESTS": "10/600"}
        env = {f"PARLEY_GATEWAY_LIMIT_{name}": rate for name, rate in rates.items()}
        return {**env, "PARLEY_GATEWAY_PEOPLE_PER_ADDRESS": "1", "PARLEY_GATEWAY_TRUST_PROXY": "true"}

    async def test_sign_ins_are_limited_by_address_also_behind_a_trusted_proxy(self, browser_of: Open) -> None:  # spec 10.4
        stranger = browser_of("")

        async def sign_in(address: str) -> int:
            headers = {"X-Forwarded-For": f"203.0.113.1, {address}"}
            return (await stranger.http.post("/sign-in/api/sign-in", json={"personId": "mia"}, headers=headers)).status_code

        addresses = (*["192.0.2.1"] * 3, "2001:db8::1", "2001:db8::2", "2001:db8::3")
        statuses = [await sign_in(address) for address in addresses]
        assert [status == 429 for status in statuses] == [False, False, True, False, False, True]

    async def test_new_sockets_are_limited_by_address_before_the_sign_in_is_fetched(
        self, browser_of: Open, peers: Peers
    ) -> None:  # spec 10.4
        for _ in range(3):
            await browser_of("").socket("portal")
        asked = peers.directory.asked
        with pytest.raises(InvalidStatus) as refused:
            await browser_of("mia").socket()
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["Retry-After"]) > 0
        assert peers.directory.asked == asked
        await browser_of("mia").socket(headers={"X-Forwarded-For": "192.0.2.9"})

    async def test_every_request_of_an_address_counts_including_pages(self, browser_of: Open) -> None:  # spec 10.4
        stranger = browser_of("")
        # A path that is too long counts as well.
        paths = ["/favicon.svg"] * 5 + [f"/{'a' * 300}"] * 5 + ["/favicon.svg", f"/{'a' * 300}"]
        statuses = [(await stranger.http.get(path)).status_code for path in paths]
        assert statuses == [200] * 5 + [404] * 5 + [429] * 2
        elsewhere = await stranger.http.get("/favicon.svg", headers={"X-Forwarded-For": "192.0.2.9"})
        assert elsewhere.status_code == 200


class TestOfSocketsAtATime:
    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        return {"PARLEY_GATEWAY_SOCKETS_PER_PERSON": "2", "PARLEY_GATEWAY_PEOPLE_PER_ADDRESS": "2"}

    async def test_open_sockets_are_limited_by_person_and_address_until_one_closes(self, browser_of: Open) -> None:  # spec 10.9
        mia, zoe = browser_of("mia"), browser_of("zoe")
        first, _ = await mia.page(), await mia.page()
        assert await (await mia.socket()).closed() == 4429
        await zoe.page()
        await zoe.page()
        with pytest.raises(InvalidStatus) as refused:
            await browser_of("ava").socket()
        assert refused.value.response.status_code == 429
        await first.connection.close()
        await browser_of("ava").page()


class TestOfFrames:
    @pytest.fixture
    def gateway_env(self) -> dict[str, str]:
        return {"PARLEY_GATEWAY_LIMIT_FRAMES": "50/600"}

    async def test_frames_beyond_the_limit_are_dropped_posts_are_refused_and_a_flood_closes_the_socket(
        self, gateway: App, browser_of: Open
    ) -> None:  # spec 10.4
        mia = await browser_of("mia").page()
        zoe = await browser_of("zoe").page()
        for _ in range(60):
            await mia.send(BEAT)
        await mia.send(post(1))
        refused = (await mia.receive("refused", commandId="c1"))["refusal"]
        assert (refused["code"], refused["details"]["limit"]) == ("too_many", "frames")
        assert limited(gateway, "frames") >= 11
        await answers(zoe)
        for _ in range(500):
            await mia.send(BEAT)
        assert await mia.closed() == 4429
        await answers(zoe)

    async def test_pings_and_fragments_count_as_frames(self, gateway: App, browser_of: Open) -> None:  # spec 10.4
        mia = browser_of("mia")
        socket = await RawSocket.open(mia)
        await socket.until(TEXT, b"welcome")
        for _ in range(60):
            await socket.send(frame(9, b"p"))
        await until(lambda: limited(gateway, "frames") >= 10)
        await socket.send(frame(TEXT, json.dumps(post(1)).encode()[:10], fin=False))
        assert await socket.close_code() == 4429


async def test_typing_is_sent_at_most_once_a_second_from_all_pages_of_a_person(browser_of: Open, peers: Peers) -> None:  # spec 7.5, 10.4
    people = [{"id": "mia"}, {"id": "ava"}]
    peers.chat.open("s", desk_id=peers.desk_id, revision=2, customer=people[0], participants=people, status=2, type=1)
    ava = await browser_of("ava").page()
    mia = browser_of("mia")
    pages = [await mia.page() for _ in range(3)]
    for _ in range(100):
        for page in pages:
            await page.send({"t": "typing", "sessionId": "s"})
    for page in pages:
        await answers(page)
    await answers(ava)
    assert 1 <= sum(frame["t"] == "typing" for frame in ava.frames) < 10
