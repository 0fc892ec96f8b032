"""Imports companies, people and tickets, one line of a CSV file after the other."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace

from services.tickets.domain.csv_rows import Row, Table, column_of, company_from, person_from, ticket_from
from services.tickets.domain.directory import Person
from services.tickets.domain.errors import InvalidValue, TicketsError
from services.tickets.domain.people import Actor
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.handlers.ticket_commands import TicketCommands
from services.tickets.ports import Directory


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    column: str
    reason: str


class Importing:
    """Holds one line. A line that was imported before changes nothing. Raises Unavailable."""

    def __init__(self, directory: Directory, people: DirectoryHandlers, commands: TicketCommands) -> None:
        self._directory, self._people, self._commands = directory, people, commands

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
                await self._people.upsert(by, company_from(desk_id, row))
            case Table.PEOPLE:
                await self._people.upsert(by, await self._as_before(person_from(desk_id, row)))
            case Table.TICKETS:
                await self._commands.create(by, ticket_from(row))

    async def _as_before(self, person: Person) -> Person:
        """With what a file does not have: nobody gets their access back by an import."""
        before = await self._directory.get(Person, person.id)
        return replace(person, disabled=before.disabled, trial=before.trial) if before else person


def _texts(row: Mapping[str | None, object]) -> Row:
    """As csv.DictReader reads it: None is the column of the values that are too many, and the value of those that lack."""
    if None in row:
        raise InvalidValue("", "The line has more values than there are columns.")
    return {str(column): str(value or "").strip() for column, value in row.items()}
