"""Whether a customer may chat or ask for a call-back now (spec 2.4, 2.5, 2.8, 2.11, 4.6)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from servicekit.clock import Clock
from services.chat.domain import hours
from services.chat.domain.access import customer_of, may_call_back, may_chat
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave, HoursMode
from services.chat.domain.opening import ChatContext, Claim, claim_of
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ACTIVE
from services.chat.handlers.chat_contexts import ChatContexts
from services.chat.ports import SessionQuery, Sessions, SettingsStore

WAITS = 20
ENOUGH_WAITS = 5


@dataclass(frozen=True, slots=True)
class SupportState:
    """`usual_wait_seconds`: 0 below five waits today. `why_not`: permission, hours, ticket_closed, archived, active; empty when
    `may_chat`."""

    open: bool
    changes_at: datetime | None
    usual_wait_seconds: int
    may_chat: bool
    may_call_back: bool
    why_not: str
    active_session_id: str
    zone: str
    customer_leave: CustomerLeave


class Support:
    def __init__(self, lists: Sessions, contexts: ChatContexts, settings: SettingsStore, clock: Clock) -> None:
        self._lists, self._contexts, self._settings, self._clock = lists, contexts, settings, clock

    async def state(self, viewer: Viewer, ticket_id: str) -> SupportState:
        """Raises TicketNotFound, Unavailable."""
        customer_of(viewer)
        settings, now = await self._settings.of(viewer.desk_id), self._clock.now()
        context = await self._contexts.own(viewer, ticket_id)
        active = await self._active(viewer, ticket_id)
        is_open = hours.is_open(settings.hours, now)
        why_not = _why_not(settings, context, active, is_open)
        return SupportState(
            open=is_open,
            changes_at=hours.next_change(settings.hours, now),
            usual_wait_seconds=await self._usual_wait(viewer.desk_id, settings.zone, now),
            may_chat=not why_not,
            may_call_back=why_not != "archived" and may_call_back(settings, context.company_id, viewer.person.id),
            why_not=why_not,
            active_session_id=active.id if active else "",
            zone=settings.zone,
            customer_leave=settings.customer_leave,
        )

    async def _active(self, viewer: Viewer, ticket_id: str) -> ChatSession | None:
        query = SessionQuery(viewer.desk_id, seen_by=viewer.person.id, customer_id=viewer.person.id, statuses=ACTIVE, ticket_id=ticket_id)
        claim = Claim(viewer.desk_id, viewer.person.id, ticket_id)
        page = await self._lists.find(query, WAITS)
        return next((session for session in page.sessions if session.holds_claim and claim_of(session) == claim), None)

    async def _usual_wait(self, desk_id: str, zone: str, now: datetime) -> int:
        """The median of today's last twenty waits, in seconds (spec 2.11)."""
        midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        waits = await self._lists.waits_since(desk_id, midnight.astimezone(UTC), WAITS)
        return round(median(waits)) if len(waits) >= ENOUGH_WAITS else 0


def _why_not(settings: ChatSettings, context: ChatContext, active: ChatSession | None, is_open: bool) -> str:
    # First, because the Portal then offers neither a call-back nor a ticket; an open chat goes on.
    if active is None and (context.company_archived or context.board_archived):
        return "archived"
    if not may_chat(settings, context):
        return "permission"
    if active is not None:
        return "active"
    if context.ticket_closed:
        return "ticket_closed"
    if not is_open and settings.hours_mode is HoursMode.REFUSE:
        return "hours"
    return ""
