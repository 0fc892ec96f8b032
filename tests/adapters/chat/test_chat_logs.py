"""Written chat logs: the MongoDB adapter and the fake in memory, and the command that proves a file."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from servicekit.mongo import Mongo
from services.chat.domain.chain import FIRST, seal
from services.chat.domain.events import Entry
from services.chat.outbound.mongo_chat_logs import MongoChatLogs
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.ports import WrittenLog, WrittenLogs
from tests.adapters.chat.story import DESK, message, opening, taking
from tests.fakes.chat.written_logs import FakeWrittenLogs

ROOT = Path(__file__).parents[3]
LOG = WrittenLog("harbour", "s1", "a" * 64, 12, "b" * 64)


@pytest.fixture(params=["store", "memory"])
def logs(request: pytest.FixtureRequest, mongo: Mongo) -> WrittenLogs:
    return MongoChatLogs(mongo) if request.param == "store" else FakeWrittenLogs()


async def test_a_log_is_found_by_its_session_and_sha256_within_its_desk(logs: WrittenLogs) -> None:  # spec 8.4
    other = replace(LOG, sha256="c" * 64, revision=13)
    await asyncio.gather(*(logs.add(log) for log in (LOG, LOG, other, LOG)))
    assert await logs.find("harbour", "s1", LOG.sha256) == LOG
    assert await logs.find("harbour", "s1", other.sha256) == other
    for desk_id, session_id, digest in (("elsewhere", "s1", LOG.sha256), ("harbour", "s2", LOG.sha256), ("harbour", "s1", "d" * 64)):
        assert await logs.find(desk_id, session_id, digest) is None


async def test_the_command_names_a_file_genuine_different_or_broken(
    replica_log: Callable[[], MongoSessionLog], mongo: Mongo, engine_settings: dict[str, str], mongo_prefix: str, tmp_path: Path
) -> None:  # spec 8.4
    environ = {**os.environ, **engine_settings, "PARLEY_MONGO_PREFIX": mongo_prefix}
    log, entries, last = replica_log(), list[Entry](), FIRST
    for entry in (opening("s1"), message("s1", 2, "It burns"), taking("s1", 3)):
        entries.append(seal(entry, last, "0" * 32))
        last = entries[-1].hash
        await log.append(entries[-1])
    text = b"Chat log: Fire\nSession: s1 (request)\n\n09:00:00  Mia: It burns\n"
    await MongoChatLogs(mongo).add(WrittenLog(DESK, "s1", sha256(text).hexdigest(), 2, entries[1].hash))

    async def verdict(content: bytes | None) -> tuple[int, str]:
        file = tmp_path / "chat_log.txt"
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        command = (sys.executable, "-m", "services.chat.verify", str(file))
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=PIPE, stderr=PIPE)
        printed, error = await process.communicate()
        return process.returncode or 0, (printed or error).decode().partition(":")[0]

    assert await verdict(text) == (0, "Genuine")
    assert await verdict(text.replace(b"\n", b"\r\n")) == (0, "Genuine")
    assert await verdict(text.replace(b"burns", b"is fine")) == (1, "Different")
    assert await verdict(b"Dear Sir") == (1, "This file is no chat log")
    await mongo.database["log"].update_one({"session_id": {"$eq": "s1"}, "revision": 2}, {"$set": {"command_id": "another"}})
    assert await verdict(text) == (1, "Broken")
    assert (await verdict(None))[0] == 2
