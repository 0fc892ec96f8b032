"""What is kept of a running sign-in and of a provider, and for how long (spec 10.1)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.gateway.domain.provider import LASTS, KeptRefresh, SignInFailed, Why
from services.gateway.handlers.openid_sign_in import new_sign_in
from services.gateway.inbound.openid_api import MAX_COOKIE
from services.gateway.outbound.fetched import FRESH_FOR, PAUSE, STALE_FOR, Fetched
from services.gateway.outbound.sealed_cookie import SealedCookie
from services.gateway.outbound.sealed_token import MAX_TOKEN, REFRESH_PURPOSE, SealedRefresh, SealedToken
from services.tickets.domain.refresh import MAX_SEALED
from stack.keys import key_of
from tests.fakes.clock import TurnedClock
from tests.openid.made_tokens import ACME


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def test_every_replica_opens_the_cookie_until_it_expires(tmp_path: Path, clock: TurnedClock) -> None:
    running = new_sign_in(ACME, f"/portal/{'a' * 490}")
    one, other = (SealedCookie(key_of(tmp_path, "gateway"), clock) for _ in range(2))
    sealed = one.seal(running)

    assert other.open(sealed) == running
    assert len(sealed) < MAX_COOKIE
    assert not any(value in sealed for value in (running.state, running.nonce, running.verifier))
    clock.set_forward(LASTS.total_seconds() + 1)
    with pytest.raises(SignInFailed) as failed:
        other.open(sealed)
    assert failed.value.why is Why.EXPIRED


def test_a_cookie_that_was_not_sealed_here_is_none(tmp_path: Path, clock: TurnedClock) -> None:
    cookie = SealedCookie(key_of(tmp_path / "one", "gateway"), clock)
    foreign = SealedCookie(key_of(tmp_path / "other", "gateway"), clock).seal(new_sign_in(ACME, ""))
    own = cookie.seal(new_sign_in(ACME, ""))
    for text in ("", "x", "\u00e9", foreign, own[:-4], own[:20] + "A" + own[21:]):
        with pytest.raises(SignInFailed):
            cookie.open(text)


def test_an_id_token_is_opened_by_every_replica_and_with_no_other_key(tmp_path: Path, clock: TurnedClock) -> None:  # spec 10.1
    token = "t" * MAX_TOKEN
    key = key_of(tmp_path / "one", "gateway")
    sealed = SealedToken(key).seal(token)

    assert SealedToken(key).open(sealed) == token
    assert token not in sealed and len(sealed) <= MAX_SEALED
    assert SealedToken(key).seal(f"{token}t") == ""
    foreign = SealedToken(key_of(tmp_path / "other", "gateway")).seal(token)
    for text in ("", "x", "\u00e9", foreign, SealedCookie(key, clock).seal(new_sign_in(ACME, "")), sealed[:-4]):
        assert SealedToken(key).open(text) == ""


def test_what_a_refresh_needs_is_opened_with_the_same_key_alone(tmp_path: Path) -> None:  # spec 10.1
    kept = KeptRefresh(token="r" * 4_000, subject="mia", nonce="n")
    key = key_of(tmp_path / "one", "gateway")
    sealed = SealedRefresh(key).seal(kept)

    assert SealedRefresh(key).open(sealed) == kept
    assert kept.token not in sealed and len(sealed) <= MAX_SEALED
    assert SealedRefresh(key).seal(replace(kept, token="r" * MAX_TOKEN)) == ""
    other_fields = SealedToken(key, REFRESH_PURPOSE).seal('{"token":"r","subject":7,"nonce":"n"}')
    for text in (
        "",
        other_fields,
        sealed[:-4],
        SealedToken(key).seal("{}"),
        SealedRefresh(key_of(tmp_path / "other", "gateway")).seal(kept),
    ):
        assert SealedRefresh(key).open(text) is None


class Source:
    """Counts the fetches. With `down` they fail."""

    def __init__(self) -> None:
        self.fetches, self.down = 0, False
        self.failures: list[SignInFailed] = []

    async def fetch(self) -> str:
        self.fetches += 1
        if self.down:
            raise SignInFailed(Why.PROVIDER_DOWN, "down")
        return f"value {self.fetches}"


async def test_a_value_is_fetched_again_when_it_is_old(clock: TurnedClock) -> None:
    source = Source()
    fetched = Fetched(source.fetch, clock, source.failures.append)
    assert [await fetched.get(), await fetched.get()] == ["value 1", "value 1"]
    clock.set_forward(FRESH_FOR.total_seconds())
    assert await fetched.get() == "value 2"


async def test_an_old_value_is_used_for_a_day_while_the_provider_is_down(clock: TurnedClock) -> None:
    source = Source()
    fetched = Fetched(source.fetch, clock, source.failures.append)
    await fetched.get()
    source.down = True
    clock.set_forward((STALE_FOR - timedelta(seconds=1)).total_seconds())
    assert await fetched.get() == "value 1"
    clock.set_forward(PAUSE.total_seconds())
    with pytest.raises(SignInFailed):
        await fetched.get()
    assert len(source.failures) == 2
    source.down = False
    clock.set_forward(PAUSE.total_seconds())
    assert await fetched.get() == "value 4"


async def test_strangers_cause_one_fetch_within_a_pause(clock: TurnedClock) -> None:  # spec 10.9
    source = Source()
    fetched = Fetched(source.fetch, clock, source.failures.append)
    first = await fetched.get()
    for _ in range(5):
        assert await fetched.get(other_than=first) == first
    assert source.fetches == 1
    clock.set_forward(PAUSE.total_seconds())
    assert await fetched.get(other_than=first) == "value 2"

    source.down = True
    clock.set_forward(STALE_FOR.total_seconds())
    for _ in range(5):
        with pytest.raises(SignInFailed):
            await fetched.get()
    assert source.fetches == 3
