"""From the sign-in page over a real provider to a working page, and out: two gateways, real services (spec 10.1)."""

from collections.abc import AsyncIterator, Iterator
from http.cookiejar import CookieJar
from urllib.parse import urlsplit

import httpx
import pytest

from stack.people import entries, upsert
from stack.services import Stack
from stack.signed_in import NO_TLS
from tests.fakes.waiting import until
from tests.openid.running import OpenIdProvider, sign_in_at
from tests.openid.stack import stack_with_provider

pytestmark = pytest.mark.stops_services
# Of the provider and of the app.
ASKED = {"tech": "staff", "portal": "acme"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, OpenIdProvider]]:
    with stack_with_provider(tmp_path_factory.mktemp("parley"), gateways=2) as running:
        yield running


@pytest.fixture
async def gateways(running: tuple[Stack, OpenIdProvider]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """One browser at both gateways: they share the cookies."""
    stack, _ = running
    await upsert(stack, entries())
    cookies = CookieJar()
    urls = [f"http://127.0.0.1:{stack.replicas[name].http_port}" for name in ("gateway-1", "gateway-2")]
    clients = [httpx.AsyncClient(base_url=url, headers={"Origin": url}, cookies=cookies, timeout=30, verify=NO_TLS) for url in urls]
    yield clients
    for client in clients:
        await client.aclose()


async def signed_in(gateways: list[httpx.AsyncClient], app: str, login: str, to: str = "") -> httpx.Response:
    """The answer of the second gateway to what began at the first."""
    first, second = gateways
    begun = await first.get("/sign-in/api/begin", params={"provider": ASKED[app], "to": to})
    there = urlsplit(await sign_in_at(begun.headers["location"], login))
    return await second.get(f"{there.path}?{there.query}")


async def test_a_customer_signs_in_works_and_signs_out(
    gateways: list[httpx.AsyncClient], running: tuple[Stack, OpenIdProvider]
) -> None:  # spec 10.1, 10.8
    first, second = gateways
    page = await first.get("/portal/tickets?status=new")
    assert page.headers["location"] == "/sign-in?app=portal&to=%2Fportal%2Ftickets%3Fstatus%3Dnew"
    assert (await first.get("/sign-in/api/people")).json()["error"]["code"] == "trial_off"

    answer = await signed_in(gateways, "portal", "mia", "/portal/tickets?status=new")

    assert answer.headers["location"] == "/portal/tickets?status=new"
    assert (await first.get("/portal/tickets?status=new")).status_code == 200
    me = (await first.get("/portal/api/start")).json()["me"]
    assert (me["person"]["id"], me["desk"]["id"], me["method"]) == ("mia", "harbour", "openid:acme")
    first.headers["Parley-Sign-In"] = me["id"]
    body = {"commandId": "c1", "summary": "VPN drops", "text": "Every afternoon."}
    assert (await first.post("/portal/api/tickets", json=body)).status_code == 200

    left = (await first.post("/portal/api/sign-out")).json()
    assert left["redirect"] == f"{running[1].issuer}/session/end" and left["form"]["id_token_hint"]
    assert (await second.get("/portal/api/start")).status_code == 401


async def test_an_engineer_signs_in_and_admins_may_end_it(gateways: list[httpx.AsyncClient]) -> None:  # spec 1.15, 10.10
    first, second = gateways
    assert (await signed_in(gateways, "tech", "Ava@harbour.example")).headers["location"] == "/tech/"
    me = (await second.get("/tech/api/start")).json()["me"]
    assert (me["person"]["id"], me["person"]["role"]) == ("ava", "ROLE_ADMIN")
    second.headers["Parley-Sign-In"] = me["id"]
    ended = await second.post("/tech/api/people/ava/end-connections", json={"commandId": "c1"})
    assert ended.status_code == 200

    async def is_out() -> bool:
        return (await first.get("/tech/api/start")).status_code == 401

    await until(is_out)


@pytest.mark.parametrize(
    ("app", "login"), [("tech", "mia@acme.example"), ("portal", "ava@harbour.example"), ("portal", "eve"), ("portal", "unverified")]
)
async def test_nobody_else_is_let_in(gateways: list[httpx.AsyncClient], app: str, login: str) -> None:  # spec 10.2
    answer = await signed_in(gateways, app, login)
    why = "unverified" if login == "unverified" else "unknown_person"
    assert answer.headers["location"] == f"/sign-in?app={app}&why={why}&to=%2F{app}%2F"
    assert (await gateways[0].get(f"/{app}/api/start")).status_code == 401
