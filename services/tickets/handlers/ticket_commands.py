"""Making tickets, changing them and adding notes."""

from collections.abc import Sequence
from dataclasses import replace

from servicekit.clock import Clock
from services.tickets.domain.access.directory import may_see_board
from services.tickets.domain.access.tickets import (
    is_customer,
    may_be_assigned,
    may_make_for,
    must_be_person,
    must_change,
    must_see,
    must_write,
    owns_upload,
    seen_by,
)
from services.tickets.domain.archiving import must_be_open
from services.tickets.domain.changing import TicketUpdate, update
from services.tickets.domain.commands import AddNote, CreateTicket, UpdateTicket
from services.tickets.domain.directory import Board, Company, Person
from services.tickets.domain.errors import InvalidValue, UploadNotFound
from services.tickets.domain.importing import ImportTicket, imported
from services.tickets.domain.limits import derived_id, summary_from
from services.tickets.domain.people import Actor, Ref, Side
from services.tickets.domain.ticket import NOBODY, Source, Ticket, TicketStatus
from services.tickets.domain.timeline import (
    Attachment,
    Commit,
    Note,
    TicketCommand,
    TimelineEntry,
    UnstoredEntry,
    changes,
    first_commit,
    next_commit,
)
from services.tickets.handlers.access import VisibleReader
from services.tickets.handlers.committing import Committer, ticket_numbers
from services.tickets.ports import Files, Numbers, TicketLog


