"""`python -m services.tickets.reindex` has the words and sorts of every ticket saved anew (spec 9.1).

Use it when searches miss tickets, for example after the collection `ticket_words` was lost. It marks every ticket; a running replica of
tickets then saves their words within minutes, while searches go on. It needs the settings of MongoDB only (and PARLEY_KAFKA, as
`python -m services prepare` does).
"""

import argparse
import asyncio
import os

from servicekit.back_ends import BackEndSettings
from servicekit.errors import Unavailable
from servicekit.mongo import Mongo
from servicekit.settings import SettingsError, load
from services.tickets.outbound.mongo_ticket_list import MongoTicketList

# One statement changes every ticket.
SECONDS = 3600.0


async def make_all_incomplete(settings: BackEndSettings) -> int:
    """Returns the number of tickets. Raises Unavailable."""
    mongo = Mongo(settings.mongo, settings.mongo_prefix, "tickets", ca=settings.mongo_ca, cert=settings.mongo_cert, socket_seconds=SECONDS)
    try:
        return await MongoTicketList(mongo).make_all_incomplete()
    finally:
        await mongo.stop()


def main() -> None:
    """Exits with 1 if the store does not answer, 2 for an invalid setting."""
    parser = argparse.ArgumentParser(prog="python -m services.tickets.reindex", description="Have the words of every ticket saved anew.")
    parser.parse_args()
    try:
        tickets = asyncio.run(make_all_incomplete(load(BackEndSettings, os.environ)))
    except SettingsError as error:
        parser.exit(2, f"{error}\n")
    except Unavailable as error:
        parser.exit(1, f"{error}\n")
    print(f"{tickets} tickets are marked. A running replica of tickets saves their words, and looks for such tickets every minute.")


if __name__ == "__main__":
    main()
