"""Turns the time of `Polls`, which decides whether something is at rest."""

import pytest

from servicekit import polls
from servicekit.polls import REST_AFTER


class Moment:
    """Stands in for the module `time` there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(polls, "time", self)

    def monotonic(self) -> float:
        return self.now

    def rest(self) -> None:
        """From now on everything rests that is not used again."""
        self.now += REST_AFTER
