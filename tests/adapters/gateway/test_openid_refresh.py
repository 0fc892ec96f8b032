"""Refreshing a sign-in at a real OpenID provider, and a whole gateway that does it (spec 10.1)."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from parley.tickets.v1 import directory_pb2
from servicekit.app import App
from servicekit.clock import SystemClock
from servicekit.moments import to_proto
from services.gateway.domain.provider import KeptRefresh, Provider, RefreshMode, SignInOver
from services.gateway.domain.site import App as SiteApp
from services.gateway.handlers.openid_sign_in import new_sign_in
from services.gateway.outbound.identity_providers import IdentityProviders
from services.gateway.outbound.provider_http import ProviderHttp
from services.gateway.outbound.sealed_token import SealedRefresh
from services.tickets.domain.refresh import TAKEN_FOR
from stack.keys import key_of
from stack.ports import HOST
from tests.adapters.gateway.peers import Peers
from tests.fakes.waiting import until
from tests.openid.running import CLIENT_ID, SECRET, OpenIdProvider, new_browser, sign_in_with, sign_out_with

CALLBACK = f"http://{HOST}/callback/acme"


@pytest.fixture(scope="module")
def started() -> Iterator[OpenIdProvider]:
    with OpenIdProvider([CALLBACK], [f"http://{HOST}/"]) as provider:
        yield provider


@pytest.fixture
def listed(started: OpenIdProvider, peers: Peers, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "client_secret").write_text(SECRET)
    own = {"id": "acme", "name": "Acme", "desk_id": peers.desk_id, "app": "portal", "issuer": started.issuer, "client_id": CLIENT_ID}
    return {**own, "client_secret_file": str(tmp_path / "client_secret"), "refresh": "session"}


@pytest.fixture
def provider(listed: dict[str, str]) -> Provider:
    return Provider(**{**listed, "app": SiteApp.PORTAL, "refresh": RefreshMode.SESSION})  # type: ignore[arg-type]


@pytest.fixture
def gateway_env(listed: dict[str, str], tmp_path: Path) -> dict[str, str]:
    (tmp_path / "providers.json").write_text(json.dumps([listed]))
    return {"PARLEY_GATEWAY_PUBLIC_URL": f"http://{HOST}", "PARLEY_GATEWAY_PROVIDERS": str(tmp_path / "providers.json")}


@pytest.fixture
async def asked() -> AsyncIterator[IdentityProviders]:
    http = ProviderHttp()
    await http.start()
    yield IdentityProviders(http, SystemClock())
    await http.stop()


async def signed_in(asked: IdentityProviders, provider: Provider, browser: httpx.AsyncClient) -> tuple[KeptRefresh, str]:
    """What the first refresh needs, and the ID token."""
    running = new_sign_in(provider, "")
    address = await asked.address(provider, running, CALLBACK)
    answer = parse_qs(urlsplit(await sign_in_with(browser, address, "mia")).query)
    found = await asked.identify(provider, running, answer["code"][0], CALLBACK)
    return KeptRefresh(token=found.refresh_token, subject=str(found.claims["sub"]), nonce=running.nonce), found.id_token


async def test_each_refresh_has_a_new_token_and_an_old_one_ends_the_sign_in(asked: IdentityProviders, provider: Provider) -> None:
    async with new_browser() as browser:
        first, _ = await signed_in(asked, provider, browser)
    second = await asked.refresh(provider, first)
    third = await asked.refresh(provider, second)
    assert len({first.token, second.token, third.token}) == 3

    for used in (first, third):
        with pytest.raises(SignInOver) as over:
            await asked.refresh(provider, used)
        assert over.value.detail == "invalid_grant"


async def test_the_gateway_refreshes_what_is_due(
    asked: IdentityProviders, provider: Provider, gateway: App, peers: Peers, keys: Path
) -> None:  # spec 10.1
    seal = SealedRefresh(key_of(keys, "gateway"))
    async with new_browser() as browser:
        kept, _ = await signed_in(asked, provider, browser)
    due = directory_pb2.DueRefresh(sign_in_id="s1", method=provider.method, sealed_token=seal.seal(kept))
    due.taken_until.CopyFrom(to_proto(SystemClock().now() + TAKEN_FOR))

    for outcome in (directory_pb2.REFRESH_OUTCOME_REFRESHED, directory_pb2.REFRESH_OUTCOME_REFUSED):
        peers.directory.due = [due]
        await until(lambda: bool(peers.directory.finished))
        finished = peers.directory.finished.pop()
        assert (finished.sign_in_id, finished.outcome) == ("s1", outcome)

    assert b'parley_gateway_sign_in_refreshes_total{outcome="refused"} 1.0' in gateway.metrics.page()


async def test_signing_out_revokes_the_refresh_token_at_the_provider(
    asked: IdentityProviders, provider: Provider, gateway: App, url: str, peers: Peers, keys: Path
) -> None:  # spec 10.1
    async with new_browser() as browser:
        kept, _ = await signed_in(asked, provider, browser)
        kept = await asked.refresh(provider, kept)
        secret = peers.directory.sign_in("mia", provider.method)
        peers.directory.sealed_refresh_tokens[secret] = SealedRefresh(key_of(keys, "gateway")).seal(kept)

        headers = {"Host": HOST, "Origin": f"http://{HOST}", "Cookie": f"parley_portal={secret}"}
        headers["Parley-Sign-In"] = peers.directory.sign_ins[secret].id
        answer = await browser.post(f"{url}/portal/api/sign-out", headers=headers)

    assert answer.status_code == 200 and secret not in peers.directory.sign_ins
    await until(lambda: b'parley_gateway_sign_in_revocations_total{outcome="revoked"} 1.0' in gateway.metrics.page())
    with pytest.raises(SignInOver) as over:
        await asked.refresh(provider, kept)
    assert over.value.detail == "invalid_grant"


async def test_a_person_who_signed_out_at_the_provider_is_refused(asked: IdentityProviders, provider: Provider) -> None:  # spec 10.1
    async with new_browser() as browser:
        kept, id_token = await signed_in(asked, provider, browser)
        kept = await asked.refresh(provider, kept)
        await sign_out_with(browser, provider.issuer, id_token)
    with pytest.raises(SignInOver):
        await asked.refresh(provider, kept)
