"""Which pages may write, and which replica of chat gets which session."""

from collections import Counter

import pytest

from services.gateway.domain.origin import is_allowed
from services.gateway.domain.paths import Paths, ranked

REPLICAS = ["a:1", "b:1", "c:1"]


@pytest.mark.parametrize(
    "origin, host, allowed",
    [
        ("http://desk.example", "desk.example", True),
        ("https://DESK.example", "desk.example", True),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", False),
        ("https://evil.example", "desk.example", False),
        ("https://desk.example.evil.example", "desk.example", False),
        ("https://also.example", "desk.example", True),
        ("http://also.example", "desk.example", False),
        ("null", "desk.example", False),
        ("", "", False),
        ("file://", "", False),
        ("ftp://desk.example", "desk.example", False),
        ("http://desk.example/path", "desk.example", False),
        ("http://[bad", "desk.example", False),
    ],
)
def test_only_pages_of_this_origin_and_the_named_ones_may_write(origin: str, host: str, allowed: bool) -> None:  # spec 10.7
    assert is_allowed(origin, host, ["https://also.example/"]) is allowed


def test_sessions_spread_over_the_replicas_and_only_those_of_a_lost_one_move() -> None:
    sessions = [f"session-{number}" for number in range(600)]
    home = {session: ranked(session, REPLICAS)[0] for session in sessions}
    assert all(150 < count < 250 for count in Counter(home.values()).values())
    without = {session: ranked(session, ["a:1", "c:1"])[0] for session in sessions}
    assert all(without[session] == home[session] for session in sessions if home[session] != "b:1")


def test_a_session_keeps_its_path_until_everything_is_answered() -> None:  # spec 3.6
    down: set[str] = set()
    paths = Paths(REPLICAS, lambda replica: replica not in down)
    first = paths.take("s")
    down.add(first)
    assert paths.take("s") == first
    paths.release("s")
    assert paths.take("s") == first
    paths.release("s")
    paths.release("s")
    assert paths.take("s") != first


def test_who_only_reads_follows_the_path_and_holds_none() -> None:
    down: set[str] = set()
    paths = Paths(REPLICAS, lambda replica: replica not in down)
    first = paths.take("s")
    down.add(first)
    assert paths.of("s") == first
    paths.release("s")
    assert paths.of("s") != first
    down.clear()
    assert paths.of("s") == paths.take("s") == first


def test_with_every_replica_down_the_best_one_is_waited_for() -> None:
    paths = Paths(REPLICAS, lambda replica: False)
    assert paths.take("s") == ranked("s", REPLICAS)[0]
