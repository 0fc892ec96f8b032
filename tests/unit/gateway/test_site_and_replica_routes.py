"""Which pages may write, and which replica of chat gets which session."""

from collections import Counter

import pytest

from services.gateway.domain.site import App, Site
from services.gateway.outbound.replica_routes import ReplicaRoutes, ranked

REPLICAS = ["a:1", "b:1", "c:1"]


@pytest.mark.parametrize(
    "origin, host, allowed",
    [
        ("http://desk.example", "desk.example", True),
        ("https://DESK.example", "desk.example", True),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://[::1]:8080", "[::1]:8080", True),
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
        ("http://desk.example:port", "desk.example", False),
        ("http://" + "a" * 60_000, "a" * 60_000, False),
    ],
)
def test_only_pages_of_this_origin_and_the_named_ones_may_write(origin: str, host: str, allowed: bool) -> None:  # spec 10.7
    assert Site("", ["https://also.example/"]).may_write(origin, host, "") is allowed


def test_a_page_of_plain_http_cannot_write_on_an_https_site() -> None:  # spec 10.7
    site = Site("", trust_proxy=True)
    assert site.may_write("https://desk.example", "desk.example", "https")
    assert not site.may_write("http://desk.example", "desk.example", "https")
    assert site.may_write("http://desk.example", "desk.example", "http")
    assert Site("").may_write("http://desk.example", "desk.example", "https"), "the header is not trusted without a public URL"


def test_with_a_public_url_the_host_header_is_ignored() -> None:  # spec 10.7
    site = Site("https://desk.example", ["https://also.example:8443"])
    assert [site.may_write(origin, "evil.example", "") for origin in ("https://desk.example", "https://desk.example:443")] == [True, True]
    assert site.may_write("https://also.example:8443", "evil.example", "")
    for origin in ("https://evil.example", "http://evil.example", "http://desk.example", "https://desk.example:8443"):
        assert not site.may_write(origin, origin.partition("://")[2], ""), origin


def test_with_a_public_url_only_its_own_host_is_served() -> None:  # spec 10.7
    site = Site("https://desk.example", ["https://also.example:8443"])
    assert all(site.serves(host) for host in ("desk.example", "DESK.example:443", "also.example:8443"))
    assert not any(site.serves(host) for host in ("", "evil.example", "desk.example:8443", "desk.example.", "x@desk.example", "a" * 60_000))
    assert Site("").serves("anything.example")


def test_a_cookie_of_https_cannot_be_set_by_another_host() -> None:  # spec 10.7
    assert {(app.cookie(True), app.cookie_path(True)) for app in App} == {("__Host-parley_tech", "/"), ("__Host-parley_portal", "/")}
    assert {(app.cookie(False), app.cookie_path(False)) for app in App} == {("parley_tech", "/tech"), ("parley_portal", "/portal")}


def test_sessions_are_spread_over_replicas_and_only_those_of_a_failed_one_move() -> None:
    sessions = [f"session-{number}" for number in range(600)]
    home = {session: ranked(session, REPLICAS)[0] for session in sessions}
    assert all(150 < count < 250 for count in Counter(home.values()).values())
    without = {session: ranked(session, ["a:1", "c:1"])[0] for session in sessions}
    assert all(without[session] == home[session] for session in sessions if home[session] != "b:1")


def test_a_session_keeps_its_replica_until_every_post_has_a_result() -> None:  # spec 3.6
    down: set[str] = set()
    paths = ReplicaRoutes(REPLICAS, lambda replica: replica not in down)
    first = paths.take("s")
    down.add(first)
    assert paths.take("s") == first
    paths.release("s")
    assert paths.take("s") == first
    paths.release("s")
    paths.release("s")
    assert paths.take("s") != first


def test_a_read_uses_the_replica_of_the_session_and_does_not_hold_it() -> None:
    down: set[str] = set()
    paths = ReplicaRoutes(REPLICAS, lambda replica: replica not in down)
    first = paths.take("s")
    down.add(first)
    assert paths.of("s") == first
    paths.release("s")
    assert paths.of("s") != first
    down.clear()
    assert paths.of("s") == paths.take("s") == first


def test_the_preferred_replica_is_chosen_when_every_replica_is_down() -> None:
    paths = ReplicaRoutes(REPLICAS, lambda replica: False)
    assert paths.take("s") == ranked("s", REPLICAS)[0]
