"""The deadlines of a session (spec 2.9, 3.3, 3.12 to 3.14, 4.5 to 4.7, 4.14, 13.2), computed from its state. The due time of
the next one is stored with the session's projection, so that replicas find it.

Some kinds depend on presence, which the session does not hold (NEEDS_PRESENCE). Their deadline is the earliest moment at which they *may*
hold. Presence is checked then: either the condition holds, or the check moves to the next such moment (`check_at`). If the person is
online at a check, the next check is one whole span later, because before that they cannot have been offline for the span.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from servicekit.moments import MILLISECOND
from services.chat.domain import hours
from services.chat.domain.callbacks import call_due
from services.chat.domain.conversation import status_changed
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.ending import repeat_ticket_wish
from services.chat.domain.events import BecameOlder, ChatEvent, Offer, OfferRaised, ParticipantLeft, UnattendedChanged
from services.chat.domain.people import OFFLINE, PresenceFact
from services.chat.domain.session import ChatSession, TicketLink
from services.chat.domain.status import ChatStatus, ChatType, StatusStep
from services.chat.domain.transfer import TransferExpired


class Kind(StrEnum):
    NO_ANSWER = "no_answer"
    OUTSIDE_HOURS = "outside_hours"
    PUSH_EXPIRY = "push_expiry"
    WAITING_GONE = "waiting_gone"
    IDLE = "idle"
    UNATTENDED = "unattended"
    RETURNED = "returned"
    TICKET_ASK = "ticket_ask"
    LEAVE = "leave"
    OLDER = "older"
    TRANSFER_EXPIRY = "transfer_expiry"
    CALL_DUE = "call_due"


NEEDS_PRESENCE = frozenset({Kind.WAITING_GONE, Kind.UNATTENDED, Kind.RETURNED})


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every desk of a process (not marked "desk" in docs/rules.md).

    `push_expires_after`: spec 2.9. `return_looked_every`: how often presence is checked for an unattended session, in case its
    event is lost. `ticket_asked_after`, `ticket_asked_at_most`: the first and the longest pause before a ticket is asked for again.
    `older_after`: when an abandoned or call-back session that nobody closed becomes older. It bounds what pages list from their start.
    """

    push_expires_after: int = 120
    return_looked_every: int = 30
    ticket_asked_after: int = 10
    ticket_asked_at_most: int = 600
    older_after: int = 172_800


@dataclass(frozen=True, slots=True)
class Deadline:
    kind: Kind
    due: datetime


def deadlines(
    session: ChatSession, settings: ChatSettings, limits: Limits, now: datetime, check_at: datetime | None = None
) -> list[Deadline]:
    """The earliest first. `check_at`: the next presence check, if an earlier check moved it."""
    waiting = [
        Deadline(kind, check_at if check_at and kind in NEEDS_PRESENCE else due) for kind, due in _deadlines(session, settings, limits, now)
    ]
    return sorted(waiting, key=lambda deadline: deadline.due)


def _deadlines(session: ChatSession, settings: ChatSettings, limits: Limits, now: datetime) -> Iterable[tuple[Kind, datetime]]:
    if session.voided:
        return
    since = session.statuses[-1][1]
    match session.type, session.status:
        case ChatType.REQUEST, ChatStatus.WAITING:
            yield from _offers(session, settings, now)
            yield Kind.WAITING_GONE, since + timedelta(seconds=settings.waiting_gone_after)
        case ChatType.PUSH, ChatStatus.WAITING:
            yield Kind.PUSH_EXPIRY, since + timedelta(seconds=limits.push_expires_after)
        case _, ChatStatus.HANDLED:
            if session.offer is Offer.NONE and session.has(session.customer.id):
                quiet_since = max(session.last_message_at or since, since)
                yield Kind.IDLE, quiet_since + timedelta(seconds=settings.idle_after)
            if session.unattended:
                yield Kind.RETURNED, (session.waiting_since or since) + timedelta(seconds=limits.return_looked_every)
            elif settings.unattended_after:
                yield Kind.UNATTENDED, _unchanged_since(session) + timedelta(seconds=settings.unattended_after)
    if session.transfer is not None:
        yield Kind.TRANSFER_EXPIRY, session.transfer.expires_at
    if session.ended and session.participants:
        yield Kind.LEAVE, (session.closed_at or since) + timedelta(seconds=settings.ended_leave_after)
    if session.to_follow_up and not session.older:
        yield Kind.OLDER, _left_since(session) + timedelta(seconds=limits.older_after)
    tried = session.callback_tried
    if session.status is ChatStatus.CALLBACK and tried and tried.next_call_at and not tried.due:
        yield Kind.CALL_DUE, tried.next_call_at
    pending = session.status is ChatStatus.COMPLETED and session.ticket_link is TicketLink.PENDING
    if pending and (retry_at := _ticket_retry(session, limits)) is not None:
        yield Kind.TICKET_ASK, retry_at


