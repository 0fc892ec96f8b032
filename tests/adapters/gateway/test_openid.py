"""Signing in at a real OpenID provider, through a whole gateway (spec 10.1)."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from servicekit.app import App
from servicekit.errors import Kind, TypedError, Unavailable
from stack.ports import HOST, free_port
from stack.signed_in import NO_TLS
from tests.adapters.gateway.peers import Peers
from tests.fakes.waiting import until
from tests.openid.running import CLIENT_ID, SECRET, OpenIdProvider, sign_in_at

STATE = "parley_sign_in"


@pytest.fixture(scope="module")
def port() -> int:
    """Of the gateway of each test: the provider returns to it."""
    return free_port()


@pytest.fixture(scope="module")
def started(port: int) -> Iterator[OpenIdProvider]:
    site = f"http://{HOST}:{port}"
    callbacks = [f"{site}/sign-in/api/callback/{id}" for id in ("acme", "other", "demanding")]
    with OpenIdProvider(callbacks, [f"{site}/sign-in?app=portal"]) as provider:
        yield provider


@pytest.fixture
def provider(started: OpenIdProvider) -> Iterator[OpenIdProvider]:
    """One for all tests; a test may stop it."""
    yield started
    if not started.runs:
        started.start()


@pytest.fixture
def gateway_env(port: int, provider: OpenIdProvider, peers: Peers, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "client_secret").write_text(f"{SECRET}\n")
    acme = {
        "id": "acme",
        "name": "Acme",
        "desk_id": peers.desk_id,
        "app": "portal",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret_file": str(tmp_path / "client_secret"),
    }
    other = acme | {"id": "other", "name": "Others", "desk_id": "elsewhere", "listed": False}
    demanding = acme | {"id": "demanding", "name": "Demanding", "listed": False, "sends_id_token": True}
    (tmp_path / "providers.json").write_text(json.dumps([acme, other, demanding]))
    return {
        "PARLEY_HTTP_PORT": str(port),
        "PARLEY_GATEWAY_PUBLIC_URL": f"http://{HOST}:{port}",
        "PARLEY_GATEWAY_PROVIDERS": str(tmp_path / "providers.json"),
    }


@pytest.fixture
async def browser(gateway: App, url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30, verify=NO_TLS) as browser:
        yield browser


async def begun(browser: httpx.AsyncClient, to: str = "/portal/tickets/12", provider: str = "acme") -> str:
    """The provider's address."""
    answer = await browser.get("/sign-in/api/begin", params={"provider": provider, "to": to})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def why(answer: httpx.Response) -> str:
    """Why the browser was sent to the sign-in page."""
    assert answer.status_code == 303 and not answer.cookies.get("parley_portal")
    there = urlsplit(answer.headers["location"])
    assert there.path == "/sign-in" and not there.netloc
    return parse_qs(there.query)["why"][0]


async def test_a_person_signs_in_and_is_where_they_wanted_to_be(
    browser: httpx.AsyncClient, peers: Peers, provider: OpenIdProvider
) -> None:  # spec 10.1, 10.7
    address = await begun(browser)
    assert address.startswith(f"{provider.issuer}/auth?")
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"] and {"state", "nonce", "code_challenge"} <= asked.keys()

    answer = await browser.get(await sign_in_at(address, "mia"))

    assert (answer.status_code, answer.headers["location"], answer.headers["cache-control"]) == (303, "/portal/tickets/12", "no-store")
    cookie = next(line.lower() for line in answer.headers.get_list("set-cookie") if line.startswith("parley_portal="))
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/portal;" in cookie
    assert STATE not in browser.cookies
    identity = peers.directory.identities[-1]
    assert (identity.desk_id, identity.email) == (peers.desk_id, "mia@acme.example")
    me = (await browser.get("/portal/api/start")).json()["me"]
    assert me["person"]["id"] == "mia" and me["id"]


async def test_a_sign_in_replaces_that_of_the_browser(browser: httpx.AsyncClient, peers: Peers) -> None:  # spec 10.1
    former = peers.directory.sign_in("zoe")
    browser.cookies.set("parley_portal", former)
    await browser.get(await sign_in_at(await begun(browser), "mia"))
    assert [one.person.id for one in peers.directory.sign_ins.values()] == ["mia"]


