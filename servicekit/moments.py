"""Moments as stores, tokens and protos carry them.

Stores and tokens keep a moment as whole milliseconds since 1970 UTC, the one form that every store compares and updates alike.
Every datetime here is aware; what is finer than a millisecond is cut off.
"""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def whole_ms(at: datetime) -> datetime:
    """The same moment, cut to milliseconds."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def to_ms(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Raises OverflowError outside the years 1 to 9999."""
    return EPOCH + milliseconds * MILLISECOND


def to_ms_or_none(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def to_proto(at: datetime) -> Timestamp:
    """Keeps microseconds."""
    since = at - EPOCH
    # A third of the time that FromDatetime takes; each message needs two.
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def to_proto_or_none(at: datetime | None) -> Timestamp | None:
    """For a field that None leaves unset."""
    return None if at is None else to_proto(at)


def from_proto(stamp: Timestamp) -> datetime:
    """Whole milliseconds. Raises OverflowError outside the years 1 to 9999, ValueError for nanoseconds beyond a second."""
    return from_ms(stamp.ToMilliseconds())


def to_json(at: datetime) -> str:
    """RFC 3339 with milliseconds, as proto JSON writes a Timestamp; `at` is UTC."""
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
