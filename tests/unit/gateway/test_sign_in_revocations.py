"""A gateway revokes refresh tokens of ended sign-ins in the background (spec 10.1)."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from servicekit.metrics import Metrics
from services.gateway.domain.provider import KeptRefresh, NoAnswer, Provider, SignInFailed, Why
from services.gateway.handlers import sign_in_revocations
from services.gateway.handlers.sign_in_revocations import TRIES, SignInRevocations
from services.gateway.outbound.sealed_token import SealedRefresh
from stack.keys import key_of
from tests.openid.made_tokens import ACME

KEPT = KeptRefresh(token="refresh 1", subject="mia", nonce="n")


class Asked:
    """Answers as `answer` does, once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[], bool] = lambda: True
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def revoke(self, provider: Provider, kept: KeptRefresh) -> bool:
        self.asked.append(kept.token)
        await self.may_answer.wait()
        return self.answer()


class Gateway:
    def __init__(self, folder: Path) -> None:
        self.asked, self.metrics, self.seal = Asked(), Metrics("gateway"), SealedRefresh(key_of(folder, "gateway"))
        self.revocations = SignInRevocations({"acme": ACME}, self.asked, self.seal, self.metrics)  # type: ignore[arg-type]

    def begin(self, method: str = ACME.method, sealed: str = "") -> None:
        self.revocations.begin(method, sealed or self.seal.seal(KEPT))

    def counted(self) -> dict[str, float]:
        name, value = "parley_gateway_sign_in_revocations_total", self.metrics.registry.get_sample_value
        found = {outcome: value(name, {"outcome": outcome}) for outcome in ("revoked", "not_offered", "failed")}
        return {outcome: count for outcome, count in found.items() if count}


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path)


def down() -> bool:
    raise NoAnswer("no answer within 5 s")


def refused() -> bool:
    raise SignInFailed(Why.PROVIDER_REFUSED, "status 401 to the revocation")


@pytest.mark.parametrize(
    ("answer", "asked", "outcome"),
    [(lambda: True, 1, "revoked"), (lambda: False, 1, "not_offered"), (down, TRIES, "failed"), (refused, 1, "failed")],
)
async def test_each_token_is_counted_once(gateway: Gateway, answer: Callable[[], bool], asked: int, outcome: str) -> None:  # spec 10.1
    gateway.asked.answer = answer
    with capture_logs() as logs:
        gateway.begin()
        await gateway.revocations.stop()
    assert (len(gateway.asked.asked), gateway.counted()) == (asked, {outcome: 1})
    assert [entry["event"] for entry in logs] == (["sign_in_revocation_failed"] if outcome == "failed" else [])
    assert KEPT.token not in str(logs)


async def test_a_provider_that_is_back_revokes_after_all(gateway: Gateway) -> None:  # spec 10.1
    answers: Iterator[Callable[[], bool]] = iter([down, lambda: True])
    gateway.asked.answer = lambda: next(answers)()
    gateway.begin()
    await gateway.revocations.stop()
    assert gateway.counted() == {"revoked": 1}


async def test_a_revocation_that_hangs_ends_and_more_than_the_most_are_not_begun(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.1, 10.9
    monkeypatch.setattr(sign_in_revocations, "WITHIN_SECONDS", 0.05)
    monkeypatch.setattr(sign_in_revocations, "MOST", 2)
    gateway.asked.may_answer.clear()
    for _ in range(3):
        gateway.begin()
    assert gateway.counted() == {"failed": 1}
    await gateway.revocations.stop()
    assert len(gateway.asked.asked) == 2 and gateway.counted() == {"failed": 3}

    gateway.asked.may_answer.set()
    gateway.begin()
    await gateway.revocations.stop()
    assert gateway.counted() == {"failed": 3, "revoked": 1}


async def test_a_token_of_another_configuration_or_key_is_a_failure(gateway: Gateway) -> None:  # spec 10.1
    gateway.begin(method="openid:gone")
    gateway.begin(sealed="sealed with another key")
    await gateway.revocations.stop()
    assert gateway.asked.asked == [] and gateway.counted() == {"failed": 2}
