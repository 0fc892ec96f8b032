"""The log of a chat that Parley wrote is proved on running services, before and after somebody in it was erased (spec 8.4)."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pymongo

from parley.chat.v1 import chat_pb2 as pb
from parley.tickets.v1 import directory_pb2 as d
from stack.page import Page
from stack.services import ROOT, Stack
from tests.journeys.desk import TestDesk
from tests.journeys.team import Team
from tests.journeys.test_erasing import Texts, add, command, talk_until_there_is_a_ticket

GENUINE, DIFFERENT, BROKEN = "GENUINE", "DIFFERENT", "BROKEN"


class Prover:
    """Asks by the command, by the RPC and as the page of TECH does."""

    def __init__(self, stack: Stack, team: Team, desk: TestDesk, page: Page, session_id: str, file: Path) -> None:
        self._stack, self._team, self._page, self._session_id, self._file = stack, team, page, session_id, file
        self._token = team.person(desk, "ava")

    async def verdict(self, content: bytes) -> str:
        """What all three say."""
        verdicts = {await self.by_command(content), await self._by_rpc(content), await self._by_page(content)}
        assert len(verdicts) == 1, verdicts
        return verdicts.pop()

    async def by_command(self, content: bytes) -> str:
        self._file.write_bytes(content)
        # Without the variables by which services record their queries: this process is none of them.
        env = {name: value for name, value in self._stack.env_of("chat-1").items() if name.startswith("PARLEY_")}
        made = (sys.executable, "-m", "services.chat.verify", str(self._file))
        process = await asyncio.create_subprocess_exec(*made, cwd=ROOT, env=env, stdout=PIPE)
        printed, _ = await process.communicate()
        verdict = printed.decode().partition(":")[0].upper()
        assert process.returncode == (0 if verdict == GENUINE else 1), (process.returncode, printed)
        return verdict

    async def _by_rpc(self, content: bytes) -> str:
        request = pb.GetChatLogProofRequest(session_id=self._session_id, sha256=sha256(content).hexdigest())
        answer = await self._team.do("ChatService.GetChatLogProof", request, self._token)
        return pb.ChatLogVerdict.Name(answer.verdict).removeprefix("CHAT_LOG_VERDICT_")

    async def _by_page(self, content: bytes) -> str:
        answer = await self._page.api("GET", f"/sessions/{self._session_id}/log-proof?sha256={sha256(content).hexdigest()}")
        return str(answer["verdict"]).removeprefix("CHAT_LOG_VERDICT_")


async def log_of(page: Page, ticket_id: str) -> bytes:
    """The chat's log as it is attached to its ticket."""
    timeline = (await page.api("GET", f"/tickets/{ticket_id}"))["timeline"]
    files = [file for entry in timeline for file in entry.get("note", {}).get("attachments", ())]
    log = next(file for file in files if file["name"].startswith("chat_log_"))
    return (await page.download(f"/tickets/{ticket_id}/attachments/{log['id']}")).content


@contextmanager
def changed_in_the_store(stack: Stack, session_id: str) -> Iterator[None]:
    """Somebody with access to the store changes who wrote an entry that was not erased."""
    with pymongo.MongoClient[dict[str, Any]](stack.env_of("chat-1")["PARLEY_MONGO"]) as client:
        log = client["chat"]["log"]
        entry = next(entry for entry in log.find({"session_id": {"$eq": session_id}}) if entry["salt"])
        one, by = {"_id": entry["_id"]}, entry["by"]
        log.update_one(one, {"$set": {"by": {**by, "name": "Somebody Else"}}})
        yield
        log.update_one(one, {"$set": {"by": by}})


async def test_a_log_is_genuine_before_and_after_an_erasure(stack: Stack, desk: TestDesk, tmp_path: Path) -> None:
    # spec 8.4, 10.6, 4.2
    texts, acme = Texts(desk), desk.id_of("acme")
    await add(desk, "guest", kind=d.PERSON_KIND_CUSTOMER, name=texts.customer, email=texts.email, company_id=acme)
    customer, sam, ava = await desk.pages("guest", "sam", "ava")
    session_id, ticket_id = await talk_until_there_is_a_ticket(desk, customer, sam)
    first = await log_of(ava, ticket_id)
    assert texts.customer in first.decode()
    async with Team(stack) as team:
        prover = Prover(stack, team, desk, ava, session_id, tmp_path / "chat_log.txt")
        assert await prover.verdict(first) == GENUINE
        assert await prover.by_command(first.replace(b"\n", b"\r\n")) == GENUINE

        code, output = await command(stack, desk.id_of("guest"), "--wait", "60")
        assert code == 0, output
        second = await log_of(ava, ticket_id)

        assert second != first and texts.customer not in second.decode()
        assert [await prover.verdict(log) for log in (first, second)] == [GENUINE, GENUINE]
        for log in (first, second):
            # In the header, the salt, what was said, and the last byte.
            for at in (9, log.index(b"Salt: ") + 7, log.index(b"joined") + 1, len(log) - 2):
                changed = bytearray(log)
                changed[at] ^= 1
                assert await prover.verdict(bytes(changed)) == DIFFERENT, at
        with changed_in_the_store(stack, session_id):
            assert [await prover.verdict(log) for log in (first, second)] == [BROKEN, BROKEN]
        assert await prover.verdict(second) == GENUINE
