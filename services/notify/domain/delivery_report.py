"""What a page or device reports of a delivery (spec 5.9). The first report of an outcome counts; a repeat changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.notify.domain.delivery import PUSH_PLACE, Delivery
from services.notify.domain.page import Channel


class Outcome(StrEnum):
    """What a page or device did with a notification."""

    RECEIVED = "received"
    SHOWN = "shown"
    SOUNDED = "sounded"
    SOUND_BLOCKED = "sound_blocked"
    FAILED = "failed"
    CLICKED = "clicked"


class DeliveryReport(NamedTuple):
    """`place` is the place that the notification named; empty from a page of an earlier version, which means the current place."""

    outcome: Outcome
    reason: str = ""
    place: str = ""


class UsualChange(NamedTuple):
    """A report in the usual order changes a delivery whose field `unset` is None; `received`: and whose `received_at` is not."""

    unset: str
    received: bool
    values: Mapping[str, datetime | str | None]


def reported(delivery: Delivery, report: DeliveryReport, now: datetime) -> Delivery:
    """With the report. One of the current place confirms the delivery as well."""
    if report.place and report.place != delivery.place:
        return _of_lost_place(delivery, report, now)
    after = replace(delivery, received_at=delivery.received_at or now, confirm_at=None)
    if after.on_page:
        after = replace(after, sent_at=after.sent_at or now)
    if report.outcome is Outcome.CLICKED or (report.place != PUSH_PLACE and report.outcome not in _FAILURES):
        # The person has reacted, or a page of an earlier version confirms late: a push that is tried again would be a second notification.
        # A browser that shows a push ends no attempts for the person's other browsers.
        after = replace(after, push_at=None)
    return _with_outcome(after, report, now)


def usual_change(report: DeliveryReport, now: datetime) -> UsualChange | None:
    """What the report changes of a delivery on a page that reports in the usual order; None for what needs a decision."""
    match report.outcome:
        case Outcome.RECEIVED:
            return UsualChange("received_at", False, {"received_at": now, "confirm_at": None})
        case Outcome.SHOWN:
            return UsualChange("shown_at", True, {"shown_at": now})
        case Outcome.SOUNDED:
            return UsualChange("sounded_at", True, {"sounded_at": now})
        case Outcome.CLICKED:
            return UsualChange("clicked_at", True, {"clicked_at": now, "action": report.reason})
    return None


_FAILURES = frozenset({Outcome.SOUND_BLOCKED, Outcome.FAILED})


def _of_lost_place(delivery: Delivery, report: DeliveryReport, now: datetime) -> Delivery:
    """A page that confirmed too late. What it could not do does not count against the current place, nor does it confirm that one."""
    if report.outcome in _FAILURES:
        return delivery
    after = _with_outcome(delivery, report, now)
    if report.outcome is Outcome.CLICKED or delivery.push_at is not None:
        # The person has reacted, or the page does what a push would only do again.
        after = replace(after, received_at=after.received_at or now, confirm_at=None, push_at=None)
    return after


def _with_outcome(delivery: Delivery, report: DeliveryReport, now: datetime) -> Delivery:
    reason = report.reason
    match report.outcome:
        case Outcome.RECEIVED:
            return delivery
        case Outcome.SHOWN:
            return replace(delivery, shown_at=delivery.shown_at or now)
        case Outcome.SOUNDED:
            return replace(delivery, sounded_at=delivery.sounded_at or now)
        case Outcome.SOUND_BLOCKED:
            return delivery if delivery.blocked_at else replace(delivery, blocked_at=now, failure=reason)
        case Outcome.FAILED if delivery.channel is Channel.WEB_PUSH:
            return delivery if delivery.failed_at else replace(delivery, failed_at=now, failure=reason)
        case Outcome.FAILED:
            return delivery if delivery.not_shown_at else replace(delivery, not_shown_at=now, failure=reason)
        case Outcome.CLICKED:
            return delivery if delivery.clicked_at else replace(delivery, clicked_at=now, action=reason)
