"""A gateway refreshes the sign-ins that the directory gives it (spec 10.1)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.errors import Kind, TypedError, Unavailable
from servicekit.metrics import Metrics
from servicekit.moments import to_proto
from services.gateway.domain.provider import KeptRefresh, Provider, RefreshMode, SignInFailed, SignInOver, Why
from services.gateway.handlers.sign_in_refreshes import AT_ONCE, KEEP_TELLING, PAUSE, SignInRefreshes
from services.gateway.outbound.sealed_token import MAX_TOKEN, SealedRefresh
from services.tickets.domain.refresh import TAKEN_FOR
from stack.keys import key_of
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until
from tests.openid.made_tokens import ACME

KEPT = KeptRefresh(token="refresh 1", subject="mia", nonce="n")
PROVIDER = replace(ACME, refresh=RefreshMode.SESSION, refresh_minutes=30)


class Directory:
    """`fails`: the next calls of FinishRefresh fail."""

    def __init__(self) -> None:
        self.due: list[pb.DueRefresh] = []
        self.finished: list[pb.FinishRefreshRequest] = []
        self.fails: list[TypedError] = []

    async def call(self, method: str, request: Any, by: Any = None) -> Any:
        if method == "TakeDueRefreshes":
            taken, self.due = self.due[: request.limit], self.due[request.limit :]
            return pb.TakeDueRefreshesResponse(refreshes=taken)
        assert method == "FinishRefresh"
        if self.fails:
            raise self.fails.pop()
        self.finished.append(request)
        return pb.FinishRefreshResponse(counted=True)


class Asked:
    """Answers as `answer` does."""

    def __init__(self) -> None:
        self.asked: list[KeptRefresh] = []
        self.answer: Callable[[KeptRefresh], KeptRefresh] = lambda kept: replace(kept, token="refresh 2")
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def refresh(self, provider: Provider, kept: KeptRefresh) -> KeptRefresh:
        self.asked.append(kept)
        await self.may_answer.wait()
        return self.answer(kept)


class Gateway:
    def __init__(self, folder: Path) -> None:
        self.clock, self.directory, self.asked, self.metrics = TurnedClock(), Directory(), Asked(), Metrics("gateway")
        self.seal = SealedRefresh(key_of(folder, "gateway"))
        providers = {"acme": PROVIDER, "off": replace(ACME, id="off")}
        self.refreshes = SignInRefreshes(providers, self.asked, self.seal, self.directory, self.clock, self.metrics)  # type: ignore[arg-type]

    def due(self, id: str = "s1", method: str = PROVIDER.method, sealed: str = "") -> None:
        taken = to_proto(self.clock.now() + TAKEN_FOR)
        self.directory.due.append(
            pb.DueRefresh(sign_in_id=id, method=method, sealed_token=sealed or self.seal.seal(KEPT), taken_until=taken)
        )

    def counted(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("parley_gateway_sign_in_refreshes_total", {"outcome": outcome}) or 0


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path)


def failing(error: Exception) -> Callable[[KeptRefresh], KeptRefresh]:
    def answer(kept: KeptRefresh) -> KeptRefresh:
        raise error

    return answer


async def test_the_directory_gets_the_new_token_encrypted(gateway: Gateway) -> None:  # spec 10.1
    gateway.due()
    with capture_logs() as logs:
        assert await gateway.refreshes.once() == 1

    assert gateway.asked.asked == [KEPT]
    (finished,) = gateway.directory.finished
    assert (finished.sign_in_id, finished.outcome) == ("s1", pb.REFRESH_OUTCOME_REFRESHED)
    assert finished.refresh.after_seconds == 1800
    assert gateway.seal.open(finished.refresh.sealed_token) == replace(KEPT, token="refresh 2")
    assert gateway.counted("refreshed") == 1
    assert "refresh 2" not in f"{finished}{logs}"


@pytest.mark.parametrize(
    ("error", "outcome", "counted"),
    [
        (SignInOver("invalid_grant"), pb.REFRESH_OUTCOME_REFUSED, "refused"),
        (SignInFailed(Why.PROVIDER_DOWN, "status 503"), pb.REFRESH_OUTCOME_FAILED, "failed"),
        (TimeoutError(), pb.REFRESH_OUTCOME_FAILED, "failed"),
    ],
)
async def test_the_directory_gets_the_outcome(gateway: Gateway, error: Exception, outcome: int, counted: str) -> None:  # spec 10.1
    gateway.due()
    gateway.asked.answer = failing(error)
    with capture_logs() as logs:
        await gateway.refreshes.once()

    (finished,) = gateway.directory.finished
    assert (finished.outcome, finished.HasField("refresh"), gateway.counted(counted)) == (outcome, False, 1)
    assert KEPT.token not in str(logs) and KEPT.subject not in str(logs)


async def test_a_new_token_that_cannot_be_kept_ends_the_sign_in(gateway: Gateway) -> None:
    gateway.due()
    gateway.asked.answer = lambda kept: replace(kept, token="r" * MAX_TOKEN)
    await gateway.refreshes.once()
    assert [finished.outcome for finished in gateway.directory.finished] == [pb.REFRESH_OUTCOME_REFUSED]


@pytest.mark.parametrize("method", ["openid:off", "openid:gone"])
async def test_a_provider_that_is_not_refreshed_any_more_is_not_asked(gateway: Gateway, method: str) -> None:
    gateway.due(method=method)
    await gateway.refreshes.once()
    assert [finished.outcome for finished in gateway.directory.finished] == [pb.REFRESH_OUTCOME_FAILED]
    assert gateway.asked.asked == []


async def test_a_token_that_another_key_encrypted_is_not_used(gateway: Gateway, tmp_path: Path) -> None:
    gateway.due(sealed=SealedRefresh(key_of(tmp_path / "other", "gateway")).seal(KEPT))
    await gateway.refreshes.once()
    assert [finished.outcome for finished in gateway.directory.finished] == [pb.REFRESH_OUTCOME_FAILED]
    assert gateway.asked.asked == []


async def test_a_provider_that_is_down_is_not_asked_for_each_sign_in(gateway: Gateway) -> None:  # spec 10.9
    gateway.asked.answer = failing(SignInFailed(Why.PROVIDER_DOWN, "down"))
    for number in range(3):
        gateway.due(str(number))
        await gateway.refreshes.once()
    assert len(gateway.asked.asked) == 1
    # The other two were not tried.
    assert [finished.sign_in_id for finished in gateway.directory.finished] == ["0"]
    assert gateway.counted("failed") == 1

    gateway.clock.set_forward(PAUSE.total_seconds())
    gateway.due()
    await gateway.refreshes.once()
    assert len(gateway.asked.asked) == 2


async def test_at_most_so_many_are_refreshed_at_a_time(gateway: Gateway) -> None:  # spec 10.9
    for number in range(AT_ONCE + 1):
        gateway.due(str(number))
    assert [await gateway.refreshes.once(), await gateway.refreshes.once()] == [AT_ONCE, 1]


async def test_a_new_token_is_kept_though_the_directory_is_away_for_minutes(gateway: Gateway) -> None:  # spec 10.1
    gateway.directory.fails = [Unavailable("tickets does not answer")] * 2
    gateway.due()
    gateway.clock.set_forward((TAKEN_FOR + KEEP_TELLING).total_seconds() - 1)
    await gateway.refreshes.once()
    assert [finished.outcome for finished in gateway.directory.finished] == [pb.REFRESH_OUTCOME_REFRESHED]


@pytest.mark.parametrize(
    ("late", "stops", "error"),
    [
        (KEEP_TELLING, False, Unavailable("tickets does not answer")),
        (timedelta(0), True, Unavailable("tickets does not answer")),
        (timedelta(0), False, TypedError.of(Kind.INVALID_ARGUMENT, "invalid", "never")),
    ],
)
async def test_an_outcome_is_given_up_in_the_end(gateway: Gateway, late: timedelta, stops: bool, error: TypedError) -> None:
    gateway.directory.fails = [error] * 2
    gateway.due()
    gateway.clock.set_forward((TAKEN_FOR + late).total_seconds())
    if stops:
        await gateway.refreshes.stop()
    with capture_logs() as logs:
        await gateway.refreshes.once()
    assert gateway.directory.finished == []
    assert [entry["event"] for entry in logs] == ["sign_in_refresh_lost"]


async def test_a_gateway_that_stops_keeps_the_tokens_of_running_refreshes(gateway: Gateway) -> None:  # spec 10.1
    gateway.asked.may_answer.clear()
    gateway.due()
    loop = asyncio.create_task(gateway.refreshes.run())
    await until(lambda: bool(gateway.asked.asked))

    loop.cancel()
    stopping = asyncio.create_task(gateway.refreshes.stop())
    gateway.asked.may_answer.set()
    await stopping

    assert [finished.outcome for finished in gateway.directory.finished] == [pb.REFRESH_OUTCOME_REFRESHED]
