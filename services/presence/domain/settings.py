"""What a desk decides about presence (spec 1.3)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from services.presence.domain.errors import WrongArgument
from services.presence.domain.presence import Rules

# Seconds.
SHORTEST, LONGEST = 60, 3600


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """`away_after` is whole seconds."""

    away_after: int


def check(settings: DeskSettings) -> None:
    """Raises WrongArgument with the field as the proto names it."""
    if not SHORTEST <= settings.away_after <= LONGEST:
        raise WrongArgument(f"away_after is from {SHORTEST} to {LONGEST} seconds.", field="settings.away_after")


def desk_rules(rules: Rules, settings: DeskSettings) -> Rules:
    """The rules as they hold for this desk."""
    return replace(rules, away_after=timedelta(seconds=settings.away_after))
