"""Moments as whole milliseconds since 1970, which every store and token keeps alike."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Raises OverflowError beyond the year 9999."""
    return EPOCH + milliseconds * MILLISECOND
