"""What a provider may answer to a refresh token (spec 10.1)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.gateway.domain.provider import KeptRefresh, Provider, RefreshMode, SignInFailed, SignInOver, Why
from services.gateway.handlers.openid_sign_in import new_sign_in
from services.gateway.outbound.identity_providers import IdentityProviders
from services.gateway.outbound.provider_http import ProviderHttp
from tests.fakes.clock import TurnedClock
from tests.openid.made_provider import KEYS, TOKEN, MadeProvider, response
from tests.openid.made_tokens import ACME, CLIENT_ID, NONCE, claims_with, signed

KEPT = KeptRefresh(token="refresh 1", subject="mia", nonce=NONCE)


@pytest.fixture
async def made() -> AsyncIterator[MadeProvider]:
    async with MadeProvider() as made:
        yield made


@pytest.fixture
def provider(made: MadeProvider) -> Provider:
    return replace(ACME, issuer=made.issuer, refresh=RefreshMode.SESSION)


@pytest.fixture
async def http() -> AsyncIterator[ProviderHttp]:
    # Longer than a slow machine takes to answer.
    http = ProviderHttp(30)
    await http.start()
    yield http
    await http.stop()


@pytest.fixture
def asked(http: ProviderHttp) -> IdentityProviders:
    return IdentityProviders(http, TurnedClock())


def refused(error: str, status: str = "400 Bad Request") -> bytes:
    return response(f'{{"error":"{error}"}}'.encode(), status)


async def test_a_new_token_replaces_the_one_that_was_used(asked: IdentityProviders, made: MadeProvider, provider: Provider) -> None:
    token = signed(claims_with(iss=made.issuer))
    made.answers[TOKEN] = {"access_token": "a", "refresh_token": "refresh 2", "id_token": token}

    assert await asked.refresh(provider, KEPT) == replace(KEPT, token="refresh 2")

    form = parse_qs(made.asked[TOKEN][0][1])
    assert form == {"grant_type": ["refresh_token"], "refresh_token": ["refresh 1"], "client_id": [provider.client_id]}


@pytest.mark.parametrize("answer", [{"access_token": "a"}, {"refresh_token": 7}, {"id_token": None}])
async def test_without_a_new_token_the_former_one_stays(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, answer: dict[str, Any]
) -> None:
    made.answers[TOKEN] = answer
    assert await asked.refresh(provider, KEPT) == KEPT


@pytest.mark.parametrize(
    "answer",
    [
        refused("invalid_grant"),
        refused("interaction_required"),
        refused("invalid_grant", "401 Unauthorized"),
        {"id_token": signed(claims_with(iss="https://id.other.example"))},
        {"id_token": "a.b.c"},
        {"id_token": 7},
        {"id_token": ""},
    ],
)
async def test_a_refused_token_or_another_person_ends_the_sign_in(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, answer: Any
) -> None:
    made.answers[TOKEN] = answer
    with pytest.raises(SignInOver) as over:
        await asked.refresh(provider, KEPT)
    assert "refresh 1" not in over.value.detail


@pytest.mark.parametrize(
    "changed", [{"sub": "leo"}, {"sub": ""}, {"sub": None}, {"aud": "other"}, {"aud": [CLIENT_ID, "b"]}, {"nonce": "b"}]
)
async def test_the_id_token_of_another_sign_in_ends_this_one(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, changed: dict[str, Any]
) -> None:
    made.answers[TOKEN] = {"id_token": signed(claims_with(iss=made.issuer) | changed)}
    with pytest.raises(SignInOver):
        await asked.refresh(provider, KEPT)


@pytest.mark.parametrize("changed", [{}, {"exp": 1}, {"iat": 9_999_999_999, "nbf": 9_999_999_999}, {"nonce": None}])
async def test_neither_a_new_key_nor_a_wrong_clock_loses_the_new_token(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, changed: dict[str, Any]
) -> None:
    made.answers |= {
        KEYS: response(b"{}", "503 Service Unavailable"),
        TOKEN: {"refresh_token": "refresh 2", "id_token": signed(claims_with(**{"iss": made.issuer, **changed}), kid="key-2")},
    }
    assert await asked.refresh(provider, KEPT) == replace(KEPT, token="refresh 2")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (refused("invalid_client", "401 Unauthorized"), Why.PROVIDER_REFUSED),
        (refused("unauthorized_client"), Why.PROVIDER_REFUSED),
        (response(b"{}", "429 Too Many Requests"), Why.PROVIDER_REFUSED),
        (response(b'{"error":"invalid_grant"}', "503 Service Unavailable"), Why.PROVIDER_DOWN),
        (response(b"<html>"), Why.PROVIDER_DOWN),
        (b"", Why.PROVIDER_DOWN),
    ],
)
async def test_any_other_answer_decides_nothing(
    asked: IdentityProviders, made: MadeProvider, provider: Provider, answer: bytes, why: Why
) -> None:
    made.answers[TOKEN] = answer
    with pytest.raises(SignInFailed) as failed:
        await asked.refresh(provider, KEPT)
    assert failed.value.why is why
    assert "refresh 1" not in failed.value.detail


@pytest.mark.parametrize(("answer", "sent"), [(None, 2), (b"", 2), (response(b"{}", "503 Service Unavailable"), 1)])
async def test_a_token_is_sent_once_more_at_once_if_the_answer_is_lost(
    asked: IdentityProviders, http: ProviderHttp, made: MadeProvider, provider: Provider, answer: bytes | None, sent: int
) -> None:  # The provider may have replaced it, and accept it only for a moment longer.
    await asked.address(provider, new_sign_in(provider, ""), "https://chat.example.com/callback")
    made.answers[TOKEN] = answer
    if answer is None:
        http.seconds = 0.5
    with pytest.raises(SignInFailed):
        await asked.refresh(provider, KEPT)
    assert len(made.asked[TOKEN]) == sent


@pytest.mark.parametrize(
    ("mode", "scopes", "wanted"),
    [
        (RefreshMode.NEVER, "openid email", "openid email"),
        (RefreshMode.SESSION, "openid email", "openid email"),
        (RefreshMode.OFFLINE, "openid email", "openid email offline_access"),
        (RefreshMode.OFFLINE, "offline_access openid", "offline_access openid"),
    ],
)
async def test_a_token_for_offline_access_is_requested_where_it_is_configured(
    asked: IdentityProviders, provider: Provider, mode: RefreshMode, scopes: str, wanted: str
) -> None:
    own = replace(provider, refresh=mode, scopes=scopes)
    address = await asked.address(own, new_sign_in(own, ""), "https://chat.example.com/callback")
    assert parse_qs(urlsplit(address).query)["scope"] == [wanted]
