"""When a waiting chat repeats its sound and notification (spec 5.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.domain.errors import WrongArgument

# Seconds.
MIN_PAUSE, MAX_PAUSE, MAX_UNTIL = 5, 600, 3600


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Whole seconds from the start of the wait. With `until` before `first` nothing is repeated."""

    first: int = 20
    every: int = 10
    until: int = 90

    def check(self) -> None:
        """Raises WrongArgument with the field as the proto names it."""
        for field, seconds in (("first", self.first), ("every", self.every)):
            if not MIN_PAUSE <= seconds <= MAX_PAUSE:
                raise WrongArgument(f"{field} is from {MIN_PAUSE} to {MAX_PAUSE} seconds.", field=f"settings.{field}")
        if not 0 <= self.until <= MAX_UNTIL:
            raise WrongArgument(f"until is from 0 to {MAX_UNTIL} seconds.", field="settings.until")


def next_repetition(waiting_since: datetime, after: datetime, settings: AlertSettings) -> datetime | None:
    """The first repetition later than `after`; None when the last one has passed. Repetitions that were missed are left out."""
    first, every = timedelta(seconds=settings.first), timedelta(seconds=settings.every)
    passed = (after - waiting_since - first) // every + 1
    due = first + max(0, passed) * every
    return waiting_since + due if due <= timedelta(seconds=settings.until) else None