async def test_signing_out_ends_the_session_at_the_provider_too(browser: httpx.AsyncClient, provider: OpenIdProvider, url: str) -> None:
    await browser.get(await sign_in_at(await begun(browser), "mia"))
    me = (await browser.get("/portal/api/start")).json()["me"]

    answer = await browser.post("/portal/api/sign-out", headers={"Parley-Sign-In": me["id"]})

    there = urlsplit(answer.json()["redirect"])
    assert f"{there.scheme}://{there.netloc}" == provider.issuer
    query = parse_qs(there.query)
    assert query == {"client_id": [CLIENT_ID], "post_logout_redirect_uri": [f"{url}/sign-in?app=portal"]}
    assert (await browser.get("/portal/api/start")).status_code == 401
    assert (await browser.get(answer.json()["redirect"])).status_code == 200


async def test_a_provider_that_demands_the_id_token_is_sent_it_by_a_form(
    browser: httpx.AsyncClient, provider: OpenIdProvider, peers: Peers
) -> None:  # spec 10.1, 10.7
    await browser.get(await sign_in_at(await begun(browser, provider="demanding"), "mia"))
    start = await browser.get("/portal/api/start")
    assert f"form-action 'self' {provider.issuer}" in start.headers["content-security-policy"]
    (kept,) = peers.directory.sealed_id_tokens.values()
    assert kept and kept not in start.text

    answer = (await browser.post("/portal/api/sign-out", headers={"Parley-Sign-In": start.json()["me"]["id"]})).json()

    assert answer["redirect"] == f"{provider.issuer}/session/end"
    token = answer["form"]["id_token_hint"]
    assert token.count(".") == 2 and token not in kept and answer["form"]["client_id"] == CLIENT_ID
    assert (await browser.post(answer["redirect"], data=answer["form"])).status_code == 200
    forged = answer["form"] | {"id_token_hint": f"{token[:-6]}AAAAAA"}
    assert (await browser.post(answer["redirect"], data=forged)).status_code == 400


async def test_an_answer_counts_once(browser: httpx.AsyncClient, peers: Peers) -> None:  # spec 10.1
    address = await begun(browser)
    cookie = browser.cookies[STATE]
    callback = await sign_in_at(address, "mia")
    assert (await browser.get(callback)).headers["location"] == "/portal/tickets/12"
    made = len(peers.directory.sign_ins)

    assert why(await browser.get(callback)) == "expired"
    # The provider refuses the code from somebody who kept the cookie.
    async with httpx.AsyncClient(base_url=browser.base_url, verify=NO_TLS, headers={"Cookie": f"{STATE}={cookie}"}) as thief:
        assert why(await thief.get(callback)) == "provider_refused"
    assert len(peers.directory.sign_ins) == made


async def test_the_answer_to_another_browser_or_provider_is_refused(browser: httpx.AsyncClient, url: str, peers: Peers) -> None:
    callback = await sign_in_at(await begun(browser), "mia")
    async with httpx.AsyncClient(base_url=url, verify=NO_TLS) as other:
        assert why(await other.get(callback)) == "expired"
        await begun(other)
        assert why(await other.get(callback)) == "expired"
    assert why(await browser.get(callback.replace("/callback/acme", "/callback/other"))) == "expired"
    assert peers.directory.identities == []


@pytest.mark.parametrize(("login", "reason"), [("unverified", "unverified"), ("nameless", "unknown_person"), ("nobody", "unknown_person")])
async def test_a_person_whom_the_desk_does_not_know_is_refused(browser: httpx.AsyncClient, login: str, reason: str) -> None:
    assert why(await browser.get(await sign_in_at(await begun(browser), login))) == reason


async def test_a_disabled_person_gets_the_reason(browser: httpx.AsyncClient, peers: Peers) -> None:  # spec 10.10
    peers.refuses["CreateSignIn"] = TypedError.of(Kind.NOT_FOUND, "person_disabled", "This person may no longer sign in.")
    assert why(await browser.get(await sign_in_at(await begun(browser), "mia"))) == "disabled"


async def test_a_person_may_change_their_mind_at_the_provider(browser: httpx.AsyncClient) -> None:
    state = parse_qs(urlsplit(await begun(browser)).query)["state"][0]
    answer = await browser.get("/sign-in/api/callback/acme", params={"error": "access_denied", "state": state})
    assert why(answer) == "cancelled"
    assert parse_qs(urlsplit(answer.headers["location"]).query)["to"] == ["/portal/tickets/12"]


async def test_a_person_may_take_another_account_than_the_providers_browser_has(browser: httpx.AsyncClient) -> None:
    assert "prompt" not in parse_qs(urlsplit(await begun(browser)).query)
    answer = await browser.get("/sign-in/api/begin", params={"provider": "acme", "anew": "true"})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["prompt"] == ["login"]


