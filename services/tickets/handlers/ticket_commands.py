"""What people do to tickets: make, change, write on them."""

from dataclasses import replace

from servicekit.clock import Clock
from services.tickets.domain.commands import AddNote, CreateTicket, UpdateTicket
from services.tickets.domain.directory import Company, Person
from services.tickets.domain.errors import InvalidValue, NotAllowed
from services.tickets.domain.limits import derived_id, summary_from
from services.tickets.domain.people import Actor, Ref, Side
from services.tickets.domain.ticket import Source, Ticket, TicketStatus, TicketUpdate, must_change, must_see, seen_by, update
from services.tickets.domain.timeline import Commit, Happening, Line, Note, changes, commit, first_commit
from services.tickets.handlers.access import Sighted
from services.tickets.handlers.committing import Committer, ticket_numbers
from services.tickets.ports import Numbers


class TicketCommands:
    def __init__(self, committer: Committer, sighted: Sighted, numbers: Numbers, clock: Clock) -> None:
        self._committer, self._sighted, self._numbers, self._clock = committer, sighted, numbers, clock

    async def create(self, by: Actor, asked: CreateTicket) -> Ticket:
        """The new ticket. A repeat finds the first one before it takes a number."""
        _must_be_person(by)
        command = asked.checked(by)

        async def decide() -> Commit:
            note = [Happening(Note(asked.text))] if asked.text else []
            return first_commit(await self._draft(by, asked), note, by.ref, command)

        made = await self._committer.commit(by.desk_id, command, decide)
        assert made is not None
        must_see(by, made.ticket, shared=await self._sighted.shares(by))
        return seen_by(by, made.ticket)

    async def update(self, by: Actor, asked: UpdateTicket) -> Ticket:
        """The ticket after it; as it was where the wish changes nothing."""
        _must_be_person(by)
        command = asked.checked(by)
        seen = await self._sighted.ticket(by, asked.ticket_id)

        async def decide() -> Commit | None:
            ticket = await self._sighted.ticket(by, asked.ticket_id)
            must_change(ticket, by, only_status=asked.only_status)
            happenings = changes(update(ticket, by, await self._wish(by, ticket, asked)))
            return commit(ticket, happenings, by.ref, self._clock.now(), command) if happenings else None

        made = await self._committer.commit(by.desk_id, command, decide)
        return seen_by(by, made.ticket if made else seen)

    async def add_note(self, by: Actor, asked: AddNote) -> Line:
        """The new line."""
        _must_be_person(by)
        if asked.internal and by.side is Side.CUSTOMER:
            raise NotAllowed("Customers write for everybody to read.", field="internal")
        command = asked.checked(by)
        await self._sighted.ticket(by, asked.ticket_id)

        async def decide() -> Commit:
            ticket = await self._sighted.ticket(by, asked.ticket_id)
            return commit(ticket, [Happening(Note(asked.text), asked.internal)], by.ref, self._clock.now(), command)

        made = await self._committer.commit(by.desk_id, command, decide)
        assert made is not None
        return made.lines[0]

    async def _draft(self, by: Actor, asked: CreateTicket) -> Ticket:
        customer, company = await self._customer(by, asked.customer_id)
        board = await self._board(by, asked.board_id or (company.default_board_id if by.side is Side.CUSTOMER else ""), company)
        now = self._clock.now()
        return Ticket(
            id=derived_id("ticket of command", by.desk_id, by.id, asked.command_id),
            desk_id=by.desk_id,
            number=await self._numbers.next(ticket_numbers(by.desk_id)),
            revision=0,
            summary=summary_from(asked.summary),
            status=TicketStatus.NEW,
            priority=asked.priority,
            board=board,
            customer=customer.ref,
            company=company.ref,
            assignee=None,
            source=Source.PORTAL if by.side is Side.CUSTOMER else Source.ENGINEER,
            created_at=now,
            modified_at=now,
            public_revision=0,
            public_modified_at=now,
        )

    async def _customer(self, by: Actor, id: str) -> tuple[Person, Company]:
        if by.side is Side.CUSTOMER and id not in ("", by.id):
            raise InvalidValue("customer_id", "Customers make tickets for themselves.")
        person = await self._sighted.person(by.desk_id, by.id if by.side is Side.CUSTOMER else id)
        company = await self._sighted.company(by.desk_id, person.company_id) if person else None
        if person is None or person.disabled or company is None:
            raise _no_customer()
        if by.side is Side.ENGINEER and not by.access.company(company.id):
            raise _no_customer()
        return person, company

    async def _board(self, by: Actor, id: str, own: Company | None = None) -> Ref:
        board = await self._sighted.board(by.desk_id, id)
        if board is None:
            raise _no_board()
        if by.side is Side.CUSTOMER and (own is None or board.id != own.default_board_id):
            raise _no_board()
        if by.side is Side.ENGINEER and not by.access.board(board.id):
            raise _no_board()
        return board.ref

    async def _wish(self, by: Actor, ticket: Ticket, asked: UpdateTicket) -> TicketUpdate:
        board = await self._board(by, asked.board_id) if asked.board_id is not None else None
        summary = None if asked.summary is None else summary_from(asked.summary)
        wish = TicketUpdate(summary=summary, status=asked.status, priority=asked.priority, board=board)
        if asked.assignee_id is None:
            return wish
        return replace(wish, assignee=await self._assignee(ticket, asked.assignee_id, board or ticket.board))

    async def _assignee(self, ticket: Ticket, id: str, board: Ref) -> Ref:
        """Somebody who will see the ticket that they are to work on."""
        if not id:
            return Ref("", "")
        person = await self._sighted.person(ticket.desk_id, id)
        if person is None or person.disabled or person.side is not Side.ENGINEER:
            raise InvalidValue("assignee_id", "There is no such engineer.")
        if not (person.access.company(ticket.company.id) and person.access.board(board.id)):
            raise InvalidValue("assignee_id", f"{person.name} has no access to this ticket.")
        return person.ref


def _must_be_person(by: Actor) -> None:
    if by.side is Side.SERVICE:
        raise NotAllowed("Only people write on tickets; a service asks on behalf of one.")


def _no_board() -> InvalidValue:
    return InvalidValue("board_id", "There is no such board.")


def _no_customer() -> InvalidValue:
    return InvalidValue("customer_id", "There is no such customer.")
