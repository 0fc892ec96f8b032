"""`python -m services.tickets.export PERSON --out FILE` writes what all services store of a person into a ZIP (spec 10.6).

It needs the settings of tickets: it reads the database, and calls chat, presence and notify.
"""

import argparse
import asyncio
import os
from pathlib import Path
from typing import IO

from servicekit.clock import SystemClock
from servicekit.errors import RemoteError, Unavailable
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.settings import SettingsError, load
from services.tickets.config import TicketsSettings
from services.tickets.domain.errors import TicketsError
from services.tickets.domain.people import OPERATOR
from services.tickets.handlers.audit import AuditHandlers
from services.tickets.handlers.person_export import PersonExport
from services.tickets.outbound.chat_client import GrpcChatClient
from services.tickets.outbound.mongo_audit import MongoAuditLog
from services.tickets.outbound.mongo_directory import MongoDirectory
from services.tickets.outbound.mongo_ticket_list import MongoTicketList
from services.tickets.outbound.mongo_ticket_log import MongoTicketLog
from services.tickets.outbound.person_data_clients import PersonDataClients
from services.tickets.outbound.ticket_files import files_of
from services.tickets.wiring import NAME, others_of

WRITTEN, FAILED = 0, 2


async def export(person_id: str, out: IO[bytes], settings: TicketsSettings) -> None:
    """Writes the ZIP. Raises OSError, TicketsError, RemoteError or Unavailable."""
    clock, metrics = SystemClock(), Metrics(NAME)
    mongo = Mongo.from_settings(settings, NAME, {}, metrics)
    directory, audit_log = MongoDirectory(mongo), MongoAuditLog(mongo)
    audit = AuditHandlers(audit_log, directory, clock, metrics)
    presence, chat, notify = others_of(settings, clock, metrics)
    others, chat_client = PersonDataClients(chat, presence, notify), GrpcChatClient(chat)
    exporting = PersonExport(
        directory, MongoTicketLog(mongo), MongoTicketList(mongo), files_of(mongo), audit_log, others, chat_client, audit.keep, clock
    )
    try:
        async for piece in exporting.pieces(OPERATOR, person_id):
            out.write(piece)
    finally:
        for other in (presence, chat, notify):
            await other.close()
        await mongo.stop()


def main() -> None:
    """Exits with 0 when the file is written, 2 when it is not."""
    parser = argparse.ArgumentParser(prog="python -m services.tickets.export", description="Write what is stored of a person into a ZIP.")
    parser.add_argument("person", help="the id of the person")
    parser.add_argument("--out", type=Path, required=True, help="the ZIP to write, which must not exist")
    given = parser.parse_args()
    try:
        settings = load(TicketsSettings, os.environ)
        # Only its owner may read it.
        descriptor = os.open(given.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (OSError, SettingsError) as error:
        parser.exit(FAILED, f"{error}\n")
    try:
        with os.fdopen(descriptor, "wb") as out:
            asyncio.run(export(given.person, out, settings))
    except BaseException as error:
        given.out.unlink()
        if isinstance(error, OSError | TicketsError | RemoteError | Unavailable):
            parser.exit(FAILED, f"{error}\n")
        raise
    parser.exit(WRITTEN)


if __name__ == "__main__":
    main()
