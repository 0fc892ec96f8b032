"""`python -m services prepare` creates the topics and indexes of all services. It needs the settings of Kafka and MongoDB only."""

import argparse
import asyncio
import os

from servicekit import logs
from servicekit.back_ends import BackEndSettings
from servicekit.preparation import CannotPrepare, prepare
from servicekit.settings import SettingsError, load
from services.chat import wiring as chat
from services.notify import wiring as notify
from services.presence import wiring as presence
from services.tickets import wiring as tickets

INDEXES = {wiring.NAME: wiring.INDEXES for wiring in (presence, chat, tickets, notify)}


def main() -> None:
    """Exits with one line: code 2 for an invalid setting, 1 if something could not be created."""
    parser = argparse.ArgumentParser(prog="python -m services")
    command = parser.add_subparsers(required=True).add_parser("prepare", help="create missing topics and indexes")
    command.add_argument("--add-partitions", action="store_true", help="add partitions to existing topics; all services must be stopped")
    command.add_argument("--drop-old-indexes", action="store_true", help="drop indexes that no service of this version declares")
    command.add_argument("--wait", type=float, default=60.0, help="seconds to wait for Kafka and MongoDB (default 60)")
    given = parser.parse_args()
    try:
        settings = load(BackEndSettings, os.environ)
        logs.configure(settings.log_level, settings.log_format, service="prepare")
        options = {"add_partitions": given.add_partitions, "drop_old_indexes": given.drop_old_indexes}
        asyncio.run(prepare(settings, INDEXES, **options, wait=given.wait))
    except SettingsError as error:
        parser.exit(2, f"{error}\n")
    except CannotPrepare as error:
        parser.exit(1, f"{error}\n")
    logs.log.info("prepared")


if __name__ == "__main__":
    main()
