"""The list of tickets in memory. It passes the same tests as the real one."""

from collections.abc import Sequence
from typing import Any

from servicekit.moments import to_ms
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import MAX_COUNTED, TicketPage, TicketQuery, TicketVisibility
from services.tickets.domain.ticket_order import Cursor, Sort, sort_keys
from services.tickets.domain.ticket_words import TicketWords, WordCollector
from services.tickets.domain.timeline import Note
from tests.unit.tickets.fakes import FakeTicketLog


class FakeTicketList:
    def __init__(self, log: FakeTicketLog) -> None:
        self._log = log
        self.shown, self._words = dict[str, Ticket](), dict[str, TicketWords]()

    async def project(self, ticket: Ticket) -> None:
        before = self.shown.get(ticket.id)
        if before is None or before.revision < ticket.revision:
            self._save(ticket)

    async def replace(self, ticket: Ticket) -> None:
        if ticket.id not in self.shown or self.shown[ticket.id].revision <= ticket.revision:
            self._save(ticket)

    def _save(self, ticket: Ticket) -> None:
        collected = WordCollector(ticket)
        for entry in (entry for commit in self._log.kept if commit.ticket.id == ticket.id for entry in commit.entries):
            if isinstance(entry.body, Note):
                collected.add([entry.body.text, *(file.name for file in entry.body.attachments)], internal=entry.internal)
        self.shown[ticket.id], self._words[ticket.id] = ticket, collected.words()

    async def ids(self, desk_id: str, after: str, size: int) -> tuple[list[str], str]:
        read = sorted(id for id in self.shown if id > after)[:size]
        return [id for id in read if self.shown[id].desk_id == desk_id], read[-1] if len(read) == size else ""

    async def find(self, query: TicketQuery) -> TicketPage:
        public, descending = query.visibility.public, query.descending
        words = {id: found.seen_by(customer=public) for id, found in self._words.items()}
        wanted = [t for t in self.shown.values() if _visible_only(query.visibility, t) and _matches(query, t, words[t.id])]

        def cursor(ticket: Ticket) -> Cursor:
            moment = ticket.public_modified_at if public else ticket.modified_at
            return Cursor(to_ms(moment) if query.sort is Sort.CHANGED else sort_keys(ticket)[query.sort], ticket.id, query.sort)

        def order(at: Cursor) -> tuple[Any, str]:
            return at.value, at.id

        wanted.sort(key=lambda ticket: order(cursor(ticket)), reverse=descending)
        if (after := query.after) is None:
            rest = wanted
        else:
            rest = [t for t in wanted if (order(cursor(t)) < order(after) if descending else order(cursor(t)) > order(after))]
        page, total = rest[: query.size], len(wanted)
        following = cursor(page[-1]) if len(rest) > query.size else None
        return TicketPage(tuple(page), min(total, MAX_COUNTED), following, total > MAX_COUNTED)


def _visible_only(visibility: TicketVisibility, ticket: Ticket) -> bool:
    if visibility.desk_id not in ("", ticket.desk_id):
        return False
    if not (visibility.access.company(ticket.company.id) and visibility.access.board(ticket.board.id)):
        return False
    return not visibility.own_id or ticket.customer.id == visibility.own_id or ticket.company.id == visibility.shared_company_id


def _matches(query: TicketQuery, ticket: Ticket, words: Sequence[str]) -> bool:
    found = all(any(word.startswith(beginning) for word in words) for beginning in query.words) or ticket.number == query.number
    chosen = (not query.statuses or ticket.status in query.statuses) and (not query.priorities or ticket.priority in query.priorities)
    chosen &= not (query.unassigned and ticket.assignee)
    chosen &= query.assignee_id in ("", ticket.assignee.id if ticket.assignee else "")
    changed_at = ticket.public_modified_at if query.visibility.public else ticket.modified_at
    chosen &= query.changed_before is None or changed_at < query.changed_before
    return found and chosen and query.customer_id in ("", ticket.customer.id) and query.board_id in ("", ticket.board.id)
