"""Attaches the log of an ended chat to its ticket, exactly once also after crashes (spec 4.2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from servicekit.clock import Clock
from servicekit.errors import Kind, Unavailable, as_typed
from servicekit.faults import Faults
from servicekit.files import StoredFile
from servicekit.identity import new_id
from servicekit.logs import log as logger
from servicekit.metrics import Metrics
from services.tickets.domain.attaching import (
    AttachWish,
    EndedChat,
    LogSummary,
    free_name,
    log_command,
    log_drafts,
    priority_of,
    summary_of,
    ticket_id_of,
    wish_for,
)
from services.tickets.domain.directory import Board, Company
from services.tickets.domain.errors import TicketNotFound
from services.tickets.domain.people import SYSTEM, Ref
from services.tickets.domain.ticket import Source, Ticket, TicketStatus
from services.tickets.domain.timeline import Attachment, Commit, TicketCommand, first_commit, next_commit
from services.tickets.handlers.access import VisibleReader
from services.tickets.handlers.chat_file_copies import PIECE_SECONDS, Attach, ChatFileCopies
from services.tickets.handlers.committing import Committer, ticket_numbers
from services.tickets.ports import ChatClient, Erasures, Files, Numbers, TicketLog

COMMITS_AT_ONCE = 200
# For how long a log may hold the records behind it. One of 8 MB takes about a second.
AT_ONCE_SECONDS = 10.0
# By how much the clocks of two replicas differ at most.
CLOCKS_DIFFER = timedelta(seconds=10)


class LogNotSent(Unavailable):
    """Chat does not send a log now."""


@dataclass(slots=True)
class StoredLog:
    """The log of a chat in the store of files, which no note names yet. `fetched_at`: when chat was called for it. `decided`: a commit
    that names it may have succeeded, so only the sweep may remove it."""

    file_id: str
    summary: LogSummary
    fetched_at: datetime
    decided: bool = False


# Five steps. After a crash in or between them, or when the files cannot be copied, chat publishes the wish again, and all steps run again:
#   1 make the ticket      Its id and its command derive from the session, so a repeat finds the first one.
#   2 store the file       Under a new id; its text names the ticket's number. It is removed when it or a file cannot be copied. What a
#                          crash leaves, the sweep removes after an hour unless a note names it.
#   3 copy the files       Those of the chat's messages, each under a new id like the log. Only this step takes long, so it and the next
#                          ones run in a task of their own (chat_file_copies.py) when there are files. It fails after some tries.
#   4 commit the note      THE commit. It names log and files. Its command id is "<session>:log", which the store accepts once per desk, so
#                          one attempt wins, on any ticket and replica.
#   5 publish the commit   It stays unpublished in the store until the broker acknowledges it. chat repeats the wish until it has consumed
#                          the event, and each time the commit is published again, so that events which Kafka lost are replaced.
# No step refuses permanently, because no engineer waits for the result. A closed ticket accepts the log; a missing ticket or board is
# replaced.
class ChatLogAttacher:
    """`publish_all` returns when the broker has acknowledged all commits that were made before the call."""

    def __init__(
        self,
        *,
        committer: Committer,
        log: TicketLog,
        visible: VisibleReader,
        numbers: Numbers,
        files: Files,
        chat_client: ChatClient,
        copies: ChatFileCopies,
        erasures: Erasures,
        publish_all: Callable[[], Awaitable[None]],
        clock: Clock,
        faults: Faults,
        metrics: Metrics,
    ) -> None:
        self._committer, self._log, self._visible, self._numbers, self._files = committer, log, visible, numbers, files
        self._chat_client, self._copies, self._publish_all, self._clock, self._faults = chat_client, copies, publish_all, clock, faults
        self._erasures = erasures
        self._attached = metrics.counter("chat_logs_attached_total", "Chat logs that were attached to a ticket")
        self._repeated = metrics.counter("chat_logs_repeated_total", "Wishes for a log that was already attached")

    async def attach(self, desk_id: str, session_id: str, chat: EndedChat | None) -> asyncio.Task[None] | None:
        """Returns None when the log is attached and the commit is published; for a chat with files, the task after which it is so, unless
        it fails. For one more chat with files than may wait it also returns None. In both cases chat repeats its wish. Raises Unavailable;
        then the call may be repeated.

        `chat` is None when the caller does not have the session's wish; chat is then called for it.
        """
        if running := self._copies.running(session_id):
            return running
        if done := await self._committer.first_of(desk_id, log_command(session_id)):
            self._repeated.inc()
            self._copies.attached(session_id)
            await self._log.mark_unpublished(done)
            await self._publish_all()
            return None
        if chat is None or chat.wish is None:
            chat = await self._chat_client.ended(desk_id, session_id)
        if chat.wish is None or self._copies.refused(chat):
            return None
        ticket = await self._ticket(chat)
        await self._faults.reached("ticket_made")
        log = await self._sent_at_once(chat, ticket)
        if log is None or log.summary.files:
            stored = [log.file_id] if log else []
            task = self._copies.begin(chat, stored, self._preparing(chat, ticket, log))
            if task is None:
                await self._copies.remove(stored)
            return task
        await self._attach(chat, ticket, log, ())
        return None

    async def _sent_at_once(self, chat: EndedChat, ticket: Ticket) -> StoredLog | None:
        """None for a log that chat does not send, or not soon: it is fetched beside the consumer, so that others do not wait."""
        if self._copies.failed_lately(chat.session_id):
            return None
        try:
            async with asyncio.timeout(AT_ONCE_SECONDS):
                return await self._stored(chat, ticket)
        except (TimeoutError, LogNotSent) as error:
            logger.warning("chat_log_not_sent", session=chat.session_id, reason=getattr(error, "code", "too_slow"))
            return None

    def _preparing(self, chat: EndedChat, ticket: Ticket, first: StoredLog | None) -> Callable[[], Awaitable[Attach]]:
        """The first call takes `first`. Others fetch the log again: a person may have been erased from it meanwhile."""
        waiting = [first] if first else []

        async def prepare() -> Attach:
            log = waiting.pop() if waiting else await self._stored(chat, ticket)
            try:
                files = await self._copies.copy(chat, ticket, log.summary.files)
            except BaseException:
                await self._copies.remove([log.file_id])
                raise
            return partial(self._attach, chat, ticket, log, files, beside=True)

        return prepare

    async def _stored(self, chat: EndedChat, ticket: Ticket) -> StoredLog:
        log = StoredLog(new_id(), LogSummary(), self._clock.now())
        file = StoredFile(log.file_id, ticket.desk_id, ticket.id)
        try:
            await self._files.put(file, self._content(chat, ticket, log.summary), log.fetched_at)
        except BaseException:
            await self._copies.remove([log.file_id])
            raise
        await self._faults.reached("blob_stored")
        return log

    async def _attach(self, chat: EndedChat, ticket: Ticket, log: StoredLog, files: Sequence[Attachment], *, beside: bool = False) -> None:
        """`beside`: the consumer does not wait for it."""
        summary, command = log.summary, log_command(chat.session_id)

        async def decide() -> Commit:
            current = await self._log.load(chat.desk_id, ticket.id)
            name = free_name(summary.file_name, await self._file_names(current))
            drafts = log_drafts(chat, summary, log.file_id, name, files)
            # Last, so that little time is left in which chat could still erase somebody before the commit.
            if beside:
                await self._must_be_without_the_erased(chat, log, files)
            log.decided = True
            return next_commit(current, drafts, chat.closed_by, self._clock.now(), command, chat.session_id)

        made = await self._committer.commit(chat.desk_id, command, decide)
        await self._faults.reached("note_inserted")
        await self._publish_all()
        await self._faults.reached("log_published")
        if made.attachment(log.file_id):
            self._attached.inc()
            for _, file in made.attachments:
                await self._files.mark_named(file.id)
            logger.info("chat_log_attached", session=chat.session_id, ticket=ticket.id, desk=ticket.desk_id)
        # Another attempt was first.
        if left := [id for id in (log.file_id, *(file.id for file in files)) if not made.attachment(id)]:
            await self._copies.remove(left)

    async def _must_be_without_the_erased(self, chat: EndedChat, log: StoredLog, files: Sequence[Attachment]) -> None:
        """Raises PutOff when chat erased somebody after the log was fetched. An erasure waits for the record of a copy, but not when this
        replica was paused and has lost the record's partition."""
        if await self._erasures.chat_finished_since(chat.desk_id, log.fetched_at - CLOCKS_DIFFER):
            if not log.decided:
                await self._copies.remove([log.file_id, *(file.id for file in files)])
            raise self._copies.put_off(chat.session_id, 0, "person_erased")

    async def _file_names(self, ticket: Ticket) -> set[str]:
        """Of all files on the ticket. A file that is added meanwhile takes the next revision, so the commit loses and decides again."""
        names, above = set[str](), 0
        while found := await self._log.commits(ticket.desk_id, ticket.id, above=above, size=COMMITS_AT_ONCE, public=False):
            names |= {file.name for commit in found for _, file in commit.attachments}
            above = found[-1].ticket.revision
        return names

    async def _content(self, chat: EndedChat, ticket: Ticket, summary: LogSummary) -> AsyncIterator[bytes]:
        """Raises LogNotSent."""
        async with aclosing(self._chat_client.log(chat.desk_id, chat.session_id, ticket.number)) as pieces:
            while True:
                try:
                    async with asyncio.timeout(PIECE_SECONDS):
                        piece = await anext(pieces, None)
                except TimeoutError:
                    raise LogNotSent.of(Kind.DEADLINE_EXCEEDED, "too_slow", "Chat sends no piece of the log.") from None
                except Exception as error:
                    if (typed := as_typed(error)) and typed.transient:
                        raise LogNotSent.of(typed.kind, typed.code, typed.message) from error
                    raise
                if piece is None:
                    return
                yield summary.add(piece)

    async def _ticket(self, chat: EndedChat) -> Ticket:
        if isinstance(chat.wish, AttachWish):
            try:
                return await self._log.load(chat.desk_id, chat.wish.ticket_id)
            except TicketNotFound:
                logger.warning("chat_log_ticket_gone", session=chat.session_id, ticket=chat.wish.ticket_id)
        command = TicketCommand(id=f"{chat.session_id}:ticket", by_id=SYSTEM.id, content="")

        async def decide() -> Commit:
            return first_commit(await self._draft(chat), [], chat.closed_by, command)

        first = await self._committer.commit(chat.desk_id, command, decide)
        return first.ticket

    async def _draft(self, chat: EndedChat) -> Ticket:
        wish, now = wish_for(chat), self._clock.now()
        company = await self._visible.find(Company, chat.desk_id, chat.company.id)
        return Ticket(
            id=ticket_id_of(chat.session_id),
            desk_id=chat.desk_id,
            number=await self._numbers.next(ticket_numbers(chat.desk_id)),
            summary=summary_of(wish, chat),
            status=TicketStatus.NEW,
            priority=priority_of(wish),
            board=await self._board(chat, wish.board_id, company),
            customer=chat.customer,
            company=company.ref if company else chat.company,
            source=Source.CHAT,
            created_at=now,
            modified_at=now,
            public_modified_at=now,
        )

    async def _board(self, chat: EndedChat, wished: str, company: Company | None) -> Ref:
        for id in (wished, chat.board_id, company.default_board_id if company else ""):
            if board := await self._visible.find(Board, chat.desk_id, id):
                return board.ref
        return Ref(wished, wished)
