"""What follows from a push service's answer, and when a push is tried again."""

from datetime import timedelta

import pytest

from services.notify.domain.push import Push, Verdict, attempt_of, ends_at, next_try_at
from tests.fakes.clock import START


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((200, 201, 202, 204), Verdict.ACCEPTED),
        ((404, 410), Verdict.GONE),
        ((429, 500, 502, 503, 599), Verdict.LATER),
        ((301, 302, 307, 308, 400, 401, 403, 405, 413), Verdict.REFUSED),
    ],
)
def test_an_answer_of_a_push_service_has_a_meaning(statuses: tuple[int, ...], verdict: Verdict) -> None:  # spec 5.8
    assert {attempt_of("h", status).verdict for status in statuses} == {verdict}


@pytest.mark.parametrize(
    ("tries", "wait", "ttl", "seconds"),
    [
        (0, 0, 90, 1),
        (1, 0, 90, 2),
        (2, 0, 90, 4),
        (6, 0, 90, 64),
        (7, 0, 90, None),
        (0, 30, 90, 30),
        (0, 0.2, 90, 1),
        (0, 90, 90, None),
        (0, 10**8, 7200, 3600),
        (5000, 0, 7200, 3600),
        (3, 0, 0, 8),
        (4, 0, 0, None),
    ],
)
def test_a_push_is_tried_again_until_its_time_to_live_ends(tries: int, wait: float, ttl: int, seconds: int | None) -> None:  # spec 5.8
    at = next_try_at(START, tries, wait, ends_at(START, ttl))
    assert at == (None if seconds is None else START + timedelta(seconds=seconds))


def test_the_topic_of_a_push_depends_on_its_tag_alone_and_has_32_safe_characters() -> None:  # spec 5.8
    topics = [Push(payload, "high", 60, tag).topic for payload in (b"a", b"b") for tag in ("s1", "s1", "ü" * 500)]
    assert topics[0] == topics[1] == topics[3] != topics[2]
    assert all(
        len(topic) == 32 and set(topic) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") for topic in topics
    )