def _offers(session: ChatSession, settings: ChatSettings, now: datetime) -> Iterable[tuple[Kind, datetime]]:
    """When the offer to a waiting customer must change, by the desk's hours as they are now.

    While the desk is closed the offer has its next opening (spec 4.6). While it is open the offer is NOBODY_THERE (spec 4.5), counted from
    the opening. An overdue change is due one millisecond after the last offer, so that each is another deadline and is raised once.
    """
    after = timedelta(seconds=settings.no_answer_after)
    overdue_since = session.opened_at if session.offer_at is None else session.offer_at + MILLISECOND
    changes_at = hours.next_change(settings.hours, now)
    if not hours.is_open(settings.hours, now):
        if (session.offer, session.opens_at) != (Offer.OUTSIDE_HOURS, changes_at):
            yield Kind.OUTSIDE_HOURS, overdue_since
        elif changes_at is not None:
            yield Kind.NO_ANSWER, changes_at + after
            if next_closing := hours.next_change(settings.hours, changes_at):
                yield Kind.OUTSIDE_HOURS, next_closing
        return
    if session.offer is not Offer.NOBODY_THERE:
        counted_from = max(session.opened_at, hours.open_since(settings.hours, now) or session.opened_at)
        yield Kind.NO_ANSWER, max(counted_from + after, overdue_since)
    if changes_at is not None:
        yield Kind.OUTSIDE_HOURS, changes_at


def _ticket_retry(session: ChatSession, limits: Limits) -> datetime | None:
    """The pauses double: 10, 10, 20, 40 s ... up to the longest."""
    if session.wish_asked_at is None or session.closed_at is None:
        return None
    waited = int((session.wish_asked_at - session.closed_at).total_seconds())
    pause = min(max(limits.ticket_asked_after, waited), limits.ticket_asked_at_most)
    return session.wish_asked_at + timedelta(seconds=pause)


def _left_since(session: ChatSession) -> datetime:
    """Since when nobody has done anything about an abandoned or call-back session."""
    since = session.statuses[-1][1]
    return max(since, session.callback_at or since)


def presence_basis(session: ChatSession) -> object:
    """What the result of a presence check depends on: while this is unchanged, the result holds."""
    return session.statuses[-1], session.unattended, session.attended_at, session.engineers


def people_to_check(session: ChatSession, kind: Kind) -> list[str]:
    """The people whose presence decides."""
    if kind is Kind.WAITING_GONE:
        return [session.creator.id]
    return [person.id for person in session.engineers] if kind in NEEDS_PRESENCE else []


def gone_since(session: ChatSession, people: Iterable[str], presence: Mapping[str, PresenceFact]) -> datetime | None:
    """Since when all of them have been offline with the session unchanged; None while one is not offline."""
    began = _unchanged_since(session)
    facts = [presence.get(person, OFFLINE) for person in people]
    if any(fact.state != "offline" for fact in facts):
        return None
    return max([began, *(fact.since for fact in facts if fact.since)])


def _unchanged_since(session: ChatSession) -> datetime:
    """The last change of status, or the last time that an engineer wrote or joined, even if presence reports them offline. So each
    unattended time has its own deadline and command id."""
    moved_at = session.statuses[-1][1]
    return max(moved_at, session.attended_at or moved_at)


def next_check(
    session: ChatSession, deadline: Deadline, settings: ChatSettings, limits: Limits, presence: Mapping[str, PresenceFact], now: datetime
) -> datetime | None:
    """When to check presence next; None if the deadline's condition holds now."""
    gone = gone_since(session, people_to_check(session, deadline.kind), presence)
    if deadline.kind is Kind.RETURNED:
        return now + timedelta(seconds=limits.return_looked_every) if gone else None
    after = timedelta(seconds=settings.waiting_gone_after if deadline.kind is Kind.WAITING_GONE else settings.unattended_after)
    holds_at = (gone or now) + after
    return holds_at if holds_at > now else None


def fire(session: ChatSession, kind: Kind, settings: ChatSettings, now: datetime) -> list[ChatEvent]:
    """The events of a reached deadline, however late it fires."""
    match kind:
        case Kind.NO_ANSWER:
            return [OfferRaised(Offer.NOBODY_THERE)]
        case Kind.OUTSIDE_HOURS:
            return [OfferRaised(Offer.OUTSIDE_HOURS, hours.next_change(settings.hours, now))]
        case Kind.IDLE:
            return [OfferRaised(Offer.NO_ACTIVITY)]
        case Kind.PUSH_EXPIRY:
            return status_changed(session, StatusStep.EXPIRE)
        case Kind.WAITING_GONE:
            # The customer stays a participant, to see what became of the chat on return.
            return status_changed(session, StatusStep.ABANDON)
        case Kind.UNATTENDED:
            return [UnattendedChanged(True)]
        case Kind.RETURNED:
            return [UnattendedChanged(False)]
        case Kind.TICKET_ASK:
            return repeat_ticket_wish(session)
        case Kind.LEAVE:
            return [ParticipantLeft(person) for person in session.participants]
        case Kind.OLDER:
            return [BecameOlder()]
        case Kind.TRANSFER_EXPIRY:
            return [TransferExpired()]
        case Kind.CALL_DUE:
            return call_due(session)
