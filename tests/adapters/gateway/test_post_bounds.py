"""The posts of a page that wait in the gateway are bounded while chat is slow."""

from collections import Counter
from collections.abc import Callable

import pytest

from services.gateway.handlers.posting import MAX_BYTES, MAX_POSTS
from tests.adapters.gateway.browser import Browser, Socket
from tests.adapters.gateway.peers import Peers

Open = Callable[[str], Browser]


@pytest.fixture
def gateway_env() -> dict[str, str]:
    return {"PARLEY_GATEWAY_POST_SECONDS": "5"}


async def posts(socket: Socket, count: int, text: str = "words") -> None:
    for number in range(count):
        await socket.send({"t": "post", "sessionId": f"s{number}", "commandId": f"c{number}", "text": text})


async def refusals(socket: Socket, count: int) -> Counter[str]:
    """The codes of the next refusals."""
    return Counter([(await socket.receive("refused"))["refusal"]["code"] for _ in range(count)])


@pytest.mark.parametrize("text, room", [("words", MAX_POSTS), ("ä" * 4000, MAX_BYTES // 8000)])
async def test_a_page_beyond_its_bound_is_refused_with_a_wait_and_accepted_later(
    browser_of: Open, peers: Peers, text: str, room: int
) -> None:  # spec 3.6, 3.8
    mia = await browser_of("mia").page()
    peers.chat.answers = False
    await posts(mia, room + 7, text)

    refused = [(await mia.receive("refused")) for _ in range(7)]
    assert {(one["refusal"]["kind"], one["refusal"]["code"]) for one in refused} == {("resource_exhausted", "too_many_posts")}
    assert {one["refusal"]["details"]["retry_after"] for one in refused} == {"1"}
    assert [one["commandId"] for one in refused] == [f"c{number}" for number in range(room, room + 7)]

    assert await refusals(mia, room) == {"no_answer": room}
    peers.chat.answers = True
    await posts(mia, 1, text)
    await mia.receive("posted", commandId="c0")


async def test_waiting_posts_of_one_page_do_not_count_for_another(browser_of: Open, peers: Peers) -> None:
    mia, ava = await browser_of("mia").page(), await browser_of("ava").page()
    peers.chat.answers = False
    await posts(mia, MAX_POSTS + 1)
    assert await refusals(mia, 1) == {"too_many_posts": 1}
    peers.chat.answers = True
    await ava.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "words"})
    await ava.receive("posted")


async def test_a_text_that_is_too_long_is_not_sent_to_chat(browser_of: Open, peers: Peers) -> None:  # spec 3.6
    mia = await browser_of("mia").page()
    await mia.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "x" * 4001})
    refusal = (await mia.receive("refused", commandId="c"))["refusal"]
    assert (refusal["kind"], refusal["code"], refusal["field"]) == ("invalid_argument", "too_long", "text")
    assert refusal["details"] == {"most": "4000"}

    assert peers.chat.log == {}
