"""Erases a person from the tickets, their files and the sign-ins (spec 10.6)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial

from servicekit.clock import Clock
from servicekit.erasing import ErasureTask, Step
from servicekit.files import StoredFile
from servicekit.identity import new_id
from servicekit.text import cut
from services.tickets.domain.attaching import EXCERPT, LogSummary
from services.tickets.domain.erasing import Redact, erased, took_part, was_of
from services.tickets.domain.errors import AttachmentNotFound, Busy
from services.tickets.domain.timeline import Commit, Note, TimelineEntry
from services.tickets.handlers.committing import MAX_RACES
from services.tickets.ports import AuditLog, ChatClient, Files, SignIns, TicketList, TicketLog

TICKETS_AT_ONCE, COMMITS_AT_ONCE = 50, 100
PIECE_BYTES = 256 * 1024
# Characters, longer than a name or an e-mail address: one may begin in a piece and end in the next.
OVERLAP = 512


class TicketErasing:
    """`close_entry` makes sure that the directory has no more of the person, `publish_all` publishes that their sign-ins have ended."""

    def __init__(
        self,
        log: TicketLog,
        tickets: TicketList,
        files: Files,
        sign_ins: SignIns,
        audit_log: AuditLog,
        chat_client: ChatClient,
        close_entry: Callable[[str], Awaitable[object]],
        publish_all: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._log, self._tickets, self._files, self._sign_ins, self._chat_client = log, tickets, files, sign_ins, chat_client
        self._close_entry, self._publish_all, self._audit_log, self._clock = close_entry, publish_all, audit_log, clock

    async def erase(self, task: ErasureTask) -> Step:
        """The next tickets of the desk. It reads all of them, because anybody may have named the person in one. Raises Unavailable."""
        changed = 0 if task.after else await self._erase_sign_ins(task)
        ids, after = await self._tickets.ids(task.desk_id, task.after, TICKETS_AT_ONCE)
        for id in ids:
            changed += await self._ticket(task, id)
        return Step(changed, after)

    async def _erase_sign_ins(self, task: ErasureTask) -> int:
        await self._close_entry(task.person_id)
        await self._publish_all()
        addresses = await self._audit_log.forget_addresses(task.desk_id, task.person_id)
        return addresses + await self._sign_ins.remove_of_person(task.person_id)

    async def _ticket(self, task: ErasureTask, ticket_id: str) -> int:
        """Repeats until nothing is left: a commit that was decided on the ticket before may have come meanwhile, and another replica, or
        the erasure of another person, may replace the same commit."""
        changed, with_files = 0, True
        for _ in range(MAX_RACES):
            found, lost = await self._pass(task, ticket_id, with_files=with_files)
            if not found and not lost:
                return changed
            changed, with_files = changed + found, lost > 0
        raise Busy

    async def _pass(self, task: ErasureTask, ticket_id: str, *, with_files: bool) -> tuple[int, int]:
        """How many commits it has replaced, and how many others have replaced meanwhile."""
        of_person, in_it, replaced, changed, lost = False, False, False, 0, 0
        async for part in self._commits(task.desk_id, ticket_id):
            of_person = of_person or was_of(part, task.person_id)
            in_it = in_it or took_part(part, task.person_id)
            replaced = replaced or any(commit.replaced for commit in part)
        redact = partial(task.redact, took_part=in_it)
        async for part in self._commits(task.desk_id, ticket_id):
            for before in part:
                after = erased(before, task.person_id, redact, of_person=of_person)
                if after == before and not (with_files and await self._must_renew(task, before)):
                    continue
                if await self._save(before, await self._with_new_log(after, redact)):
                    changed += 1
                else:
                    lost += 1
        # A replica that stopped may have replaced commits, and not have come to this.
        if changed or (with_files and replaced):
            last = await self._log.last(task.desk_id, ticket_id)
            await self._tickets.replace(last.ticket)
            await self._log.mark_unpublished(last)
        return changed, lost

    async def _save(self, before: Commit, after: Commit) -> bool:
        """False when others have replaced the commit meanwhile. After a crash the sweep removes what no commit names: files of the commit
        before, which it is told about first, and new ones."""
        had, has = ({file.id for _, file in commit.attachments} for commit in (before, after))
        for id in had - has:
            await self._files.mark_unnamed(id)
        won = await self._log.replace(replace(after, replaced=before.replaced + 1))
        if won:
            for id in has:
                await self._files.mark_named(id)
        for id in had - has if won else has - had:
            await self._files.remove(id)
        return won

    async def _must_renew(self, task: ErasureTask, commit: Commit) -> bool:
        """Whether the commit has the log of a chat in which somebody wrote the person's name, or a copy of a file that chat has erased."""
        files = [file for _, file in commit.attachments] if commit.session_id else []
        for file in files:
            if not file.chat_file_id and await self._names(task, file.id):
                return True
        copies = [file for file in files if file.chat_file_id]
        # Chat erases the files that the person sent, and no others.
        if all(file.chat_sender_id for file in copies):
            return task.person_id in {file.chat_sender_id for file in copies}
        now = LogSummary()
        async for _ in self._content(commit, now):
            pass
        return not {file.chat_file_id for file in copies} <= {file.id for file in now.files}

    async def _names(self, task: ErasureTask, log_id: str) -> bool:
        """Whether the log names the person, or is gone: another replica has replaced the commit. Holds one piece of it."""
        end = ""
        try:
            async for piece in self._files.pieces(log_id, PIECE_BYTES):
                text = end + piece.decode(errors="replace")
                if task.may_name(text):
                    return True
                end = text[-OVERLAP:]
        except AttachmentNotFound:
            return True
        return False

    async def _with_new_log(self, commit: Commit, redact: Redact) -> Commit:
        """With the chat's log as chat writes it now, without the person, and without the copies of files that chat has erased."""
        if not commit.session_id or not commit.attachments:
            return commit
        ticket, summary, file_id = commit.ticket, LogSummary(), new_id()
        await self._files.put(StoredFile(file_id, ticket.desk_id, ticket.id), self._content(commit, summary), self._clock.now())

        def renewed(entry: TimelineEntry) -> TimelineEntry:
            if not isinstance(entry.body, Note):
                return entry
            left = {file.id for file in summary.files}
            kept = [
                replace(file, id=file_id, size=summary.size) if not file.chat_file_id else file
                for file in entry.body.attachments
                if not file.chat_file_id or file.chat_file_id in left
            ]
            return replace(entry, body=Note(redact(cut(summary.beginning, EXCERPT, mark="")), tuple(kept)))

        return replace(commit, entries=tuple(renewed(entry) for entry in commit.entries))

    async def _content(self, commit: Commit, summary: LogSummary) -> AsyncIterator[bytes]:
        async for piece in self._chat_client.log(commit.ticket.desk_id, commit.session_id, commit.ticket.number):
            yield summary.add(piece)

    async def _commits(self, desk_id: str, ticket_id: str) -> AsyncIterator[list[Commit]]:
        above = 0
        while found := await self._log.commits(desk_id, ticket_id, above=above, size=COMMITS_AT_ONCE, public=False):
            yield found
            above = found[-1].ticket.revision
