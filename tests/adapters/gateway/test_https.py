"""Behind https with a public URL: cookies that no other host can set, and Host headers that are not trusted."""

import asyncio
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.adapters.gateway.browser import Browser

Open = Callable[[str], Browser]


@pytest.fixture
def gateway_env() -> dict[str, str]:
    return {"PARLEY_GATEWAY_PUBLIC_URL": "https://desk.example", "PARLEY_GATEWAY_TRUST_PROXY": "true"}


async def test_cookies_are_secure_and_https_is_required_by_hsts(url: str, browser_of: Open) -> None:  # spec 10.7
    nobody = browser_of("")
    headers = {"Host": "desk.example", "Origin": "https://desk.example"}
    answer = await nobody.http.post("/sign-in/api/sign-in", json={"personId": "mia"}, headers=headers)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]
    cookies = answer.headers.get_list("set-cookie")
    assert cookies[0].startswith("__Host-parley_portal=") and "Path=/;" in cookies[0] and "Domain" not in cookies[0]
    assert cookies[1].startswith('parley_portal=""') and "Path=/portal;" in cookies[1], "the cookie of plain http is cleared"


async def test_trace_is_no_method_of_any_path(browser_of: Open) -> None:  # spec 10.7
    for path in ("/", "/portal/", "/portal/api/start", "/assets/app-1a2b.js"):
        answer = await browser_of("").http.request("TRACE", path, headers={"Host": "desk.example", "Cookie": "secret=1"})
        assert answer.status_code == 405 and "secret" not in answer.text


async def test_a_cookie_that_another_host_may_have_set_is_ignored(url: str, browser_of: Open) -> None:  # spec 10.7
    mia, headers = browser_of("mia"), {"Host": "desk.example", "Origin": "https://desk.example"}
    plain, host = f"parley_portal={mia.secret}", f"__Host-parley_portal={mia.secret}"
    for cookie, status in ((plain, 401), (f"{plain}; {host}", 200), (host.replace("portal", "tech"), 401)):
        assert (await mia.api("GET", "/start", headers={**headers, "Cookie": cookie})).status_code == status
    answer = await mia.api("POST", "/sign-out", headers={**headers, "Cookie": host})
    cleared = answer.headers.get_list("set-cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cleared) == ["__Host-parley_portal", "parley_portal"]
    assert (await mia.api("GET", "/start", headers={**headers, "Cookie": host})).status_code == 401


async def test_a_sign_in_ends_the_one_of_its_app_that_it_replaces_in_the_browser(browser_of: Open) -> None:  # spec 10.1
    mia = browser_of("mia")
    headers = {"Host": "desk.example", "Origin": "https://desk.example", "Cookie": f"__Host-parley_portal={mia.secret}"}
    for person, status in (("ava", 200), ("zoe", 401)):  # of TECH, of the Portal
        assert (await mia.http.post("/sign-in/api/sign-in", json={"personId": person}, headers=headers)).status_code == 200
        assert (await mia.api("GET", "/start", headers=headers)).status_code == status


async def test_only_the_host_and_origin_of_the_site_are_accepted(url: str, browser_of: Open) -> None:  # spec 10.7
    mia = browser_of("mia")
    cookie = f"__Host-parley_portal={mia.secret}"
    elsewhere = await mia.api("GET", "/start", headers={"Host": "evil.example", "Cookie": cookie})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (421, "wrong_host")
    where = urlsplit(url)

    def socket(origin: str, host: str = "desk.example") -> connect:
        headers = {"Origin": origin, "Cookie": cookie}
        return connect(f"ws://{host}/portal/socket", host=where.hostname, port=where.port, additional_headers=headers, compression=None)

    async def refusal(origin: str, host: str = "desk.example") -> tuple[int, str]:
        with pytest.raises(InvalidStatus) as refused:
            await socket(origin, host)
        answer = refused.value.response
        assert "max-age" in answer.headers["strict-transport-security"] and answer.headers["cache-control"] == "no-store"
        return answer.status_code, json.loads(answer.body)["error"]["code"]

    for origin in ("http://desk.example", "https://evil.example", url):
        headers = {"Host": "desk.example", "Origin": origin, "Cookie": cookie}
        written = await mia.api("POST", "/sign-out", headers=headers)
        assert (written.status_code, written.json()["error"]["code"]) == (403, "wrong_origin") == await refusal(origin)
    assert await refusal("https://desk.example", host="evil.example") == (421, "wrong_host")
    async with socket("https://desk.example") as opened:
        assert '"welcome"' in str(await asyncio.wait_for(opened.recv(), 60))
