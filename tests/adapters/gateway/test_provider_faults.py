"""What a provider may send at worst: a bounded answer to a bounded question, and never a sign-in (spec 10.1, 10.9)."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from services.gateway.domain.provider import Provider, SignInFailed, Why
from services.gateway.handlers.openid_sign_in import new_sign_in
from services.gateway.outbound.fetched import PAUSE
from services.gateway.outbound.identity_providers import IdentityProviders
from services.gateway.outbound.provider_http import MAX_ANSWER_BYTES, ProviderHttp
from services.gateway.ports import SignOutPage
from tests.fakes.clock import TurnedClock
from tests.openid.made_provider import DISCOVERY, KEYS, TOKEN, MadeProvider, response
from tests.openid.made_tokens import ACME, claims_with, signed

CALLBACK = "https://chat.example.com/sign-in/api/callback/acme"
SITE = "https://chat.example.com/"
SHORT = 1.0


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def made() -> AsyncIterator[MadeProvider]:
    async with MadeProvider() as made:
        yield made


@pytest.fixture
def provider(made: MadeProvider) -> Provider:
    return replace(ACME, issuer=made.issuer)


@pytest.fixture
async def asked(clock: TurnedClock) -> AsyncIterator[IdentityProviders]:
    http = ProviderHttp(SHORT)
    await http.start()
    yield IdentityProviders(http, clock)
    await http.stop()


async def why(asked: IdentityProviders, provider: Provider) -> tuple[Why, str]:
    """Why a sign-in fails, and the detail for the log."""
    running = new_sign_in(provider, "")
    with pytest.raises(SignInFailed) as failed:
        await asked.address(provider, running, CALLBACK)
        await asked.identify(provider, running, "the-code", CALLBACK)
    return failed.value.why, failed.value.detail


HUGE = response(b'{"a":"' + b"x" * MAX_ANSWER_BYTES + b'"}')
BAD_ANSWERS = {
    "nothing": None,
    "the end": b"",
    "no HTTP": b"garbage\r\n\r\n",
    "huge": HUGE,
    "HTML": response(b"<html>"),
    "a list": response(b"[]"),
    "deep": response(b"[" * 100_000),
    "no UTF-8": response(b'{"a":"\xff"}'),
    "an error": response(b"{}", "500 Internal Server Error"),
    "a redirect": response(b"", "302 Found", "Location: http://127.0.0.1/elsewhere"),
    "a part": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
}


@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_a_provider_that_does_not_answer_well_is_down(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, path: str, answer: bytes | None
) -> None:
    made.answers |= {TOKEN: {"id_token": signed(claims_with())}, path: answer}
    assert (await why(asked, provider))[0] is Why.PROVIDER_DOWN


async def test_a_provider_that_is_not_there_is_down(asked: IdentityProviders) -> None:
    assert await why(asked, replace(ACME, issuer="http://127.0.0.1:1")) == (Why.PROVIDER_DOWN, "ConnectError")


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://id.other.example"},
        {"authorization_endpoint": "http://id.other.example/auth"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
    ],
)
async def test_discovery_must_be_the_providers_own_and_safe(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, changed: dict[str, object]
) -> None:
    made.answers[DISCOVERY] = made.discovery(**changed)
    assert (await why(asked, provider))[0] is Why.PROVIDER_DOWN


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (response(b'{"error":"invalid_grant"}', "400 Bad Request"), Why.PROVIDER_REFUSED),
        (response(b'{"error":"invalid_client"}', "401 Unauthorized"), Why.PROVIDER_REFUSED),
        ({"access_token": "a"}, Why.PROVIDER_REFUSED),
        ({"id_token": ["a"]}, Why.PROVIDER_REFUSED),
        (response(b"{}", "503 Service Unavailable"), Why.PROVIDER_DOWN),
        (HUGE, Why.PROVIDER_DOWN),
        (None, Why.PROVIDER_DOWN),
        ({"id_token": "a.b.c"}, Why.BAD_TOKEN),
    ],
)
async def test_a_code_that_gets_no_good_token_signs_nobody_in(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, answer: object, reason: Why
) -> None:
    made.answers[TOKEN] = answer
    found, detail = await why(asked, provider)
    assert found is reason
    assert "the-code" not in detail


@pytest.mark.parametrize(
    ("methods", "in_header"), [(None, True), (["client_secret_basic"], True), (["client_secret_basic", "client_secret_post"], False)]
)
async def test_the_secret_goes_where_the_provider_takes_it(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, tmp_path: Path, methods: list[str] | None, in_header: bool
) -> None:
    made.answers[DISCOVERY] = made.discovery(**({"token_endpoint_auth_methods_supported": methods} if methods else {}))
    (tmp_path / "secret").write_text("s: cret%\n")
    own = replace(provider, client_secret_file=str(tmp_path / "secret"))
    running = new_sign_in(own, "")
    made.answers[TOKEN] = {"id_token": signed(claims_with(iss=made.issuer, nonce=running.nonce))}

    found = await asked.identify(own, running, "the-code", CALLBACK)

    assert found.claims["sub"] == "mia"
    head, body = made.asked[TOKEN][0]
    form = {name: values[0] for name, values in parse_qs(body).items()}
    assert (form["code"], form["code_verifier"], form["redirect_uri"]) == ("the-code", running.verifier, CALLBACK)
    basic = base64.b64encode(f"{own.client_id}:s%3A%20cret%25".encode()).decode()
    assert (f"Authorization: Basic {basic}" in head, form.get("client_secret")) == ((True, None) if in_header else (False, "s: cret%"))


async def test_the_secret_may_be_missing_for_a_while(asked: IdentityProviders, provider: Provider, tmp_path: Path) -> None:
    own = replace(provider, client_secret_file=str(tmp_path / "nowhere"))
    assert await why(asked, own) == (Why.PROVIDER_REFUSED, "client_secret_file: FileNotFoundError")


async def test_a_rotated_key_is_fetched_once(asked: IdentityProviders, made: MadeProvider, provider: Provider, clock: TurnedClock) -> None:
    running = new_sign_in(provider, "")
    claims = claims_with(iss=made.issuer, nonce=running.nonce)
    made.answers[TOKEN] = {"id_token": signed(claims)}
    await asked.identify(provider, running, "c", CALLBACK)
    made.answers[TOKEN] = {"id_token": signed(claims, kid="key-2")}
    made.answers[KEYS] = {"keys": [{**made.answers[KEYS]["keys"][0], "kid": "key-2"}]}
    clock.set_forward(PAUSE.total_seconds())

    for _ in range(3):
        assert (await asked.identify(provider, running, "c", CALLBACK)).claims["sub"] == "mia"
    assert len(made.asked[KEYS]) == 2

    made.answers[TOKEN] = {"id_token": signed(claims, kid="key-3")}
    for _ in range(3):
        assert (await why(asked, provider)) == (Why.BAD_TOKEN, "unknown key")
    assert len(made.asked[KEYS]) == 2


async def test_the_addresses_keep_the_providers_own_query(asked: IdentityProviders, made: MadeProvider, provider: Provider) -> None:
    running = new_sign_in(provider, "")
    query = parse_qs(urlsplit(await asked.address(provider, running, CALLBACK)).query)
    assert "acr_values" not in query
    strong = replace(provider, acr_values=("2", "urn:acme:strong"))
    assert parse_qs(urlsplit(await asked.address(strong, running, CALLBACK)).query)["acr_values"] == ["2 urn:acme:strong"]
    assert (query["tenant"], query["client_id"], query["redirect_uri"]) == (["1"], [provider.client_id], [CALLBACK])
    assert running.verifier not in str(query)
    assert (await asked.end_of_session(provider, SITE, "")).address.startswith(f"{made.issuer}/out?client_id=")


@pytest.mark.parametrize("endpoint", [None, "http://id.other.example/out", 7])
async def test_a_provider_without_a_page_for_signing_out_has_none(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, endpoint: object
) -> None:
    made.answers[DISCOVERY] = made.discovery(end_session_endpoint=endpoint)
    assert await asked.end_of_session(provider, SITE, "") == SignOutPage()
    assert await asked.end_of_session(replace(ACME, id="down", issuer="http://127.0.0.1:1"), SITE, "") == SignOutPage()


async def test_an_id_token_is_sent_by_a_form_to_the_issuers_origin_alone(
    asked: IdentityProviders, made: MadeProvider, provider: Provider
) -> None:  # spec 10.7
    demanding = replace(provider, sends_id_token=True)
    page = await asked.end_of_session(demanding, SITE, "the-token")
    assert page.address == f"{made.issuer}/out"
    assert page.form == {"client_id": provider.client_id, "post_logout_redirect_uri": SITE, "id_token_hint": "the-token"}
    assert await asked.end_of_session(demanding, SITE, "") == SignOutPage()
    assert "the-token" not in str(await asked.end_of_session(provider, SITE, "the-token"))

    made.answers[DISCOVERY] = made.discovery(end_session_endpoint="https://other.example/out")
    assert await asked.end_of_session(replace(demanding, id="elsewhere"), SITE, "the-token") == SignOutPage()
