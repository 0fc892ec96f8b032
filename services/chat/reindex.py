"""`python -m services.chat.reindex` has the terms of every session saved anew from its log (spec 8.1).

Use it when searches of the history miss sessions, for example after the collection `history_terms` was lost. It makes every session due;
chat's running replicas then save the terms, while searches go on. It needs the settings of MongoDB only (and PARLEY_KAFKA, as
`python -m services prepare` does).
"""

import argparse
import asyncio
import os

from servicekit.back_ends import BackEndSettings
from servicekit.errors import Unavailable
from servicekit.mongo import Mongo
from servicekit.settings import SettingsError, load
from services.chat.outbound.mongo_history import MongoHistory

# One statement changes every session.
SECONDS = 3600.0


async def make_all_due(settings: BackEndSettings) -> int:
    """Returns the number of sessions. Raises Unavailable."""
    mongo = Mongo(settings.mongo, settings.mongo_prefix, "chat", ca=settings.mongo_ca, cert=settings.mongo_cert, socket_seconds=SECONDS)
    try:
        return await MongoHistory(mongo).make_all_due()
    finally:
        await mongo.stop()


def main() -> None:
    """Exits with 1 if the store does not answer, 2 for an invalid setting."""
    parser = argparse.ArgumentParser(prog="python -m services.chat.reindex", description="Have the terms of every session saved anew.")
    parser.parse_args()
    try:
        sessions = asyncio.run(make_all_due(load(BackEndSettings, os.environ)))
    except SettingsError as error:
        parser.exit(2, f"{error}\n")
    except Unavailable as error:
        parser.exit(1, f"{error}\n")
    print(f"{sessions} sessions are due. Chat saves their terms beside its work; parley_chat_history_saved_total counts them.")


if __name__ == "__main__":
    main()
