"""The record of one notification to one person, from asking to the click (spec 5.9).

Only the functions here change a Delivery. Each returns the new one; a repeat returns the same one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.notify.domain.decision import Fact
from services.notify.domain.notification import Content, Kind
from services.notify.domain.page import Channel
from services.notify.domain.placement import Placement

CONFIRMED_WITHIN = timedelta(seconds=2)
# How long a push service keeps a notification for a device that is off. An alert or a push chat is soon over.
SOON_OVER, LASTING = timedelta(minutes=5), timedelta(hours=4)
NOWHERE = "There was no place for it."
NOT_CONFIRMED = "No page confirmed it."
WITHDRAWN = "The alert ended before a page confirmed it."


class Outcome(StrEnum):
    """What a page or device did with a notification."""

    RECEIVED = "received"
    SHOWN = "shown"
    SOUNDED = "sounded"
    SOUND_BLOCKED = "sound_blocked"
    FAILED = "failed"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class Delivery:
    """`confirm_at`: then it goes to the next place unless a page confirms it. `push_at`: when the push queue sends it next.

    `blocked_at` and `not_shown_at`: what the current place could not do. `endpoint`: a test goes to this subscription alone. `close`: it
    removes the notification with its tag. `version` counts saves.
    """

    id: str
    desk_id: str
    person_id: str
    session_id: str
    kind: Kind
    rung: int
    content: Content
    asked_at: datetime
    person_name: str = ""
    engineer: bool = True
    channel: Channel = Channel.NONE
    connection_id: str = ""
    sound: bool = False
    show: bool = False
    why: tuple[Fact, ...] = ()
    tried: tuple[str, ...] = ()
    sent_at: datetime | None = None
    confirm_at: datetime | None = None
    push_at: datetime | None = None
    push_tries: int = 0
    received_at: datetime | None = None
    shown_at: datetime | None = None
    sounded_at: datetime | None = None
    blocked_at: datetime | None = None
    not_shown_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    clicked_at: datetime | None = None
    action: str = ""
    endpoint: str = ""
    close: bool = False
    version: int = 0

    @property
    def push_for(self) -> timedelta:
        """How long Web Push tries to reach a device."""
        return LASTING if self.kind in (Kind.MESSAGE, Kind.ABANDONED, Kind.CALLBACK) else SOON_OVER

    @property
    def on_page(self) -> bool:
        return bool(self.connection_id)

    @property
    def useless(self) -> bool:
        """Whether a hidden page could do nothing of what it was asked for (spec 5.4)."""
        hidden = self.channel in (Channel.INSTALLED_APP, Channel.HIDDEN_PAGE)
        blocked, not_shown = self.blocked_at is not None, self.not_shown_at is not None
        return hidden and (self.sound or self.show) and blocked >= self.sound and not_shown >= self.show


def placed(delivery: Delivery, placement: Placement, now: datetime) -> Delivery:
    """On its first or next place. Without a place it has failed."""
    why = (*delivery.why, *placement.facts)
    if placement.channel is Channel.NONE:
        failure = delivery.failure or (NOT_CONFIRMED if delivery.tried else NOWHERE)
        return replace(delivery, why=why, confirm_at=None, push_at=None, failed_at=now, failure=failure)
    pushed = placement.channel is Channel.WEB_PUSH
    return replace(
        delivery,
        channel=placement.channel,
        connection_id=placement.connection_id,
        sound=placement.sound,
        show=placement.show,
        why=why,
        sent_at=None if pushed else now,
        confirm_at=None if pushed else now + CONFIRMED_WITHIN,
        push_at=now if pushed else None,
        received_at=None,
        blocked_at=None,
        not_shown_at=None,
    )


def gave_up_place(delivery: Delivery) -> Delivery:
    """Its page did not confirm it or could not do it, and is not chosen again."""
    return replace(delivery, tried=(*delivery.tried, delivery.connection_id))


def withdrawn(delivery: Delivery, now: datetime) -> Delivery:
    """The alert ended, so it goes to no other place."""
    return replace(delivery, confirm_at=None, push_at=None, failed_at=now, failure=WITHDRAWN)


def reported(delivery: Delivery, outcome: Outcome, reason: str, now: datetime) -> Delivery:
    """What a page or device did. Every report confirms the delivery as well; the first report of an outcome counts."""
    after = replace(delivery, received_at=delivery.received_at or now, confirm_at=None)
    if outcome in (Outcome.RECEIVED, Outcome.SHOWN, Outcome.SOUNDED, Outcome.CLICKED):
        # A page that confirms late, when Web Push was chosen already: a push that is to be retried would be a second notification.
        after = replace(after, push_at=None)
    match outcome:
        case Outcome.RECEIVED:
            return after
        case Outcome.SHOWN:
            return replace(after, shown_at=after.shown_at or now)
        case Outcome.SOUNDED:
            return replace(after, sounded_at=after.sounded_at or now)
        case Outcome.SOUND_BLOCKED:
            return after if after.blocked_at else replace(after, blocked_at=now, failure=reason)
        case Outcome.FAILED if after.channel is Channel.WEB_PUSH:
            return after if after.failed_at else replace(after, failed_at=now, failure=reason)
        case Outcome.FAILED:
            return after if after.not_shown_at else replace(after, not_shown_at=now, failure=reason)
        case Outcome.CLICKED:
            return after if after.clicked_at else replace(after, clicked_at=now, action=reason)


def pushed(delivery: Delivery, accepted: int, failure: str, retry_at: datetime | None, now: datetime) -> Delivery:
    """What the push services answered. `accepted` is the number of browsers they accepted it for."""
    if accepted:
        return replace(delivery, sent_at=delivery.sent_at or now, received_at=delivery.received_at or now, push_at=None)
    if retry_at is not None:
        return replace(delivery, push_at=retry_at, failure=failure)
    return replace(delivery, push_at=None, failed_at=now, failure=failure)


def closing(delivery: Delivery, now: datetime) -> Delivery:
    """The push that removes this delivery's notification from the devices of the person."""
    return Delivery(
        id=f"{delivery.id}:close",
        desk_id=delivery.desk_id,
        person_id=delivery.person_id,
        session_id=delivery.session_id,
        kind=delivery.kind,
        rung=delivery.rung,
        content=delivery.content,
        asked_at=now,
        person_name=delivery.person_name,
        engineer=delivery.engineer,
        channel=Channel.WEB_PUSH,
        push_at=now,
        close=True,
    )
