"""`python -m services.chat.verify FILE` says whether a chat log is exactly what Parley wrote (spec 8.4).

It reads chat's database and needs the settings of MongoDB only (and PARLEY_KAFKA, as `python -m services prepare` does).
"""

import argparse
import asyncio
import os
from hashlib import sha256
from pathlib import Path

from servicekit.back_ends import BackEndSettings
from servicekit.errors import Unavailable
from servicekit.faults import NoFaults
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.settings import SettingsError, load
from services.chat.domain.chat_log import as_written, session_of
from services.chat.handlers.chat_logs import still_holds
from services.chat.outbound.mongo_chat_logs import MongoChatLogs
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.ports import loaded

GENUINE, NOT_GENUINE, FAILED = 0, 1, 2


async def verdict_on(content: bytes, settings: BackEndSettings) -> tuple[int, str]:
    """The exit code, and a sentence for the operator. Raises Unavailable."""
    content = as_written(content)
    if not (session_id := session_of(content)):
        return NOT_GENUINE, "This file is no chat log: its header names no session."
    metrics = Metrics("chat")
    mongo = Mongo.from_settings(settings, "chat", {}, metrics)
    try:
        written = await MongoChatLogs(mongo).find_in_any_desk(session_id, sha256(content).hexdigest())
        if written is None:
            return (
                NOT_GENUINE,
                f"Different: Parley wrote no such log of session {session_id}. Its text was changed, or it names another one.",
            )
        entries = loaded(MongoSessionLog(mongo, metrics, NoFaults()), written.desk_id, session_id, up_to=written.revision)
        if not await still_holds(written, entries):
            return NOT_GENUINE, f"Broken: Parley wrote this log, but the stored entries of session {session_id} were changed since."
    finally:
        await mongo.stop()
    return GENUINE, f"Genuine: this is what was said in session {session_id}, {written.revision} entries, hash {written.hash}."


def main() -> None:
    """Exits with 0 for a genuine log, 1 for any other file, 2 when the file or the store cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m services.chat.verify", description="Say whether a chat log is what Parley wrote.")
    parser.add_argument("file", type=Path, help="the chat log, chat_log_<time>.txt")
    path: Path = parser.parse_args().file
    try:
        code, sentence = asyncio.run(verdict_on(path.read_bytes(), load(BackEndSettings, os.environ)))
    except (OSError, SettingsError, Unavailable) as error:
        parser.exit(FAILED, f"{error}\n")
    print(sentence)
    parser.exit(code)


if __name__ == "__main__":
    main()