class TicketCommands:
    def __init__(self, committer: Committer, log: TicketLog, visible: VisibleReader, numbers: Numbers, files: Files, clock: Clock) -> None:
        self._committer, self._log, self._visible = committer, log, visible
        self._numbers, self._files, self._clock = numbers, files, clock

    async def create(self, by: Actor, request: CreateTicket) -> Ticket:
        """Returns the new ticket. A repeat returns the first one and takes no number."""
        must_be_person(by)
        command = request.checked(by)

        async def decide() -> Commit:
            note = [UnstoredEntry(Note(request.text))] if request.text else []
            return first_commit(await self._draft(by, request), note, by.ref, command)

        made = await self._committer.commit(by.desk_id, command, decide)
        must_see(by, made.ticket, shared=await self._visible.shares(by))
        return seen_by(by, made.ticket)

    async def import_ticket(self, by: Actor, request: ImportTicket, command: TicketCommand, assignee: Person | None) -> None:
        """Creates the ticket with the state that it had in another system."""

        async def decide() -> Commit:
            now = self._clock.now()
            request.check_times(now)
            ticket = await self._draft(by, request.new)
            if assignee and not may_be_assigned(assignee, ticket.company.id, ticket.board.id):
                raise InvalidValue("assignee_email", f"{assignee.name} has no access to this ticket.")
            return imported(ticket, request, assignee.ref if assignee else None, by.ref, now, command)

        await self._committer.commit(by.desk_id, command, decide)

    async def update(self, by: Actor, request: UpdateTicket) -> Ticket:
        """Returns the ticket after the change, or unchanged."""
        must_be_person(by)
        command = request.checked(by)
        seen = await self._visible.ticket(by, request.ticket_id)

        async def decide() -> Commit | None:
            ticket = await self._visible.ticket(by, request.ticket_id)
            must_change(ticket, by, only_status=request.only_status)
            drafts = changes(update(ticket, by, await self._wish(by, ticket, request)))
            return next_commit(ticket, drafts, by.ref, self._clock.now(), command) if drafts else None

        made = await self._committer.commit(by.desk_id, command, decide)
        return seen_by(by, made.ticket if made else seen)

    async def add_note(self, by: Actor, request: AddNote) -> TimelineEntry:
        """Returns the new entry."""
        must_write(by, internal=request.internal)
        command = request.checked(by)
        await self._visible.ticket(by, request.ticket_id)

        async def decide() -> Commit:
            ticket = await self._visible.ticket(by, request.ticket_id)
            note = Note(request.text, await self._uploaded(by, ticket, request.attachment_ids))
            return next_commit(ticket, [UnstoredEntry(note, request.internal)], by.ref, self._clock.now(), command)

        made = await self._committer.commit(by.desk_id, command, decide)
        for _, file in made.attachments:
            await self._files.mark_named(file.id)
        return made.entries[0]

    async def _uploaded(self, by: Actor, ticket: Ticket, ids: Sequence[str]) -> tuple[Attachment, ...]:
        """The caller's uploads. Raises UploadNotFound, also when a note has one already: the same file on a public and an internal note
        would be public. A note that another replica commits meanwhile takes the revision, so this is decided again."""
        found = []
        for id in ids:
            upload = await self._files.upload(id)
            if upload is None or not owns_upload(by, upload, ticket.id) or not upload.is_kept(self._clock.now()):
                raise UploadNotFound
            if await self._log.commit_with(ticket.desk_id, ticket.id, id):
                raise UploadNotFound
            found.append(upload.attachment)
        return tuple(found)

    async def _draft(self, by: Actor, request: CreateTicket) -> Ticket:
        customer, company = await self._customer(by, request.customer_id)
        board = await self._board(by, request.board_id or (company.default_board_id if is_customer(by) else ""), company)
        must_be_open(company, "customer_id")
        must_be_open(board, "board_id")
        now = self._clock.now()
        return Ticket(
            id=derived_id("ticket of command", by.desk_id, by.id, request.command_id),
            desk_id=by.desk_id,
            number=await self._numbers.next(ticket_numbers(by.desk_id)),
            summary=summary_from(request.summary),
            status=TicketStatus.NEW,
            priority=request.priority,
            board=board.ref,
            customer=customer.ref,
            company=company.ref,
            source=Source.PORTAL if is_customer(by) else Source.ENGINEER,
            created_at=now,
            modified_at=now,
            public_modified_at=now,
        )

    async def _customer(self, by: Actor, id: str) -> tuple[Person, Company]:
        if is_customer(by) and id not in ("", by.id):
            raise InvalidValue("customer_id", "Customers make tickets for themselves.")
        person = await self._visible.find(Person, by.desk_id, by.id if is_customer(by) else id)
        company = await self._visible.find(Company, by.desk_id, person.company_id) if person else None
        if person is None or person.disabled or company is None or not may_make_for(by, company):
            raise InvalidValue("customer_id", "There is no such customer.")
        return person, company

    async def _board(self, by: Actor, id: str, own: Company | None = None) -> Board:
        board = await self._visible.find(Board, by.desk_id, id)
        if board is None or not may_see_board(by, board, own):
            raise InvalidValue("board_id", "There is no such board.")
        return board

    async def _wish(self, by: Actor, ticket: Ticket, request: UpdateTicket) -> TicketUpdate:
        board = await self._board(by, request.board_id) if request.board_id is not None else None
        if board and board.id != ticket.board.id:
            must_be_open(board, "board_id")
        summary = None if request.summary is None else summary_from(request.summary)
        wish = TicketUpdate(summary=summary, status=request.status, priority=request.priority, board=board.ref if board else None)
        if request.customer_id is not None:
            customer, company = await self._customer(by, request.customer_id)
            if company.id != ticket.company.id:
                must_be_open(company, "customer_id")
            wish = replace(wish, customer=customer.ref, company=company.ref)
        return replace(wish, assignee=await self._assignee(ticket, wish, request.assignee_id))

    async def _assignee(self, ticket: Ticket, wish: TicketUpdate, id: str | None) -> Ref | None:
        """The assignee to set; None leaves the present one. Raises InvalidValue for an engineer without access to the ticket as wished.

        A ticket that moves to a company or board to which its assignee has no access loses the assignee.
        """
        if id:
            person = await self._engineer(ticket.desk_id, id)
            if person is None:
                raise InvalidValue("assignee_id", "There is no such engineer.")
            if not _covers(person, ticket, wish):
                raise InvalidValue("assignee_id", f"{person.name} has no access to this ticket.")
            return person.ref
        if id is not None:
            return NOBODY
        if ticket.assignee is None or not (wish.board or wish.company):
            return None
        person = await self._engineer(ticket.desk_id, ticket.assignee.id)
        return None if person and _covers(person, ticket, wish) else NOBODY

    async def _engineer(self, desk_id: str, id: str) -> Person | None:
        person = await self._visible.find(Person, desk_id, id)
        return person if person and person.side is Side.ENGINEER and not person.disabled else None


def _covers(engineer: Person, ticket: Ticket, wish: TicketUpdate) -> bool:
    """Whether the engineer has access to the ticket after the change."""
    company, board = wish.company or ticket.company, wish.board or ticket.board
    return may_be_assigned(engineer, company.id, board.id)
