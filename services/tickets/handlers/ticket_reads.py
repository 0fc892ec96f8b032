"""Reading tickets, for customers without internal entries and chats of others (spec 8.3, 9.4)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from servicekit.files import PIECE
from services.tickets.domain.access.tickets import is_customer, may_see_entry, seen_by, visibility_of
from services.tickets.domain.errors import AttachmentNotFound, InvalidValue
from services.tickets.domain.limits import filter_from, page_size_from
from services.tickets.domain.people import Actor
from services.tickets.domain.ticket import Priority, Ticket, TicketStatus
from services.tickets.domain.ticket_list import TicketPage, TicketQuery, search_from
from services.tickets.domain.ticket_order import Cursor, Sort
from services.tickets.domain.timeline import Attachment, ChatReference, Note, TimelineEntry
from services.tickets.handlers.access import VisibleReader
from services.tickets.ports import Files, TicketList, TicketLog

# Of notes on a page of a timeline; far below the limit of a gRPC message.
PAGE_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class TimelinePage:
    entries: tuple[TimelineEntry, ...]
    more: bool


class TicketReads:
    def __init__(self, log: TicketLog, tickets: TicketList, files: Files, visible: VisibleReader) -> None:
        self._log, self._tickets, self._files, self._visible = log, tickets, files, visible

    async def get(self, by: Actor, ticket_id: str) -> Ticket:
        return seen_by(by, await self._visible.ticket(by, ticket_id))

    async def list(
        self,
        by: Actor,
        *,
        search: str = "",
        statuses: frozenset[TicketStatus] = frozenset(),
        customer_id: str = "",
        board_id: str = "",
        assignee_id: str = "",
        unassigned: bool = False,
        priorities: frozenset[Priority] = frozenset(),
        changed_before: datetime | None = None,
        sort: Sort = Sort.CHANGED,
        reversed: bool = False,
        page_size: int = 0,
        page_token: str = "",
    ) -> TicketPage:
        if is_customer(by) and sort is not Sort.CHANGED:
            raise InvalidValue("sort", "A customer's tickets are sorted by their last change.")
        if unassigned and assignee_id:
            raise InvalidValue("unassigned", "A list is of one engineer's tickets or of those that nobody is assigned to.")
        words, number = search_from(search)
        query = TicketQuery(
            visibility=visibility_of(by, shared=await self._visible.shares(by)),
            words=words,
            number=number,
            statuses=statuses,
            customer_id=filter_from(customer_id, "customer_id"),
            board_id=filter_from(board_id, "board_id"),
            assignee_id=filter_from(assignee_id, "assignee_id"),
            unassigned=unassigned,
            priorities=priorities,
            changed_before=changed_before,
            sort=sort,
            reversed=reversed,
            size=page_size_from(page_size, default=50, largest=100),
            after=Cursor.parse(page_token, sort),
        )
        page = await self._tickets.find(query)
        return replace(page, tickets=tuple(seen_by(by, ticket) for ticket in page.tickets))

    async def timeline(self, by: Actor, ticket_id: str, after_revision: int, page_size: int) -> TimelinePage:
        """Entries above a revision, oldest first. Long ones make a page shorter than `page_size`."""
        size = page_size_from(page_size, default=200, largest=500)
        ticket = await self._visible.ticket(by, ticket_id)
        entries, read, last = list[TimelineEntry](), after_revision, False
        # One more than the page shows whether there are more. A customer may see no entry of some public commits.
        while len(entries) <= size and not last:
            commits = await self._log.commits(ticket.desk_id, ticket_id, above=read, size=size + 1, public=is_customer(by))
            new = [entry for commit in commits for entry in commit.entries if entry.revision > after_revision]
            began_theirs = any(_is_of_earlier_version(entry) for entry in new) and await self._began_theirs(by, ticket)
            entries += [entry for entry in new if may_see_entry(by, entry, began_theirs=began_theirs)]
            read, last = (commits[-1].ticket.revision if commits else read), len(commits) <= size
        page = entries[: min(size, _count_that_fits(entries))]
        return TimelinePage(tuple(page), len(entries) > len(page))

    async def _began_theirs(self, by: Actor, ticket: Ticket) -> bool:
        """Whether the ticket is the person's and began as theirs."""
        if by.id != ticket.customer.id:
            return False
        first = await self._log.commits(ticket.desk_id, ticket.id, above=0, size=1, public=False)
        return first[0].ticket.customer.id == by.id

    async def attachment(self, by: Actor, ticket_id: str, attachment_id: str) -> Attachment:
        """Raises AttachmentNotFound, for customers also when it is on an internal note."""
        if not attachment_id:
            raise InvalidValue("attachment_id", "Name an attachment.")
        ticket = await self._visible.ticket(by, ticket_id)
        commit = await self._log.commit_with(ticket.desk_id, ticket_id, attachment_id)
        found = commit.attachment(attachment_id) if commit else None
        if found is None or not may_see_entry(by, found[0]):
            raise AttachmentNotFound
        return found[1]

    def content(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """In pieces of at most 256 KiB."""
        return self._files.pieces(attachment.id, PIECE)


def _is_of_earlier_version(entry: TimelineEntry) -> bool:
    return isinstance(entry.body, ChatReference) and not entry.body.customer_id


def _count_that_fits(entries: Sequence[TimelineEntry]) -> int:
    """At least one, if there is one."""
    left = PAGE_BYTES
    for count, entry in enumerate(entries):
        left -= entry.body.bytes if isinstance(entry.body, Note) else 0
        if left < 0:
            return max(count, 1)
    return len(entries)
