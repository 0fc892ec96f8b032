"""`python -m services.tickets.import DESK TABLE FILE` imports companies, people or tickets, and names the lines that were refused.

No other module can import it, because Python reserves its name; `python -m` can run it. It writes to the database of tickets and needs the
settings of MongoDB only (and PARLEY_KAFKA, as `python -m services prepare` does). The running services publish what it has written.
"""

import argparse
import asyncio
import csv
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TextIO

from servicekit.back_ends import BackEndSettings
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.settings import SettingsError, load
from services.tickets.domain.csv_rows import Table, check_columns
from services.tickets.domain.directory import Desk
from services.tickets.domain.errors import InvalidValue, TicketsError
from services.tickets.domain.people import Actor, Side
from services.tickets.handlers.access import VisibleReader, actor_from
from services.tickets.handlers.committing import Committer
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.handlers.importing import Importing, Refusal
from services.tickets.handlers.ticket_commands import TicketCommands
from services.tickets.outbound.mongo_directory import MongoDirectory
from services.tickets.outbound.mongo_ticket_list import MongoNumbers, MongoTicketList
from services.tickets.outbound.mongo_ticket_log import MongoTicketLog
from services.tickets.outbound.ticket_files import files_of

DONE, REFUSED, FAILED = 0, 1, 2
OPERATOR = Actor(id="operator", name="operator", side=Side.SERVICE, desk_id="")


async def imported(
    settings: BackEndSettings, desk_id: str, table: Table, file: TextIO, engineer_id: str = ""
) -> AsyncIterator[Refusal | None]:
    """For each line None, or why it was refused. `engineer_id`: who creates the tickets. Raises TicketsError before the first line, and
    Unavailable."""
    reader = csv.DictReader(file, strict=True)
    check_columns(table, reader.fieldnames or ())
    metrics, clock = Metrics("tickets"), SystemClock()
    mongo = Mongo.from_settings(settings, "tickets", {}, metrics)
    try:
        directory, numbers = MongoDirectory(mongo), MongoNumbers(mongo)
        # It writes no desks.
        log, people = MongoTicketLog(mongo), DirectoryHandlers(directory, numbers, clock, trial=False, most_file_mb=0)
        committer = Committer(log, MongoTicketList(mongo), lambda: None, metrics)
        commands = TicketCommands(committer, log, VisibleReader(log, directory), numbers, files_of(mongo), clock)
        if await directory.get(Desk, desk_id) is None:
            raise InvalidValue("desk", "There is no such desk.")
        by = await _engineer(people, desk_id, engineer_id) if table is Table.TICKETS else OPERATOR
        lines = Importing(directory, people, commands, log).lines(by, desk_id, table, _numbered(reader))
        async with aclosing(lines):  # type: ignore[type-var]
            async for line in lines:
                yield line
    finally:
        await mongo.stop()


async def _engineer(people: DirectoryHandlers, desk_id: str, engineer_id: str) -> Actor:
    caller = await people.person_of(desk_id, engineer_id)
    if caller is None or caller.kind != "engineer":
        raise InvalidValue("engineer", "Name an engineer of the desk, who creates the tickets.")
    return actor_from(caller)


def _numbered(reader: "csv.DictReader[str]") -> Iterator[tuple[int, Mapping[str | None, object]]]:
    for row in reader:
        yield reader.line_num, row


async def run(settings: BackEndSettings, desk_id: str, table: Table, file: TextIO, engineer_id: str) -> int:
    """Prints each refusal, and at the end how many lines there were. Returns the exit code."""
    good = refused = 0
    try:
        async for line in imported(settings, desk_id, table, file, engineer_id):
            if line is None:
                good += 1
            else:
                refused += 1
                print(f"line {line.line}: {line.column}: {line.reason}" if line.column else f"line {line.line}: {line.reason}")
    finally:
        print(f"{good} imported, {refused} refused.")
    return REFUSED if refused else DONE


def main() -> None:
    """Exits with 0 when every line is imported, 1 when some were refused, 2 when it could not begin or go on; repeat it then."""
    parser = argparse.ArgumentParser(prog="python -m services.tickets.import", description="Import companies, people or tickets.")
    parser.add_argument("desk", help="the id of the desk")
    parser.add_argument("table", choices=[table.value for table in Table])
    parser.add_argument("file", help="a CSV file in UTF-8 with a line of column names")
    parser.add_argument("--engineer", default="", help="for tickets: the id of the engineer who creates them")
    given = parser.parse_args()
    try:
        settings = load(BackEndSettings, os.environ)
        with Path(given.file).open(encoding="utf-8-sig", newline="") as file:
            code = asyncio.run(run(settings, given.desk, Table(given.table), file, given.engineer))
    except (SettingsError, TicketsError, Unavailable, OSError, UnicodeDecodeError, csv.Error) as error:
        parser.exit(FAILED, f"{error}\n")
    parser.exit(code)


if __name__ == "__main__":
    main()
