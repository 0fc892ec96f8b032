"""A write names the sign-in that its page began with, in addition to the cookie (spec 10.8)."""

from collections.abc import Callable

from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers

Open = Callable[[str], Browser]


async def test_a_write_without_the_sign_in_is_refused_by_the_name_of_the_header(browser_of: Open, peers: Peers) -> None:
    mia = browser_of("mia")
    del mia.http.headers["Parley-Sign-In"]
    for path in ("/chats", "/sign-out"):
        answer = await mia.api("POST", path, json={"commandId": "c", "text": "x"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (400, "sign_in_not_named", "Parley-Sign-In")
    assert not [call for call in peers.chat.calls if call[0] == "RequestChat"]
    assert (await mia.api("GET", "/start")).json()["me"]["id"] == mia.sign_in_id


async def test_a_page_that_began_with_another_sign_in_cannot_read_or_write(browser_of: Open, peers: Peers) -> None:
    mia, zoe = browser_of("mia"), browser_of("zoe")
    old_page = {"Parley-Sign-In": mia.sign_in_id}
    for method, path in (("GET", "/start"), ("GET", "/support"), ("POST", "/chats"), ("POST", "/sign-out")):
        answer = await zoe.api(method, path, headers=old_page)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "other_sign_in"), path
        assert "set-cookie" not in answer.headers
    assert not [call for call in peers.chat.calls if call[0] == "RequestChat"]
    assert (await zoe.api("GET", "/start")).status_code == 200
