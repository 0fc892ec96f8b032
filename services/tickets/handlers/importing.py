"""Imports companies, people and tickets, one line of a CSV file after the other."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace

from services.tickets.domain.csv_rows import Row, Table, column_of, company_from, person_from, ticket_from, with_stored
from services.tickets.domain.directory import Company, ContentT, Person
from services.tickets.domain.errors import CommandIdReused, InvalidValue, NotFound, TicketsError
from services.tickets.domain.importing import ImportTicket
from services.tickets.domain.people import Actor, Side
from services.tickets.domain.sign_in import Identity, the_one
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.handlers.sign_ins import people_like
from services.tickets.handlers.ticket_commands import TicketCommands
from services.tickets.ports import Directory, TicketLog


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    column: str
    reason: str


class Importing:
    """Holds one line. A line that was imported before changes nothing. Raises Unavailable."""

    def __init__(self, directory: Directory, people: DirectoryHandlers, commands: TicketCommands, log: TicketLog) -> None:
        self._directory, self._people, self._commands, self._log = directory, people, commands, log

    async def lines(
        self, by: Actor, desk_id: str, table: Table, rows: Iterable[tuple[int, Mapping[str | None, object]]]
    ) -> AsyncIterator[Refusal | None]:
        """For each row, which has the number of its line, the reason why it was refused; None for one that is imported."""
        for line, row in rows:
            try:
                await self._line(by, desk_id, table, _texts(row))
                yield None
            except TicketsError as error:
                yield Refusal(line, column_of(error.field), str(error))

    async def _line(self, by: Actor, desk_id: str, table: Table, row: Row) -> None:
        match table:
            case Table.COMPANIES:
                company = await self._stored(Company, desk_id, row)
                await self._people.upsert(by, company_from(desk_id, with_stored(row, company) if company else row), keeps_newer=True)
            case Table.PEOPLE:
                await self._people.upsert(by, await self._person(desk_id, row))
            case Table.TICKETS:
                await self._create(by, ticket_from(row))

    async def _create(self, by: Actor, request: ImportTicket) -> None:
        """Creates the ticket unless any engineer has imported it before. Two imports at the same moment by two engineers may both
        create it."""
        command = request.checked(by)
        first = await self._log.commit_of(by.desk_id, None, command.id)
        if first is None:
            await self._commands.import_ticket(by, request, command, await self._assignee(by.desk_id, request.assignee_email))
        # Erasing a person clears the digest of a command whose texts it changed.
        elif first.command.content not in ("", command.content):
            raise CommandIdReused

    async def _assignee(self, desk_id: str, email: str) -> Person | None:
        if not email:
            return None
        identity = Identity(desk_id=desk_id, side=Side.ENGINEER, email=email)
        try:
            return the_one(identity, await people_like(identity, self._directory))
        except NotFound:
            raise InvalidValue("assignee_email", "No engineer has this address, or several have it.") from None

    async def _person(self, desk_id: str, row: Row) -> Person:
        """With what a file does not have: nobody gets their access back by an import."""
        before = await self._stored(Person, desk_id, row)
        if before is None:
            return person_from(desk_id, row)
        person = person_from(desk_id, with_stored(row, before))
        return replace(person, disabled=before.disabled, trial=before.trial)

    async def _stored(self, kind: type[ContentT], desk_id: str, row: Row) -> ContentT | None:
        found = await self._directory.get(kind, row["id"])
        return found if found and found.desk_id == desk_id else None


def _texts(row: Mapping[str | None, object]) -> Row:
    """As csv.DictReader reads it: None is the column of the values that are too many, and the value of those that lack."""
    if None in row:
        raise InvalidValue("", "The line has more values than there are columns.")
    return {str(column): str(value or "").strip() for column, value in row.items()}
