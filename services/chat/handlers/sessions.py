"""What the use cases share: to decide about a session that is there, and to read one that the caller may see."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from servicekit.tracing import current_traceparent
from services.chat.domain.access import may_read
from services.chat.domain.entry import Entry
from services.chat.domain.errors import Busy, SessionNotFound
from services.chat.domain.events import ChatEvent
from services.chat.domain.messages import checked_id
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.change import Answer, Change, Decide, Outcome, fingerprint, unsettled
from services.chat.handlers.changes import SessionChanges

# Fetches what the decision about this session needs to know, and may refuse. The session may be another by the time of the decision, which
# then raises FactsOutdated where it lacks a fact.
Prepare = Callable[[ChatSession], Awaitable[Decide]]
MOST_LOOKS = 20


class FactsOutdated(Exception):
    """What was fetched for a decision is not what the session as it is now asks for."""


@dataclass(frozen=True, slots=True)
class Command:
    """`arguments` tell a repeat from a reuse of the id; any values that JSON or repr can write."""

    session_id: str
    id: str
    kind: str
    arguments: Sequence[object] = ()


class SessionsOf:
    """Of a viewer, or of the system."""

    def __init__(self, changes: SessionChanges) -> None:
        self.changes = changes

    async def decide(self, viewer: Viewer, command: Command, decide: Decide) -> Answer:
        """A repeat gets its first result, and nothing is decided. Raises what `decide` raises, SessionNotFound, CommandIdReused, Busy,
        Unavailable."""
        return await self.answer(await self._change(viewer, command, decide))

    async def decide_on_facts(self, viewer: Viewer, command: Command, prepare: Prepare) -> Answer:
        """The same where the decision rests on what others know: they are asked only when this is no repeat, for what they say may have
        changed since."""
        for _ in range(MOST_LOOKS):
            looked = await self._change(viewer, command, _nothing)
            if looked.repeated:
                return await self.answer(looked)
            with contextlib.suppress(FactsOutdated):
                return await self.decide(viewer, command, await prepare(looked.session))
        raise Busy(command.session_id)

    async def _change(self, viewer: Viewer, command: Command, decide: Decide) -> Outcome:
        checked_id(command.id)
        return await self.changes.change(
            Change(
                viewer.desk_id,
                command.session_id,
                command.id,
                command.kind,
                fingerprint(command.kind, *command.arguments),
                decide,
                unsettled,
                by=viewer.person,
                viewer=viewer,
                traceparent=current_traceparent(),
            )
        )

    async def decide_as_system(self, desk_id: str, session_id: str, command_id: str, kind: str, decide: Decide) -> Outcome:
        change = Change(desk_id, session_id, command_id, kind, "", decide, unsettled, traceparent=current_traceparent())
        return await self.changes.change(change)

    async def answer(self, outcome: Outcome) -> Answer:
        """With the entry that the command led to: for a repeat the first time's."""
        if not outcome.repeated:
            return Answer(outcome.session, [outcome.entry] if outcome.entry else [])
        before, revision = outcome.session, outcome.revision
        session, entries = await self.changes.states.read(before.desk_id, before.id, before, revision - 1, most=1)
        return Answer(session or before, entries)

    async def seen(self, viewer: Viewer, session_id: str, after: int = 0, most: int | None = None) -> tuple[ChatSession, list[Entry]]:
        """The session as it is now and its entries above `after`, all or a page of at most `most`; raises SessionNotFound."""
        known = await self._in_sight(viewer, session_id)
        session, entries = await self.changes.states.read(viewer.desk_id, session_id, known, after, most)
        if session is None or not may_read(viewer, session):
            raise SessionNotFound(session_id)
        return session, entries

    async def _in_sight(self, viewer: Viewer, session_id: str) -> ChatSession:
        """Some state of it, before a log is loaded: what is refused, however long it is, costs as little time as what is not there
        (spec 10.2)."""
        known = await self.changes.states.known(viewer.desk_id, session_id)
        if known is None or not may_read(viewer, known):
            # What is remembered or projected may be behind the log.
            known = await self.changes.states.newest(viewer.desk_id, session_id, known)
        if known is None or not may_read(viewer, known):
            raise SessionNotFound(session_id)
        return known


def _nothing(session: ChatSession, now: datetime) -> list[ChatEvent]:
    """Only looks: at access, and whether it is a repeat."""
    return []
