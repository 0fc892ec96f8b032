"""Moments as the store keeps them: whole milliseconds since 1970, the one form that every store compares and updates alike."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def saved(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND


def moment(ms: int) -> datetime:
    return EPOCH + ms * MILLISECOND


def maybe_saved(at: datetime | None) -> int | None:
    return None if at is None else saved(at)


def maybe_moment(ms: int | None) -> datetime | None:
    return None if ms is None else moment(ms)
