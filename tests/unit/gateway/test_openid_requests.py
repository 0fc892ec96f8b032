"""What the directory gets of a sign-in at an identity provider (spec 10.1)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.metrics import Metrics
from services.gateway.domain.provider import KeptRefresh, Provider, RefreshMode, RunningSignIn, Why
from services.gateway.handlers.openid_sign_in import OpenIdSignIn, new_sign_in
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.outbound.sealed_cookie import SealedCookie
from services.gateway.outbound.sealed_token import MAX_TOKEN, SealedRefresh, SealedToken
from services.gateway.ports import Identified
from stack.keys import key_of
from tests.fakes.clock import TurnedClock
from tests.openid.made_tokens import ACME, claims_with


class Directory:
    def __init__(self) -> None:
        self.requests: list[pb.CreateSignInRequest] = []

    async def call(self, method: str, request: Any, by: Any = None) -> Any:
        assert method == "CreateSignIn"
        self.requests.append(request)
        return pb.CreateSignInResponse(secret="s", sign_in=pb.SignIn(id="i"))


class Asked:
    def __init__(self, refresh_token: str) -> None:
        self._refresh_token = refresh_token

    async def identify(self, provider: Provider, running: RunningSignIn, code: str, redirect_uri: str) -> Identified:
        return Identified(claims_with(email_verified=True), "the ID token", self._refresh_token)


class Browser:
    """A person who signs in at ACME, with changes."""

    def __init__(self, folder: Path, refresh_token: str = "the refresh token", **changed: Any) -> None:
        key, clock = key_of(folder, "gateway"), TurnedClock()
        self.directory, self.seal, self.cookie = Directory(), SealedRefresh(key), SealedCookie(key, clock)
        self.provider = replace(ACME, **changed)
        asked: Any = Asked(refresh_token)
        sign_ins = SignIns(self.directory, clock, trial=False)  # type: ignore[arg-type]
        providers, site = {"acme": self.provider}, "https://chat.example.com"
        self.handler = OpenIdSignIn(providers, asked, self.cookie, SealedToken(key), self.seal, sign_ins, site, Metrics("gateway"))

    async def returns(self) -> tuple[Why | None, str]:
        """Why the sign-in failed, and the nonce."""
        running = new_sign_in(self.provider, "")
        answer = {"state": running.state, "code": "c"}
        ended = await self.handler.finish(self.provider, self.cookie.seal(running), answer, "192.0.2.1", ["former"])
        return ended.why, running.nonce

    async def signs_in(self) -> tuple[pb.CreateSignInRequest, str]:
        """The request, and the nonce."""
        why, nonce = await self.returns()
        assert why is None
        (request,) = self.directory.requests
        return request, nonce


async def test_the_refresh_token_is_kept_encrypted_with_what_its_answer_must_match(tmp_path: Path) -> None:  # spec 10.1
    browser = Browser(tmp_path, refresh=RefreshMode.SESSION, refresh_minutes=10, lasts_hours=12)
    request, nonce = await browser.signs_in()

    assert (request.refresh.after_seconds, request.lasts_seconds) == (600, 12 * 3600)
    assert browser.seal.open(request.refresh.sealed_token) == KeptRefresh(token="the refresh token", subject="mia", nonce=nonce)
    assert "the refresh token" not in str(request)
    assert (request.address, list(request.replaces), request.sealed_id_token) == ("192.0.2.1", ["former"], "")


async def test_no_token_is_kept_by_default(tmp_path: Path) -> None:  # spec 10.1
    request, _ = await Browser(tmp_path).signs_in()
    assert (request.HasField("refresh"), request.lasts_seconds, request.sealed_id_token) == (False, 0, "")


async def test_the_directory_gets_nothing_of_a_sign_in_that_is_too_weak(tmp_path: Path) -> None:  # spec 10.1
    browser = Browser(tmp_path, amr_values=("mfa",))
    assert (await browser.returns())[0] is Why.TOO_WEAK
    assert browser.directory.requests == []


@pytest.mark.parametrize(("token", "detail"), [("", "not sent"), ("r" * (MAX_TOKEN + 1), "too long")])
async def test_a_person_without_a_refresh_token_is_signed_in_and_that_is_logged(tmp_path: Path, token: str, detail: str) -> None:
    with capture_logs() as logs:
        request, _ = await Browser(tmp_path, token, refresh=RefreshMode.OFFLINE).signs_in()
    assert not request.HasField("refresh")
    assert [(entry["event"], entry["detail"]) for entry in logs] == [("no_refresh_token", detail)]
