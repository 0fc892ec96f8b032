"""Times round-trip through stores and protos to the millisecond."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from servicekit.moments import (
    from_ms,
    from_proto,
    to_json,
    to_ms,
    to_proto,
    to_proto_or_none,
    whole_ms,
)

MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(MOMENTS)
def test_a_time_round_trips_to_the_millisecond(at: datetime) -> None:
    whole = at - timedelta(microseconds=at.microsecond % 1000)

    assert from_ms(to_ms(at)) == from_proto(to_proto(at)) == whole_ms(at) == whole
    assert to_proto(at).ToDatetime(UTC) == at


def test_milliseconds_count_from_1970_in_utc() -> None:
    assert to_ms(datetime(1970, 1, 1, 1, 0, 0, 1_999, tzinfo=timezone(timedelta(hours=1)))) == 1
    assert from_ms(-1) == datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


@given(MOMENTS)
def test_json_writes_a_moment_as_proto_json_does(at: datetime) -> None:
    assert datetime.fromisoformat(to_json(at)) == from_ms(to_ms(at))


def test_none_stays_none() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)

    assert (to_proto_or_none(None), to_proto_or_none(at)) == (None, to_proto(at))


@pytest.mark.parametrize("stamp", [Timestamp(seconds=10**12), Timestamp(seconds=-(10**12)), Timestamp(nanos=-1)])
def test_an_invalid_timestamp_is_refused(stamp: Timestamp) -> None:
    with pytest.raises((OverflowError, ValueError)):
        from_proto(stamp)
