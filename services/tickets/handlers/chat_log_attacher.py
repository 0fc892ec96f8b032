"""The log of an ended chat comes onto its ticket: once, whatever crashes on the way (spec 4.2)."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from servicekit.clock import Clock
from servicekit.faults import Faults
from servicekit.identity import new_id
from servicekit.logs import log as logger
from servicekit.metrics import Metrics
from services.tickets.domain.chat_log import (
    AttachWish,
    EndedChat,
    LogText,
    free_name,
    log_command,
    log_drafts,
    priority_of,
    summary_of,
    ticket_id_of,
    wish_for,
)
from services.tickets.domain.directory import Company
from services.tickets.domain.errors import TicketNotFound
from services.tickets.domain.people import SYSTEM, Ref
from services.tickets.domain.ticket import Source, Ticket, TicketStatus
from services.tickets.domain.timeline import Commit, Note, TicketCommand, commit, first_commit
from services.tickets.handlers.access import VisibleReader
from services.tickets.handlers.committing import Committer, ticket_numbers
from services.tickets.ports import ChatClient, Files, Numbers, Relay, StoredFile, TicketLog

COMMITS_AT_ONCE = 200


# Four steps, each of which may be the last one before a crash, and then all are done again when chat asks again:
#   1 make the ticket      its id and its command follow from the session, so a repeat meets the first one;
#   2 store the file       under a fresh id, with the ticket's number in its head; until a note names it, it counts for nothing and is
#                          swept after an hour;
#   3 commit the note      THE commit. Its command id is "<session>:log", which the store takes once in a desk, so of
#                          any number of attempts, on any ticket and replica, one wins;
#   4 say it               the commit is unsaid until the broker has it. chat asks again until it has heard, and every
#                          time is answered, so what Kafka has forgotten is said again.
# Nothing here may refuse for good: the engineer pressed the button long ago. A closed ticket takes the log, a ticket or
# board that is gone is replaced.
class ChatLogAttacher:
    def __init__(
        self,
        *,
        committer: Committer,
        log: TicketLog,
        visible: VisibleReader,
        numbers: Numbers,
        files: Files,
        chat_client: ChatClient,
        relay: Relay,
        clock: Clock,
        faults: Faults,
        metrics: Metrics,
    ) -> None:
        self._committer, self._log, self._visible, self._numbers, self._files = committer, log, visible, numbers, files
        self._chat_client, self._relay, self._clock, self._faults = chat_client, relay, clock, faults
        self._attached = metrics.counter("chat_logs_attached_total", "Chat logs that came onto a ticket")
        self._repeated = metrics.counter("chat_logs_repeated_total", "Wishes for a log that was attached before")

    async def attach(self, desk_id: str, session_id: str) -> None:
        """Returns when the log is on its ticket and that is said; raises Unavailable, and all of it may be done again."""
        if done := await self._committer.first_of(desk_id, log_command(session_id)):
            self._repeated.inc()
            # What a crash left unsaid comes first: no commit is heard before the one that it follows.
            await self._relay.publish(done.ticket.id)
            await self._relay.republish(done)
            return
        chat = await self._chat_client.ended(desk_id, session_id)
        if chat.wish is None:
            return
        ticket = await self._ticket(chat)
        await self._faults.reached("ticket_made")
        await self._attach(chat, ticket)

    async def _attach(self, chat: EndedChat, ticket: Ticket) -> None:
        file = StoredFile(new_id(), ticket.desk_id, ticket.id)
        text = LogText()
        await self._files.put(file, self._content(chat, ticket, text), self._clock.now())
        await self._faults.reached("blob_stored")
        command = log_command(chat.session_id)

        async def decide() -> Commit:
            current = await self._log.load(chat.desk_id, ticket.id)
            drafts = log_drafts(chat, text, file.id, free_name(chat.file_name, await self._file_names(current)))
            return commit(current, drafts, chat.closed_by, self._clock.now(), command, chat.session_id)

        made = await self._committer.commit(chat.desk_id, command, decide)
        await self._faults.reached("note_inserted")
        await self._relay.publish(ticket.id)
        await self._faults.reached("log_said")
        if made is not None and made.attachment(file.id):
            self._attached.inc()
            await self._files.settle(file.id)
            logger.info("chat_log_attached", session=chat.session_id, ticket=ticket.id, desk=ticket.desk_id)

    async def _file_names(self, ticket: Ticket) -> set[str]:
        """Of all that lies on the ticket now: who adds a file meanwhile wins the race, and this is asked again."""
        names, above = set[str](), 0
        while found := await self._log.commits(ticket.desk_id, ticket.id, above=above, size=COMMITS_AT_ONCE, public=False):
            names |= {
                file.name for commit in found for entry in commit.entries if isinstance(entry.body, Note) for file in entry.body.attachments
            }
            above = found[-1].ticket.revision
        return names

    async def _content(self, chat: EndedChat, ticket: Ticket, text: LogText) -> AsyncIterator[bytes]:
        async with aclosing(self._chat_client.log(chat.desk_id, chat.session_id, ticket.number)) as pieces:
            async for piece in pieces:
                yield text.passes(piece)

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
        assert first is not None
        return first.ticket

    async def _draft(self, chat: EndedChat) -> Ticket:
        wish, now = wish_for(chat), self._clock.now()
        company = await self._visible.company(chat.desk_id, chat.company.id)
        return Ticket(
            id=ticket_id_of(chat.session_id),
            desk_id=chat.desk_id,
            number=await self._numbers.next(ticket_numbers(chat.desk_id)),
            revision=0,
            summary=summary_of(wish, chat),
            status=TicketStatus.NEW,
            priority=priority_of(wish),
            board=await self._board(chat, wish.board_id, company),
            customer=chat.customer,
            company=company.ref if company else chat.company,
            assignee=None,
            source=Source.CHAT,
            created_at=now,
            modified_at=now,
            public_revision=0,
            public_modified_at=now,
        )

    async def _board(self, chat: EndedChat, wished: str, company: Company | None) -> Ref:
        for id in (wished, chat.board_id, company.default_board_id if company else ""):
            if board := await self._visible.board(chat.desk_id, id):
                return board.ref
        return Ref(wished, wished)
