"""Converts moments for stores, tokens, protos and JSON.

Stores and tokens have milliseconds since 1970 UTC, because all stores compare and update integers in the same way. Every datetime is
aware and is truncated to milliseconds.
"""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def whole_ms(at: datetime) -> datetime:
    """`at`, truncated to milliseconds."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def to_ms(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND


def to_seconds(at: datetime) -> int:
    """Whole seconds since 1970 UTC, as tokens and headers have them."""
    return to_ms(at) // 1000


def from_ms(milliseconds: int) -> datetime:
    """Raises OverflowError outside the years 1 to 9999."""
    return EPOCH + milliseconds * MILLISECOND


def to_proto(at: datetime) -> Timestamp:
    """Keeps microseconds."""
    since = at - EPOCH
    # Takes a third of the time of FromDatetime.
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def to_proto_or_none(at: datetime | None) -> Timestamp | None:
    """None leaves a proto field unset."""
    return None if at is None else to_proto(at)


def from_proto(stamp: Timestamp) -> datetime:
    """Truncates to milliseconds. Raises OverflowError outside the years 1 to 9999, ValueError for nanoseconds outside a second."""
    return from_ms(stamp.ToMilliseconds())


def to_json(at: datetime) -> str:
    """RFC 3339 with milliseconds, like a Timestamp in proto JSON; `at` is UTC."""
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def second_to_json(seconds: int) -> str:
    """A second since 1970 UTC as in `to_json`, without fraction and Z. Raises OverflowError outside the years 1 to 9999."""
    return (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
