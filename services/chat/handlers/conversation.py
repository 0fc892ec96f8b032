"""Joining, leaving, inviting and posting (spec 3.5 to 3.9, 4.3 to 4.10): fetches the facts and lets the rules decide."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from services.chat.domain import conversation as rules
from services.chat.domain.access import customer_of, engineer_of, person_of
from services.chat.domain.arguments import checked_id, checked_text
from services.chat.domain.callbacks import checked_wish, postpone
from services.chat.domain.errors import BadArgument, ChatError, Refused
from services.chat.domain.events import CallbackWish, ChatEvent
from services.chat.domain.files import checked_file_ids
from services.chat.domain.people import OFFLINE, Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.chat_contexts import ChatContexts
from services.chat.handlers.message_files import MessageFiles
from services.chat.handlers.phone import read_phone
from services.chat.handlers.session_command import Answer, Decide, FactsOutdated, OnOutcome, Outcome, QueuedCommand, command_of
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, PresenceOf, SettingsStore


class Conversation:
    """Each method returns the session after the command and its entry; raises ChatError or Unavailable."""

    def __init__(
        self,
        writer: SessionWriter,
        directory: Directory,
        contexts: ChatContexts,
        presence: PresenceOf,
        settings: SettingsStore,
        files: MessageFiles,
    ) -> None:
        self._writer, self._directory, self._contexts, self._presence, self._settings = writer, directory, contexts, presence, settings
        self._files = files

    async def join(self, viewer: Viewer, session_id: str, command_id: str, mode: rules.JoinMode) -> Answer:
        by = engineer_of(viewer).person
        policy = (await self._settings.of(viewer.desk_id)).join_policy
        command = command_of(viewer, session_id, command_id, "join", mode)
        return await self._writer.decide(command, lambda session, now: rules.join(session, by, mode, policy))

    async def answer_push(self, viewer: Viewer, session_id: str, command_id: str, answer: rules.PushAnswer) -> Answer:
        command = command_of(viewer, session_id, command_id, "answer_push", answer)
        return await self._writer.decide(command, lambda session, now: rules.answer_push(session, viewer.person, answer))

    async def ask_callback(self, viewer: Viewer, session_id: str, command_id: str, wish: CallbackWish) -> Answer:
        by = customer_of(viewer).person
        settings = await self._settings.of(viewer.desk_id)
        checked = checked_wish(wish, read_phone(wish.phone, await self._contexts.phone_of(viewer), settings.zone))
        command = command_of(viewer, session_id, command_id, "ask_callback", wish)
        return await self._writer.decide(command, lambda session, now: rules.ask_callback(session, by, checked, settings, now))

    async def postpone_callback(self, viewer: Viewer, session_id: str, command_id: str, next_call_at: datetime) -> Answer:
        engineer_of(viewer)
        command = command_of(viewer, session_id, command_id, "postpone_callback", next_call_at)
        return await self._writer.decide(command, lambda session, now: postpone(session, next_call_at, now))

    async def leave(self, viewer: Viewer, session_id: str, command_id: str) -> Answer:
        by = person_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            leaving = (await self._settings.of(viewer.desk_id)).customer_leave
            asked = rules.engineers_who_must_stay(session, by)
            presence = await self._presence.presence_of(viewer.desk_id, sorted(asked)) if asked else {}

            def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
                if not rules.engineers_who_must_stay(session, by) <= asked:
                    raise FactsOutdated
                return rules.leave(session, by, leaving, presence)

            return decide

        return await self._writer.decide_on_facts(command_of(viewer, session_id, command_id, "leave"), prepare)

    async def invite(self, viewer: Viewer, session_id: str, command_id: str, engineer_id: str) -> Answer:
        by = engineer_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            engineer = await self._directory.find_engineer(viewer.desk_id, engineer_id)
            if engineer is None:
                raise BadArgument(f"There is no engineer {engineer_id[:64]!r}.", field="engineer_id", code="no_such_engineer")
            fact = (await self._presence.presence_of(viewer.desk_id, [engineer_id])).get(engineer_id, OFFLINE)

            def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
                if not self._directory.may_see(viewer.desk_id, engineer_id, session.company_id, session.board_id):
                    raise Refused(f"{engineer.name} has no access to this company or board.", field="engineer_id", code="no_access")
                return rules.invite(session, by, engineer, fact)

            return decide

        return await self._writer.decide_on_facts(command_of(viewer, session_id, command_id, "invite", engineer_id), prepare)

    async def post_message(
        self, viewer: Viewer, session_id: str, command_id: str, text: str, note: str = "", file_ids: Sequence[str] = ()
    ) -> Outcome:
        """Writes the message `text` with these files, or the internal note `note`."""
        outcome = await self._writer.write(self._command_of_post(viewer, session_id, command_id, text, note, file_ids))
        if file_ids:
            self._files.posted(file_ids)
        return outcome

    def submit_post(
        self,
        viewer: Viewer,
        session_id: str,
        command_id: str,
        text: str,
        on_outcome: OnOutcome,
        *,
        note: str = "",
        file_ids: Sequence[str] = (),
        previous: str = "",
        expires: datetime | None = None,
        traceparent: str = "",
    ) -> None:
        """`post_message` for thousands a second: calls `on_outcome` with the outcome, in order within the session. Raises only for bad
        arguments."""
        command = self._command_of_post(viewer, session_id, command_id, text, note, file_ids)
        command.on_outcome = self._marking(on_outcome, file_ids) if file_ids else on_outcome
        command.previous, command.expires, command.traceparent = previous, expires, traceparent
        self._writer.submit(command)

    def _marking(self, on_outcome: OnOutcome, file_ids: Sequence[str]) -> OnOutcome:
        def marked(outcome: Outcome | None, error: BaseException | None) -> None:
            if outcome is not None:
                self._files.posted(file_ids)
            on_outcome(outcome, error)

        return marked

    def _command_of_post(
        self, viewer: Viewer, session_id: str, command_id: str, text: str, note: str, file_ids: Sequence[str]
    ) -> QueuedCommand:
        if not file_ids:
            return _command_of_post(viewer, session_id, command_id, text, note)
        if note:
            raise BadArgument("An internal note has no files.", field="file_ids", code="note_without_files")
        checked_id(command_id)
        checked_file_ids(file_ids)
        if text:
            checked_text(text)
        ids = tuple(file_ids)
        command = command_of(viewer, session_id, command_id, "post", text, *ids)

        async def fetch() -> Decide:
            found = await self._files.claim(viewer, session_id, command_id, ids)

            def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
                rules.check_may_post(session, viewer.person)
                if isinstance(found, ChatError):
                    raise found
                return rules.post(session, viewer.person, command_id, text, found)

            return decide

        command.fetch = fetch
        return command


def _command_of_post(viewer: Viewer, session_id: str, command_id: str, text: str, note: str) -> QueuedCommand:
    if note:
        return _command_of_note(viewer, session_id, command_id, text, note)
    checked_id(command_id)
    fingerprint = _fingerprint(checked_text(text))
    by = viewer.person

    def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
        return rules.post(session, by, command_id, text)

    return QueuedCommand(viewer.desk_id, session_id, command_id, "post", fingerprint, decide, by=by, viewer=viewer)


def _command_of_note(viewer: Viewer, session_id: str, command_id: str, text: str, note: str) -> QueuedCommand:
    if text:
        raise BadArgument("A post is a message or a note, not both.", field="note")
    checked_text(note, "note")
    command = command_of(viewer, session_id, command_id, "note", note)
    command.decide = lambda session, now: rules.write_note(session, viewer, command_id, note)
    return command


def _fingerprint(text: bytes) -> str:
    """Of a message, without JSON: thousands a second."""
    return sha256(b"post\0" + text).hexdigest()[:32]
