"""A store that is away is weather: loops rest, go on, and tell of it once."""

import pytest
from structlog.testing import capture_logs

from servicekit import weather
from servicekit.errors import Unavailable
from servicekit.weather import outlast


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weather, "FIRST_REST", 0.01)


class Work:
    def __init__(self, *fates: Exception) -> None:
        self.fates = list(fates)

    async def __call__(self) -> str:
        if self.fates:
            raise self.fates.pop(0)
        return "done"


async def test_an_outage_is_outlasted_and_told_once() -> None:
    with capture_logs() as told:
        assert await outlast("sweep", Work(*[Unavailable("The store does not answer.")] * 4)) == "done"
    assert [(line["event"], line["what"], line["reason"]) for line in told] == [("put_off", "sweep", "unavailable")]


async def test_a_defect_is_no_weather() -> None:
    with pytest.raises(ZeroDivisionError):
        await outlast("sweep", Work(Unavailable("The store does not answer."), ZeroDivisionError()))
