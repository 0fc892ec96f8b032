"""Erases a person from the sessions (spec 10.6)."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import partial

from servicekit.clock import Clock
from servicekit.erasing import ErasureTask, Step
from servicekit.errors import Unavailable
from services.chat.domain.erasing import erased, person_erased, took_part
from services.chat.domain.errors import Busy
from services.chat.domain.events import ChatEvent, Entry, PersonErased
from services.chat.domain.session import ChatSession
from services.chat.file_ports import Files
from services.chat.handlers.erasure_sessions import LOOK_EVERY_SECONDS, ErasureSessions
from services.chat.handlers.session_writer import MAX_RACES, SessionWriter
from services.chat.ports import CannedReplyStore, LogRelay, ReadStore, SessionLog, Sessions, loaded
from services.chat.query_ports import History

PUBLISHED_WITHIN = timedelta(seconds=30)
Redact = Callable[[str], str]


# First the event, then the entries. With the event every replica, list and page takes the person out of the state that it holds; a state
# that is computed from the erased entries is the same. After a crash a repeat finds the entries that are left.
class PersonErasing:
    """Raises Unavailable or Busy."""

    def __init__(
        self,
        writer: SessionWriter,
        log: SessionLog,
        lists: Sessions,
        reads: ReadStore,
        history: History,
        canned_replies: CannedReplyStore,
        files: Files,
        relay: LogRelay,
        clock: Clock,
    ) -> None:
        self._writer, self._log, self._reads = writer, log, reads
        self._sessions = ErasureSessions(lists, history, clock)
        self._history, self._canned_replies, self._relay, self._clock = history, canned_replies, relay, clock
        self._files = files

    async def erase(self, task: ErasureTask) -> Step:
        """The next sessions."""
        if not task.customer:
            await self._canned_replies.remove(task.desk_id, task.person_id)
        found = await self._sessions.page(task)
        erased = [await self._session(found.task, session) for session in found.sessions]
        give_up_at = self._clock.now() + PUBLISHED_WITHIN
        for session, (_, revision) in zip(found.sessions, erased, strict=True):
            if revision:
                await self._until_published(session, revision, give_up_at)
        return Step(sum(changed for changed, _ in erased), found.next)

    async def _until_published(self, session: ChatSession, revision: int, give_up_at: datetime) -> None:
        """Then Kafka has all that was written before, and the services that erase next wait until they have consumed it. The wait
        is limited, because a session whose log cannot be read is never published, and others are to be erased."""
        while not await self._relay.has_published(session.desk_id, session.id, revision):
            if self._clock.now() >= give_up_at:
                raise Unavailable(f"Kafka does not have the session {session.id} up to revision {revision}.")
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _session(self, task: ErasureTask, session: ChatSession) -> tuple[int, int]:
        """How many entries it has replaced, and the revision of the event; 0 when there was nothing to erase."""
        await self._reads.forget(session.id, task.person_id)
        begun, changed, command_id, in_it = 0, 0, f"erase:{task.person_id}", False
        async for part in loaded(self._log, task.desk_id, session.id):
            begun = next((entry.revision for entry in part if entry.command_id == command_id), begun)
            in_it = in_it or any(took_part(entry, task.person_id) for entry in part)
        redact = partial(task.redact, took_part=in_it)
        if [entry async for part in self._left(task, session, redact) for entry in part[:1]]:
            begun, changed = await self._event(task, session, command_id, redact), await self._entries(task, session, redact)
        if begun:
            # A text of the state, such as the closing note, may have got the name between the event and the entries.
            begun = max(begun, await self._event(task, session, f"{command_id}:{begun}", redact, only_named=True))
        # After the entries, which name them. The sweep removes the rest, with what an upload that is still running writes.
        for file_id in await self._files.sent_by(session.desk_id, session.id, task.person_id):
            await self._files.mark_unnamed(file_id)
            await self._files.remove_content(file_id)
        if begun:
            # The event made the session due, but its words may have been read before the entries were replaced. Also when nothing was left:
            # a step that replaced them may have crashed before this.
            await self._history.postpone(task.desk_id, session.id, self._clock.now())
        return changed, begun

    async def _event(self, task: ErasureTask, session: ChatSession, command_id: str, redact: Redact, *, only_named: bool = False) -> int:
        """The revision of the event, also of an earlier one. `only_named`: there is none if the state does not name the person."""

        def decide(newest: ChatSession, now: datetime) -> list[ChatEvent]:
            event = person_erased(newest, task.person_id, redact)
            return [] if only_named and event == PersonErased(task.person_id) else [event]

        return (await self._writer.decide_as_system(task.desk_id, session.id, command_id, "person_erased", decide)).revision

    async def _entries(self, task: ErasureTask, session: ChatSession, redact: Redact) -> int:
        """Repeats until nothing is left: somebody may write the person's name meanwhile."""
        changed = 0
        for _ in range(MAX_RACES):
            before = changed
            async for part in self._left(task, session, redact):
                await self._log.replace(part)
                changed += len(part)
            if changed == before:
                return changed
        raise Busy(session.id)

    async def _left(self, task: ErasureTask, session: ChatSession, redact: Redact) -> AsyncIterator[list[Entry]]:
        """The entries that still have something of the person, without it, in parts that bound the memory."""
        async for part in loaded(self._log, task.desk_id, session.id):
            after = [erased(entry, task.person_id, session.customer.id, redact) for entry in part]
            yield [entry for entry, before in zip(after, part, strict=True) if entry is not before]
