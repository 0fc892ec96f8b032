"""What follows a try to deliver an event: the next event, a retry after a back-off, a pause, or a dead event (spec 5.13)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from services.notify.domain.webhook import EventState, Webhook, WebhookEvent

# The wait after each failure in a row; the last one repeats.
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
MAX_RETRY_AFTER = timedelta(hours=1)
# After this number of failures in a row each further try waits for PAUSE.
FAILURES_BEFORE_PAUSE = 10
PAUSE = timedelta(minutes=30)
# An event that fails for so long is dead.
DEAD_AFTER = timedelta(hours=24)
GONE = 410
MAX_WAITING = 10_000
TOO_MANY = f"More than {MAX_WAITING:,} events waited for this endpoint"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a try led to. `failure` is empty when the endpoint accepted the event; `status` is 0 without an answer."""

    status: int = 0
    failure: str = ""
    retry_after: timedelta = timedelta(0)


def answer_of(status: int, retry_after: str, now: datetime) -> Answer:
    """The meaning of an HTTP status, with the header Retry-After or ""."""
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        return Answer(status, f"It redirects (status {status}); redirects are not followed")
    return Answer(status, f"Status {status}", _wait_in(retry_after, now))


def after_try(webhook: Webhook, event: WebhookEvent, answer: Answer, at: datetime) -> tuple[Webhook, WebhookEvent]:
    tried = replace(event, tries=event.tries + 1, tried_at=at, status=answer.status, failure=answer.failure, next_try_at=None)
    if not answer.failure:
        accepted = replace(webhook, failures=0, delivered_at=at, not_before=at, paused_until=None)
        return accepted, replace(tried, state=EventState.DELIVERED, ended_at=at)
    failures = webhook.failures + 1
    paused = failures >= FAILURES_BEFORE_PAUSE
    wait = PAUSE if paused else BACK_OFF[min(failures, len(BACK_OFF)) - 1]
    then = at + max(wait, min(answer.retry_after, MAX_RETRY_AFTER))
    failed = replace(
        webhook, failures=failures, failed_at=at, failure=answer.failure, not_before=then, paused_until=then if paused else None
    )
    since = event.failing_since or at
    if answer.status == GONE or at - since >= DEAD_AFTER:
        return failed, replace(tried, state=EventState.DEAD, ended_at=at, failing_since=since)
    return failed, replace(tried, failing_since=since, next_try_at=then)


def resumed(webhook: Webhook, at: datetime) -> Webhook:
    """Without a pause or back-off."""
    return replace(webhook, failures=0, not_before=at, paused_until=None)


def _wait_in(retry_after: str, now: datetime) -> timedelta:
    """Seconds or a date; none for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=int(retry_after[:9])), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return timedelta(0)
    return max(timedelta(0), (date if date.tzinfo else date.replace(tzinfo=UTC)) - now)
