"""Keys and a clock for tests of identity and calls."""

from pathlib import Path

import pytest

from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from stack.keys import key_of
from tests.fakes.clock import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def gateway(keys: Path, clock: TurnedClock) -> TokenSigner:
    return TokenSigner(key_of(keys, "gateway"), clock)


@pytest.fixture
def verifier(keys: Path, clock: TurnedClock) -> TokenVerifier:
    keys.mkdir(exist_ok=True)
    return TokenVerifier(keys, clock)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("test")
