"""The record of one notification to one person, from asking to the click (spec 5.9).

Only the functions here and in delivery_report.py change a Delivery. Each returns the new one; a repeat returns the same one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notify.domain.decision import Fact
from services.notify.domain.notification import Content, Kind
from services.notify.domain.page import Channel
from services.notify.domain.placement import Placement
from services.notify.domain.push import PushOutcome

# The place of a delivery by Web Push, in notifications and reports. That of a page is its connection.
PUSH_PLACE = "push"
CONFIRMED_WITHIN = timedelta(seconds=2)
# How long a push service keeps a notification for a device that is off. An alert or a push chat is soon over.
SOON_OVER, LASTING = timedelta(minutes=5), timedelta(hours=4)
NOWHERE = "There was no place for it."
NOT_CONFIRMED = "No page confirmed it."
WITHDRAWN = "The alert ended before a page confirmed it."


@dataclass(frozen=True, slots=True)
class Delivery:
    """`sent_at`: when it was published to its page, or a push service first accepted it. `confirm_at`: then it goes to the next place
    unless its page confirms it. `push_at`: when the push queue sends it next. `push_to`: the ids of the subscriptions to try again, when
    others are done; empty = all of the person.

    `rung`: the number of the repetition, 0 = the first notification. `blocked_at` and `not_shown_at`: what the current place could not do.
    `endpoint`: a test goes to this subscription alone. `close`: it removes the notification with its tag. `version` counts saves.
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
    push_to: tuple[str, ...] = ()
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
    def place(self) -> str:
        """What its notification names and the reports of it name; empty without a place."""
        return PUSH_PLACE if self.channel is Channel.WEB_PUSH else self.connection_id

    @property
    def unsent(self) -> bool:
        """Whether it is saved for a page and not known to be published: the process that saved it publishes it, or has crashed."""
        return self.on_page and self.confirm_at is not None and self.sent_at is None

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
        sent_at=None,
        confirm_at=None if pushed else now + CONFIRMED_WITHIN,
        push_at=now if pushed else None,
        received_at=None,
        blocked_at=None,
        not_shown_at=None,
    )


def with_time_to_confirm(delivery: Delivery, now: datetime) -> Delivery:
    """It was not published to its page in time, so the page gets its two seconds from now on."""
    return replace(delivery, confirm_at=now + CONFIRMED_WITHIN)


def gave_up_place(delivery: Delivery) -> Delivery:
    """Its page did not confirm it or could not do it, and is not chosen again."""
    return replace(delivery, tried=(*delivery.tried, delivery.connection_id))


def withdrawn(delivery: Delivery, now: datetime) -> Delivery:
    """The alert ended, so it goes to no other place."""
    return replace(delivery, confirm_at=None, push_at=None, failed_at=now, failure=WITHDRAWN)


def pushed(delivery: Delivery, outcome: PushOutcome, now: datetime) -> Delivery:
    """What the push services answered. It has failed when nothing is tried again and none ever accepted it."""
    after = replace(delivery, push_at=outcome.retry_at, push_to=outcome.retry_to)
    if outcome.accepted:
        return replace(after, sent_at=delivery.sent_at or now, received_at=delivery.received_at or now)
    if delivery.sent_at is not None:
        return after
    return replace(after, failure=outcome.failure, failed_at=None if outcome.retry_at else now)


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