async def test_the_log_and_the_metric_have_the_reason_and_nothing_of_the_person(
    browser: httpx.AsyncClient, gateway: App, capfd: pytest.CaptureFixture[str]
) -> None:  # spec 12.2
    callback = await sign_in_at(await begun(browser), "nobody")
    code = parse_qs(urlsplit(callback).query)["code"][0]
    with capture_logs() as logs:
        assert why(await browser.get(callback)) == "unknown_person"
    refused = [line for line in logs if line["event"] == "sign_in_refused"]
    assert [(line["provider"], line["reason"], line["detail"]) for line in refused] == [("acme", "unknown_person", "not_found")]
    assert not any(text in repr(logs) + "".join(capfd.readouterr()) for text in ("nobody", code, SECRET))
    assert b'parley_gateway_sign_ins_refused_total{reason="unknown_person"} 1.0' in gateway.metrics.page()


async def test_a_page_elsewhere_is_no_page_to_return_to(browser: httpx.AsyncClient) -> None:  # spec 10.1
    address = await begun(browser, to="https://evil.example/portal/")
    assert (await browser.get(await sign_in_at(address, "mia"))).headers["location"] == "/portal/"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_a_link_from_elsewhere_leads_to_the_button(browser: httpx.AsyncClient, site: str) -> None:  # spec 10.1
    asked = {"provider": "acme", "to": "https://evil.example/", "anew": "true"}
    answer = await browser.get("/sign-in/api/begin", params=asked, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?app=portal&to=%2Fportal%2F")
    assert STATE not in browser.cookies
    button = await browser.get("/sign-in/api/begin", params=asked, headers={"Sec-Fetch-Site": "same-origin"})
    assert parse_qs(urlsplit(button.headers["location"]).query)["prompt"] == ["login"]


async def test_a_new_key_of_the_provider_is_found(browser: httpx.AsyncClient, provider: OpenIdProvider) -> None:  # spec 10.1
    await browser.get(await sign_in_at(await begun(browser), "mia"))
    provider.stop()
    provider.start()

    async def signed_in() -> bool:
        answer = await browser.get(await sign_in_at(await begun(browser), "mia"))
        accepted = answer.headers["location"] == "/portal/tickets/12"
        assert accepted or why(answer) == "bad_token"
        return accepted

    # The gateway fetches keys every few seconds at most, so the first attempts may be refused.
    await until(signed_in)


async def test_a_provider_that_is_down_is_named_on_the_page_and_disturbs_nobody(
    browser: httpx.AsyncClient, provider: OpenIdProvider
) -> None:  # spec 10.1
    await browser.get(await sign_in_at(await begun(browser), "mia"))
    running = await sign_in_at(await begun(browser), "mia")
    provider.stop()
    assert why(await browser.get("/sign-in/api/begin", params={"provider": "other"})) == "provider_down"
    assert why(await browser.get(running)) == "provider_down"
    assert (await browser.get("/portal/api/start")).json()["me"]["person"]["id"] == "mia"


async def test_a_directory_that_is_down_is_no_unknown_person(browser: httpx.AsyncClient, peers: Peers) -> None:
    peers.refuses["CreateSignIn"] = Unavailable("down")
    assert why(await browser.get(await sign_in_at(await begun(browser), "mia"))) == "unavailable"


async def test_the_list_has_the_desks_own_providers(browser: httpx.AsyncClient) -> None:  # spec 10.2
    listed = (await browser.get("/sign-in/api/providers")).json()
    assert listed == {"providers": [{"id": "acme", "name": "Acme", "app": "portal"}]}
    listed = (await browser.get("/sign-in/api/providers", params={"desk": "elsewhere"})).json()
    assert [one["id"] for one in listed["providers"]] == ["other"]
    assert (await browser.get("/sign-in/api/providers", params={"desk": "nowhere"})).json() == {"providers": []}


@pytest.mark.parametrize("path", ["/sign-in/api/begin", "/sign-in/api/begin?provider=nobody", "/sign-in/api/callback/nobody"])
async def test_a_provider_that_does_not_exist_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.json()["error"]["field"]) == (404, "provider")


class TestOfOneAddress:
    @pytest.fixture
    def gateway_env(self, gateway_env: dict[str, str]) -> dict[str, str]:
        return {**gateway_env, "PARLEY_GATEWAY_LIMIT_SIGN_IN": "2/600"}

    async def test_too_many_sign_ins_lead_to_the_page_with_the_wait(self, browser: httpx.AsyncClient) -> None:  # spec 10.4
        await begun(browser)
        callback = await sign_in_at(await begun(browser), "mia")
        for path in ("/sign-in/api/begin?provider=acme&to=/portal/tickets/12", callback):
            answer = await browser.get(path)
            assert why(answer) == "too_many"
            assert 0 < int(parse_qs(urlsplit(answer.headers["location"]).query)["wait"][0]) <= 300
