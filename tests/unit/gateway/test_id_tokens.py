"""Which ID tokens identify a person (spec 10.1)."""

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from servicekit.moments import to_seconds
from services.gateway.domain.provider import SignInFailed, Why, name_from
from services.gateway.outbound.id_tokens import MAX_TOKEN, UnknownKey, claims_of, key_set_from, must_name
from services.gateway.outbound.provider_file import is_safe
from tests.openid.made_tokens import (
    ACME,
    CLIENT_ID,
    KEYS,
    KID,
    NAMES,
    NONCE,
    NOW,
    RSA,
    claims_with,
    key_set_of,
    provider_of,
    public_keys,
    shape_of,
    signed,
)

SECONDS = to_seconds(NOW)


def checked(token: str, algorithm: str = "RS256") -> dict[str, Any]:
    return claims_of(token, public_keys(algorithm), ACME, NONCE, NOW)


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_valid_token_is_accepted(algorithm: str) -> None:
    assert checked(signed(claims_with(), algorithm), algorithm)["email"] == "mia@acme.example"


@pytest.mark.parametrize("name", NAMES)
def test_the_tokens_and_keys_of_the_large_providers_are_accepted(name: str) -> None:  # spec 10.1
    shape, provider = shape_of(name), provider_of(name)
    own = {key: CLIENT_ID if value == "CLIENT" else value for key, value in shape["claims"].items()}
    token = signed({**claims_with(), **own, "iss": provider.issuer}, kid=shape["key"]["kid"])

    claims = claims_of(token, key_set_from(key_set_of(name)), provider, NONCE, NOW)

    assert name_from(provider, claims) == "mia@acme.example"
    assert all(is_safe(shape["discovery"][address]) for address in ("authorization_endpoint", "token_endpoint", "jwks_uri"))


def test_an_address_of_entra_counts_only_if_the_configuration_trusts_the_tenant() -> None:
    claims = shape_of("entra")["claims"]
    with pytest.raises(SignInFailed) as failed:
        name_from(replace(provider_of("entra"), verifies_addresses=False), claims)
    assert failed.value.why is Why.UNVERIFIED


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://id.other.example"},
        {"iss": f"{ACME.issuer}/"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": None},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"nonce": "another nonce"},
        {"nonce": None},
        {"sub": None},
        {"sub": 12},
        {"exp": None},
        {"exp": "never"},
        {"exp": SECONDS - 60},
        {"nbf": SECONDS + 61},
        {"iat": None},
        {"iat": SECONDS + 61},
    ],
)
def test_a_token_for_somebody_else_or_another_time_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SignInFailed) as failed:
        checked(signed(claims_with(**changed)))
    assert failed.value.why is Why.BAD_TOKEN
    assert "another" not in failed.value.detail


@pytest.mark.parametrize(
    "changed", [{"exp": SECONDS - 59}, {"iat": SECONDS + 60}, {"nbf": SECONDS + 60}, {"aud": [CLIENT_ID]}, {"azp": CLIENT_ID}]
)
def test_clocks_may_differ_by_a_minute(changed: dict[str, Any]) -> None:
    assert checked(signed(claims_with(**changed)))["sub"] == "mia"


def test_a_token_for_several_clients_names_this_one_as_the_one_that_asked() -> None:
    assert checked(signed(claims_with(aud=[CLIENT_ID, "another-client"], azp=CLIENT_ID)))["sub"] == "mia"


@pytest.mark.parametrize("changed", [{}, {"nonce": None}])
def test_the_token_of_a_refresh_may_lack_the_nonce(changed: dict[str, Any]) -> None:  # spec 10.1
    must_name(signed(claims_with(**changed)), ACME, "mia", NONCE)


@pytest.mark.parametrize("changed", [{"sub": "leo"}, {"sub": None}, {"nonce": "another nonce"}, {"aud": "another-client"}, {"iss": "x"}])
def test_the_token_of_a_refresh_is_of_the_same_person(changed: dict[str, Any]) -> None:  # spec 10.1
    token = signed(claims_with(**changed))
    with pytest.raises(SignInFailed) as failed:
        must_name(token, ACME, "mia", NONCE)
    assert failed.value.why is Why.BAD_TOKEN


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims_with())]
    return ".".join((*parts, signature))


def with_the_public_key_as_secret() -> str:
    # By hand, because libraries refuse to sign so.
    content = unsigned({"alg": "HS256", "kid": KID}).rpartition(".")[0]
    signature = hmac.digest(RSA.as_pem(private=False), content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "token",
    [
        unsigned({"alg": "none", "kid": KID}),
        unsigned({"alg": "none"}),
        unsigned({"alg": "RS256", "kid": KID}),
        unsigned({"alg": "RS256", "kid": KID}, "AAAA"),
        with_the_public_key_as_secret(),
        signed(claims_with()) + "x",
        "",
        "a.b.c",
        "a.b.c.d.e",
        "\u00e9.\u00e9.\u00e9",
        "[" * 50_000,
        "x" * (MAX_TOKEN + 1),
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(token: str) -> None:
    with pytest.raises(SignInFailed) as failed:
        checked(token)
    assert failed.value.why is Why.BAD_TOKEN


def test_a_token_for_the_key_of_another_algorithm_is_refused() -> None:
    with pytest.raises(SignInFailed):
        checked(signed(claims_with(), "ES256"), "RS256")


def test_an_unknown_key_is_no_bad_token_yet() -> None:
    with pytest.raises(UnknownKey):
        checked(signed(claims_with(), kid="key-2"))


@pytest.mark.parametrize("answer", [{}, {"keys": None}, {"keys": []}, {"keys": [1, {}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA"}]}])
def test_a_key_set_without_a_key_for_signatures_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises(SignInFailed) as failed:
        key_set_from(answer)
    assert failed.value.why is Why.PROVIDER_DOWN


def test_keys_that_cannot_be_read_leave_the_others_usable() -> None:
    good = RSA.as_dict(private=False)
    keys = key_set_from({"keys": [{"kty": "AKP", "kid": "new"}, {**good, "kid": "other", "n": "!"}, {**good, "x5c": "odd"}]})
    assert claims_of(signed(claims_with()), keys, ACME, NONCE, NOW)["sub"] == "mia"
