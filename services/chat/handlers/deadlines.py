"""Fires deadlines (spec 3.13). Several replicas may try; each deadline fires once, because the log accepts its command id once."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from servicekit.clock import Clock
from servicekit.errors import TypedError
from servicekit.moments import to_ms
from services.chat.domain import deadlines as rules
from services.chat.domain.conversation import came_back
from services.chat.domain.deadlines import Deadline, Kind, Limits
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.events import ChatEvent
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ACTIVE, ChatStatus
from services.chat.handlers.session_reader import SessionReader
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import PresenceOf, SessionQuery, Sessions, SettingsStore, all_sessions

MAX_CHECKS = 20_000


class Deadlines:
    """`on_due` is called with every deadline that this replica projects: it wakes the timers. Raises Unavailable."""

    def __init__(
        self,
        writer: SessionWriter,
        reader: SessionReader,
        lists: Sessions,
        presence: PresenceOf,
        settings: SettingsStore,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._writer, self._reader, self._lists, self._presence = writer, reader, lists, presence
        self._settings, self._limits, self._clock = settings, limits, clock
        # The next presence check of a session, and the state that it depends on. Evicting an entry only causes an extra check.
        self._checks: OrderedDict[str, tuple[object, datetime]] = OrderedDict()
        self.on_due: Callable[[datetime], None] = lambda due: None

    async def next_due(self, session: ChatSession) -> datetime | None:
        """For the projection."""
        due = self._next_due(session, await self._settings.of(session.desk_id))
        if due is not None:
            self.on_due(due)
        return due

    async def fire(self, desk_id: str, session_id: str) -> Kind | None:
        """Fires what is due in the session and returns its kind; if nothing is due, corrects the projected deadline. While presence is
        down only the deadlines that need it wait: Unavailable is raised only if nothing else was due."""
        session = await self._reader.newest(desk_id, session_id)
        if session is None:
            return None
        settings, now = await self._settings.of(desk_id), self._clock.now()
        unknown: TypedError | None = None
        for deadline in self._due(session, settings, now):
            try:
                if await self._presence_defers(session, deadline, settings, now):
                    continue
            except TypedError as error:
                unknown = error
                continue
            return await self._append(session, deadline, settings)
        if unknown is not None:
            raise unknown
        await self._postpone(session, settings)
        return None

    async def person_is_back(self, desk_id: str, person_id: str) -> None:
        """An engineer is back: their unattended sessions are attended again (spec 3.12)."""
        query = SessionQuery(desk_id, person_id=person_id, statuses=frozenset({ChatStatus.HANDLED}))
        async for session in all_sessions(self._lists, query):
            if session.unattended and session.has(person_id):
                command_id = f"returned:{person_id}:{session.revision}"
                await self._writer.decide_as_system(
                    desk_id, session.id, command_id, "returned", lambda newest, now: came_back(newest, person_id)
                )

    async def reschedule(self, desk_id: str) -> None:
        """The desk's settings changed: computes the deadlines of its active sessions again."""
        settings = await self._settings.of(desk_id)
        async for session in all_sessions(self._lists, SessionQuery(desk_id, statuses=ACTIVE)):
            self._checks.pop(session.id, None)
            await self._postpone(session, settings)

    async def _append(self, session: ChatSession, deadline: Deadline, settings: ChatSettings) -> Kind | None:
        def decide(newest: ChatSession, now: datetime) -> list[ChatEvent]:
            holds = deadline.kind not in rules.NEEDS_PRESENCE or rules.presence_basis(newest) == rules.presence_basis(session)
            return rules.fire(newest, deadline.kind, settings, now) if holds and deadline in self._due(newest, settings, now) else []

        command_id = f"deadline:{deadline.kind}:{to_ms(deadline.due)}"
        outcome = await self._writer.decide_as_system(session.desk_id, session.id, command_id, "deadline", decide)
        if outcome.entry is not None:
            return deadline.kind
        await self._postpone(outcome.session, settings)
        return None

    async def _presence_defers(self, session: ChatSession, deadline: Deadline, settings: ChatSettings, now: datetime) -> bool:
        if deadline.kind not in rules.NEEDS_PRESENCE:
            return False
        people = rules.people_to_check(session, deadline.kind)
        presence = await self._presence.presence_of(session.desk_id, people)
        check_at = rules.next_check(session, deadline, settings, self._limits, presence, now)
        if check_at is None:
            return False
        self._checks[session.id] = (rules.presence_basis(session), check_at)
        self._checks.move_to_end(session.id)
        if len(self._checks) > MAX_CHECKS:
            self._checks.popitem(last=False)
        return True

    async def _postpone(self, session: ChatSession, settings: ChatSettings) -> None:
        due = self._next_due(session, settings)
        await self._lists.postpone(session.desk_id, session.id, session.revision, due)
        if due is not None:
            self.on_due(due)

    def _next_due(self, session: ChatSession, settings: ChatSettings) -> datetime | None:
        return next((deadline.due for deadline in self._deadlines(session, settings, self._clock.now())), None)

    def _due(self, session: ChatSession, settings: ChatSettings, now: datetime) -> list[Deadline]:
        return [deadline for deadline in self._deadlines(session, settings, now) if deadline.due <= now]

    def _deadlines(self, session: ChatSession, settings: ChatSettings, now: datetime) -> list[Deadline]:
        basis, check_at = self._checks.get(session.id, (None, None))
        return rules.deadlines(session, settings, self._limits, now, check_at if basis == rules.presence_basis(session) else None)
