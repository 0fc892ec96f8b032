"""Token buckets (spec 10.4): a table of cases, and properties of any sequence of requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.limits import Limit, Rate, RateLimits, TokenBuckets, address_key, rate_from

# rate, times of the requests, and the wait of each: 0 = allowed
TABLE: list[tuple[str, list[float], list[float]]] = [
    ("3/30", [0, 0, 0, 0], [0, 0, 0, 10]),
    ("3/30", [0, 0, 0, 4, 9.5, 10, 10], [0, 0, 0, 6, 0.5, 0, 10]),
    ("3/30", [0, 0, 0, 1000, 1000, 1000, 1000], [0, 0, 0, 0, 0, 0, 10]),
    ("1/1", [0, 0.4, 1, 1.9, 2], [0, 0.6, 0, 0.1, 0]),
    ("10/1", [0] * 11, [0] * 10 + [0.1]),
]


@pytest.mark.parametrize(("rate", "times", "waits"), TABLE)
def test_a_bucket_allows_its_rate(rate: str, times: list[float], waits: list[float]) -> None:  # spec 10.4
    buckets = TokenBuckets(rate_from(rate))
    assert [buckets.take("mia", now) for now in times] == pytest.approx(waits)
    assert buckets.take("leo", times[-1]) == 0


@given(st.integers(1, 20), st.integers(1, 60), st.lists(st.floats(0, 5), max_size=200))
def test_no_window_has_more_than_the_count_and_the_refill(count: int, seconds: int, pauses: list[float]) -> None:  # spec 10.4
    buckets, now = TokenBuckets(Rate(count, seconds)), 0.0
    allowed: list[float] = []
    for pause in pauses:
        now += pause
        wait = buckets.take("mia", now)
        if wait:
            # A token is available after that wait.
            assert buckets.wait("mia", now + wait) == 0
        else:
            allowed.append(now)
    for at, first in enumerate(allowed):
        for many, last in enumerate(allowed[at:], start=1):
            assert many <= count + (last - first) * count / seconds + 1e-3


def test_the_table_keeps_the_newest_keys_and_no_more() -> None:
    buckets = TokenBuckets(Rate(1, 10), most=100)
    for number in range(1000):
        buckets.take(f"p{number}", 0)
        buckets.take("p0", 0)
    assert len(buckets) == 100


def test_person_and_address_have_separate_limits_and_a_refusal_uses_neither() -> None:  # spec 10.4
    limits = RateLimits({Limit.MESSAGES: Rate(2, 20), Limit.SIGN_IN: Rate(2, 20)}, people_per_address=2)
    asked = [limits.take(Limit.MESSAGES, 0, person="mia", address="office") for _ in range(3)]
    assert asked == [0, 0, 10]
    assert [limits.take(Limit.MESSAGES, 0, person="leo", address="office") for _ in range(3)] == [0, 0, 10]
    # The address has no tokens left, although this person sent no request yet; from another address they may.
    assert limits.take(Limit.MESSAGES, 0, person="zoe", address="office") == 5
    assert limits.take(Limit.MESSAGES, 0, person="zoe", address="home") == 0
    # Sign-ins are limited only by address, with a lower limit than the number of people.
    assert [limits.take(Limit.SIGN_IN, 0, address="office") for _ in range(3)] == [0, 0, 10]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "20010db800010002"),
        ("2001:db8:1:2:bbbb:cccc:dddd:eeee", "20010db800010002"),
        ("fe80::1%eth0", "fe80000000000000"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("no:address", "no:address"),
        ("x" * 1000, "x" * 64),
        ("", ""),
    ],
)
def test_an_ipv6_subscriber_is_one_address(address: str, key: str) -> None:  # spec 10.4
    assert address_key(address) == key
