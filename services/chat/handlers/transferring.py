"""Transfers (spec 13.2): finds the engineers to ask and their presence, and lets the rules decide."""

from datetime import datetime, timedelta

from services.chat.domain import transferring as rules
from services.chat.domain.access import covers_board, engineer_of
from services.chat.domain.errors import BadArgument, Refused
from services.chat.domain.events import ChatEvent
from services.chat.domain.people import OFFLINE, Person, Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_command import Answer, Decide, FactsOutdated, command_of
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, PresenceOf, SettingsStore


class Transferring:
    """Each method returns the session after the command and its entry; raises ChatError or Unavailable."""

    def __init__(self, writer: SessionWriter, directory: Directory, presence: PresenceOf, settings: SettingsStore) -> None:
        self._writer, self._directory, self._presence, self._settings = writer, directory, presence, settings

    async def ask_engineer(self, viewer: Viewer, session_id: str, command_id: str, engineer_id: str) -> Answer:
        by = engineer_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            engineer = await self._directory.find_engineer(viewer.desk_id, engineer_id)
            if engineer is None:
                raise BadArgument(f"There is no engineer {engineer_id[:64]!r}.", field="engineer_id", code="no_such_engineer")
            fact = (await self._presence.presence_of(viewer.desk_id, [engineer_id])).get(engineer_id, OFFLINE)
            after = await self._expires_after(viewer)

            def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
                if not self._directory.may_see(viewer.desk_id, engineer_id, session.company_id, session.board_id):
                    raise Refused(f"{engineer.name} has no access to this company or board.", field="engineer_id", code="no_access")
                return rules.ask_engineer(session, by, engineer, fact, now + after)

            return decide

        return await self._writer.decide_on_facts(command_of(viewer, session_id, command_id, "ask_transfer", engineer_id), prepare)

    async def ask_board(self, viewer: Viewer, session_id: str, command_id: str, board_id: str) -> Answer:
        """The board must be one that the caller may see."""
        by = engineer_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            name = await self._directory.find_board(viewer.desk_id, board_id)
            if not (name and covers_board(viewer, board_id)):
                raise BadArgument(f"There is no board {board_id[:64]!r}.", field="board_id", code="no_such_board")
            if board_id != session.board_id and self._directory.board_archived(viewer.desk_id, board_id):
                raise Refused(f"{name} is archived.", field="board_id", code="board_archived")
            asked = {person.id for person in self._engineers(session, board_id)}
            presence = await self._presence.presence_of(viewer.desk_id, sorted(asked)) if asked else {}
            after = await self._expires_after(viewer)

            def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
                engineers = self._engineers(session, board_id)
                if not {person.id for person in engineers} <= asked:
                    raise FactsOutdated
                return rules.ask_board(session, by, (board_id, name), engineers, presence, now + after)

            return decide

        # Not the arguments of ask_engineer: a board may have the id of an engineer.
        return await self._writer.decide_on_facts(command_of(viewer, session_id, command_id, "ask_transfer", "board", board_id), prepare)

    async def answer(self, viewer: Viewer, session_id: str, command_id: str, given: rules.TransferAnswer) -> Answer:
        by = engineer_of(viewer).person
        command = command_of(viewer, session_id, command_id, "answer_transfer", given)
        command.for_asked = True
        return await self._writer.decide(command, lambda session, now: rules.answer(session, by, given, self._directory.may_see))

    async def _expires_after(self, viewer: Viewer) -> timedelta:
        return timedelta(seconds=(await self._settings.of(viewer.desk_id)).transfer_expires_after)

    def _engineers(self, session: ChatSession, board_id: str) -> list[Person]:
        """Those of the board with access to the company, and to the session's own board if it is on a ticket and so stays there."""
        found = self._directory.engineers_of(session.desk_id, session.company_id, board_id)
        stays_on = session.board_id if session.ticket_id else board_id
        return [each for each in found if self._directory.may_see(session.desk_id, each.id, session.company_id, stays_on)]
