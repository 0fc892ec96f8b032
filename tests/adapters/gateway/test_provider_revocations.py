"""Revoking refresh tokens at providers that answer well, badly or not at all (RFC 7009, spec 10.1)."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from servicekit.app import App
from services.gateway.domain.provider import KeptRefresh, NoAnswer, Provider, RefreshMode, SignInFailed, Why
from services.gateway.outbound.identity_providers import IdentityProviders
from services.gateway.outbound.provider_http import ProviderHttp
from services.gateway.outbound.sealed_token import SealedRefresh
from stack.keys import key_of
from stack.ports import HOST
from tests.adapters.gateway.peers import Peers
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until
from tests.openid.made_provider import DISCOVERY, REVOKE, MadeProvider, response
from tests.openid.made_tokens import ACME
from tests.openid.running import new_browser

KEPT = KeptRefresh(token="refresh 1", subject="mia", nonce="n")


@pytest.fixture
async def made() -> AsyncIterator[MadeProvider]:
    async with MadeProvider() as made:
        made.answers[DISCOVERY] = made.discovery(revocation_endpoint=f"{made.issuer}{REVOKE}")
        yield made


@pytest.fixture
def provider(made: MadeProvider) -> Provider:
    return replace(ACME, issuer=made.issuer, refresh=RefreshMode.SESSION)


@pytest.fixture
def gateway_env(made: MadeProvider, peers: Peers, tmp_path: Path) -> dict[str, str]:
    listed = {"id": "acme", "name": "Acme", "desk_id": peers.desk_id, "app": "portal", "issuer": made.issuer, "client_id": "parley"}
    (tmp_path / "providers.json").write_text(json.dumps([{**listed, "refresh": "session"}]))
    return {"PARLEY_GATEWAY_PUBLIC_URL": f"http://{HOST}", "PARLEY_GATEWAY_PROVIDERS": str(tmp_path / "providers.json")}


async def asking(seconds: float) -> AsyncIterator[IdentityProviders]:
    http = ProviderHttp(seconds)
    await http.start()
    yield IdentityProviders(http, TurnedClock())
    await http.stop()


@pytest.fixture
async def asked() -> AsyncIterator[IdentityProviders]:
    # Longer than a slow machine takes to answer.
    async for asked in asking(30):
        yield asked


@pytest.fixture
async def impatient() -> AsyncIterator[IdentityProviders]:
    async for asked in asking(0.5):
        yield asked


async def test_the_token_is_sent_with_the_clients_own_name(asked: IdentityProviders, made: MadeProvider, provider: Provider) -> None:
    # spec 10.1
    made.answers[REVOKE] = response(b"")
    assert await asked.revoke(provider, KEPT)
    _, form = made.asked[REVOKE][0]
    assert parse_qs(form) == {"token": ["refresh 1"], "token_type_hint": ["refresh_token"], "client_id": [provider.client_id]}


@pytest.mark.parametrize("methods", [None, ["client_secret_basic"], ["client_secret_post"]])
async def test_a_secret_is_sent_as_the_endpoint_takes_it(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, tmp_path: Path, methods: list[str] | None
) -> None:  # spec 10.1
    made.answers[REVOKE] = response(b"not JSON")
    if methods:
        made.answers[DISCOVERY]["revocation_endpoint_auth_methods_supported"] = methods
    (tmp_path / "secret").write_text("s")
    assert await asked.revoke(replace(provider, client_secret_file=str(tmp_path / "secret")), KEPT)
    head, form = made.asked[REVOKE][0]
    basic = base64.b64encode(f"{provider.client_id}:s".encode()).decode() in head
    assert (basic, "client_secret=s" in form) == ((False, True) if methods == ["client_secret_post"] else (True, False))


@pytest.mark.parametrize("endpoint", [None, "http://id.other.example/revoke", 7])
async def test_a_provider_without_a_usable_endpoint_is_not_asked(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, endpoint: object
) -> None:  # spec 10.1
    made.answers[DISCOVERY] = made.discovery(revocation_endpoint=endpoint)
    assert not await asked.revoke(provider, KEPT)
    assert REVOKE not in made.asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (response(b"", "503 Service Unavailable"), Why.PROVIDER_DOWN),
        (response(b'{"error":"invalid_client"}', "401 Unauthorized"), Why.PROVIDER_REFUSED),
        (response(b"", "302 Found", "Location: http://other.example/"), Why.PROVIDER_REFUSED),
    ],
)
async def test_any_other_answer_is_a_failure(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, answer: bytes, why: Why
) -> None:  # spec 10.1
    made.answers[REVOKE] = answer
    with pytest.raises(SignInFailed) as failed:
        await asked.revoke(provider, KEPT)
    assert failed.value.why is why and len(made.asked[REVOKE]) == 1


async def test_a_provider_that_hangs_is_left_after_a_while(impatient: IdentityProviders, made: MadeProvider, provider: Provider) -> None:
    made.answers[REVOKE] = None
    with pytest.raises(NoAnswer):
        await impatient.revoke(provider, KEPT)


@pytest.mark.parametrize("answer", [None, response(b"", "500 Internal Server Error")])
async def test_signing_out_neither_waits_for_a_revocation_nor_fails_with_it(
    made: MadeProvider, gateway: App, url: str, peers: Peers, keys: Path, answer: bytes | None
) -> None:  # spec 10.1
    made.answers[REVOKE] = answer
    secret = peers.directory.sign_in("mia", "openid:acme")
    peers.directory.sealed_refresh_tokens[secret] = SealedRefresh(key_of(keys, "gateway")).seal(KEPT)
    async with new_browser() as browser:
        headers = {"Host": HOST, "Origin": f"http://{HOST}", "Cookie": f"parley_portal={secret}"}
        headers["Parley-Sign-In"] = peers.directory.sign_ins[secret].id
        sign_out = browser.post(f"{url}/portal/api/sign-out", headers=headers)
        # Less than a gateway waits for a provider once.
        async with asyncio.timeout(4):
            assert (await sign_out).status_code == 200
        assert secret not in peers.directory.sign_ins
        await until(lambda: len(made.asked.get(REVOKE, [])) >= 1)
        assert b'parley_gateway_sign_in_revocations_total{outcome="revoked"} 0.0' in gateway.metrics.page()
