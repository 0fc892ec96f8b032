"""What a desk sets of its people's presence (spec 1.3)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from services.presence.domain.errors import WrongArgument
from services.presence.domain.presence import Rules

# Seconds.
MIN_AWAY_AFTER, MAX_AWAY_AFTER = 60, 3600


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """`away_after` is whole seconds."""

    away_after: int

    def check(self) -> None:
        """Raises WrongArgument with the field as the proto names it."""
        if not MIN_AWAY_AFTER <= self.away_after <= MAX_AWAY_AFTER:
            message = f"away_after is from {MIN_AWAY_AFTER} to {MAX_AWAY_AFTER} seconds."
            raise WrongArgument(message, field="settings.away_after")

    def applied_to(self, rules: Rules) -> Rules:
        return replace(rules, away_after=timedelta(seconds=self.away_after))
