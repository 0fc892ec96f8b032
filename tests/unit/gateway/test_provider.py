"""Identity providers: the answer to a sign-in, the person it names, and the page to return to (spec 10.1)."""

from dataclasses import replace
from typing import Any

import pytest

from services.gateway.domain.provider import Names, SignInFailed, Why, code_from, must_be_strong, name_from, return_path
from services.gateway.domain.site import App
from services.gateway.handlers.openid_sign_in import new_sign_in
from tests.openid.made_tokens import ACME, shape_of

RUNNING = new_sign_in(ACME, "/portal/tickets/12")


def test_each_sign_in_has_values_of_its_own_that_nobody_can_guess() -> None:
    other = new_sign_in(ACME, "")
    values = {RUNNING.state, RUNNING.nonce, RUNNING.verifier, other.state, other.nonce, other.verifier}
    assert len(values) == 6 and all(43 <= len(value) <= 128 for value in values)
    assert (RUNNING.to, other.to) == ("/portal/tickets/12", "/portal/")


def test_the_code_of_the_running_sign_in_is_taken() -> None:
    assert code_from(ACME, RUNNING, {"state": RUNNING.state, "code": "c", "iss": ACME.issuer}) == "c"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"code": "c"}, Why.EXPIRED),
        ({"code": "c", "state": "another"}, Why.EXPIRED),
        ({"code": "c", "state": "\u00e9"}, Why.EXPIRED),
        ({"code": "c", "state": RUNNING.state, "iss": "https://id.other.example"}, Why.BAD_TOKEN),
        ({"state": RUNNING.state}, Why.PROVIDER_REFUSED),
        ({"state": RUNNING.state, "error": "access_denied"}, Why.CANCELLED),
        ({"state": RUNNING.state, "error": "invalid_scope", "code": "c"}, Why.PROVIDER_REFUSED),
    ],
)
def test_any_other_answer_fails(answer: dict[str, str], why: Why) -> None:
    with pytest.raises(SignInFailed) as failed:
        code_from(ACME, RUNNING, answer)
    assert failed.value.why is why


def test_the_answer_to_another_provider_fails() -> None:
    with pytest.raises(SignInFailed):
        code_from(replace(ACME, id="other"), RUNNING, {"state": RUNNING.state, "code": "c"})


def test_the_log_has_no_text_that_a_stranger_wrote_into_the_address() -> None:  # spec 12.2
    with pytest.raises(SignInFailed) as failed:
        code_from(ACME, RUNNING, {"state": RUNNING.state, "error": "mia@acme.example signed in"})
    assert failed.value.detail == "error"


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_verified_address_names_the_person(verified: object) -> None:
    assert name_from(ACME, {"email": "mia@acme.example", "email_verified": verified}) == "mia@acme.example"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({}, Why.UNKNOWN_PERSON),
        ({"email": ""}, Why.UNKNOWN_PERSON),
        ({"email": ["mia@acme.example"], "email_verified": True}, Why.UNKNOWN_PERSON),
        ({"email": "m" * 256, "email_verified": True}, Why.UNKNOWN_PERSON),
        ({"email": "mia@acme.example"}, Why.UNVERIFIED),
        ({"email": "mia@acme.example", "email_verified": False}, Why.UNVERIFIED),
        ({"email": "mia@acme.example", "email_verified": "false"}, Why.UNVERIFIED),
        ({"email": "mia@acme.example", "email_verified": 1.5}, Why.UNVERIFIED),
    ],
)
def test_any_other_claim_names_nobody(claims: dict[str, Any], why: Why) -> None:
    with pytest.raises(SignInFailed) as failed:
        name_from(ACME, claims)
    assert failed.value.why is why


def test_another_claim_names_the_person_if_it_is_configured() -> None:
    by_id = replace(ACME, claim="oid", names=Names.ID)
    assert name_from(by_id, {"oid": "mia", "email": "leo@acme.example"}) == "mia"
    by_upn = replace(ACME, claim="upn")
    claims = {"upn": "mia@acme.example", "email": "leo@acme.example", "email_verified": True}
    # `email_verified` is about another claim.
    with pytest.raises(SignInFailed):
        name_from(by_upn, claims)
    assert name_from(replace(by_upn, verifies_addresses=True), claims) == "mia@acme.example"


@pytest.mark.parametrize(
    ("to", "there"),
    [
        ("/tech/tickets/12", "/tech/tickets/12"),
        ("/tech/tickets?status=new&words=a%20b", "/tech/tickets?status=new&words=a%20b"),
        ("", "/tech/"),
        ("/tech", "/tech/"),
        ("/techno/", "/tech/"),
        ("/portal/tickets/12", "/tech/"),
        ("/tech/../portal/", "/tech/"),
        ("/tech/%2e%2E/portal/", "/tech/"),
        ("/tech/.%2e/portal/", "/tech/"),
        ("//evil.example/tech/", "/tech/"),
        ("/tech//evil.example", "/tech/"),
        ("/\\evil.example/tech/", "/tech/"),
        ("/tech/\\evil.example", "/tech/"),
        ("https://evil.example/tech/", "/tech/"),
        ("javascript:alert(1)", "/tech/"),
        ("/tech/\r\nSet-Cookie: a=b", "/tech/"),
        ("/tech/\u00e9", "/tech/"),
        (f"/tech/{'a' * 500}", "/tech/"),
    ],
)
def test_the_page_to_return_to_is_one_of_the_app(to: str, there: str) -> None:
    assert return_path(App.TECH, to) == there


STRONG = replace(ACME, acr_values=("2", "urn:acme:strong"), amr_values=("mfa", "hwk"))


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({}, "acr"),
        ({"acr": "1", "amr": ["mfa"]}, "acr"),
        ({"acr": 2, "amr": ["mfa"]}, "acr"),
        ({"acr": ["2"], "amr": ["mfa"]}, "acr"),
        ({"acr": "2"}, "amr"),
        ({"acr": "2", "amr": ["pwd"]}, "amr"),
        ({"acr": "2", "amr": "mfa"}, "amr"),
        ({"acr": "2", "amr": [["mfa"], {}, None]}, "amr"),
    ],
)
def test_a_weaker_sign_in_than_the_desk_demands_is_refused(claims: dict[str, Any], detail: str) -> None:  # spec 10.1
    with pytest.raises(SignInFailed) as failed:
        must_be_strong(STRONG, claims)
    assert (failed.value.why, failed.value.detail) == (Why.TOO_WEAK, detail)


def test_a_sign_in_is_as_strong_as_the_desk_demands() -> None:  # spec 10.1
    must_be_strong(STRONG, {"acr": "urn:acme:strong", "amr": ["pwd", "mfa"]})
    must_be_strong(replace(STRONG, acr_values=()), {"amr": shape_of("okta")["claims"]["amr"]})
    must_be_strong(ACME, {})
