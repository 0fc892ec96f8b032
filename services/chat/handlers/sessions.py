"""What the use cases share: to decide about a session that is there, and to read one that the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicekit.tracing import current_traceparent
from services.chat.domain.access import may_see
from services.chat.domain.entry import Entry
from services.chat.domain.errors import SessionNotFound
from services.chat.domain.messages import checked_id
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.change import Answer, Change, Decide, Outcome, fingerprint, unsettled
from services.chat.handlers.changes import SessionChanges


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
        """Raises what `decide` raises, SessionNotFound, CommandIdReused, Busy, Unavailable."""
        checked_id(command.id)
        outcome = await self.changes.change(
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
        return await self.answer(outcome)

    async def decide_as_system(self, desk_id: str, session_id: str, command_id: str, kind: str, decide: Decide) -> Outcome:
        return await self.changes.change(Change(desk_id, session_id, command_id, kind, "", decide, unsettled))

    async def answer(self, outcome: Outcome) -> Answer:
        """With the entry that the command led to: for a repeat the first time's."""
        if not outcome.repeated:
            return Answer(outcome.session, [outcome.entry] if outcome.entry else [])
        session, entries = await self.changes.read(outcome.session.desk_id, outcome.session.id, outcome.revision - 1)
        return Answer(session or outcome.session, entries[:1])

    async def seen(self, viewer: Viewer, session_id: str, after: int = 0) -> tuple[ChatSession, list[Entry]]:
        """The session as it is now and its entries above `after`; raises SessionNotFound."""
        session, entries = await self.changes.read(viewer.desk_id, session_id, after)
        if session is None or not may_see(viewer, session):
            raise SessionNotFound(session_id)
        return session, entries
