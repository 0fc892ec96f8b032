"""Runs the examples of docs/grpc.md against the running services."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from stack.services import ROOT, Stack
from tests.contract.grpc_page import PAGE, programs
from tests.journeys.desk import TestDesk
from tests.journeys.scene import Scene
from tests.journeys.team import Team

ACCOUNT = "crm-1"


class Reader:
    """Follows the page: saves its programs in a folder and runs them there, with an account of another name."""

    def __init__(self, folder: Path, stack: Stack, account: str) -> None:
        self.folder = folder
        for name, text in programs().items():
            (folder / name).write_text(text.replace(ACCOUNT, account))
        addresses = {f"PARLEY_{replica.service.upper()}": replica.grpc for replica in stack.replicas.values() if replica.number == 1}
        self._environ = {**os.environ, **addresses, "PYTHONPATH": str(ROOT), "ACCOUNT_KEY": str(folder / f"{account}.pem")}

    async def run(self, program: str, *words: str) -> tuple[int, str]:
        """The exit code and the output."""
        child = await self.start(program, *words)
        output, _ = await child.communicate()
        return child.returncode or 0, output.decode()

    async def start(self, program: str, *words: str) -> asyncio.subprocess.Process:
        pipe, same = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
        command = [sys.executable, program, *words]
        return await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=self._environ, stdout=pipe, stderr=same)


@pytest.fixture
async def reader(tmp_path: Path, stack: Stack, desk: TestDesk, unique: str) -> Reader:
    """Has an account with the scopes of the page, restricted to this desk, which every replica accepts."""
    account = f"{unique}-1"
    reader = Reader(tmp_path, stack, account)
    assert await reader.run("make_account.py", ".") == (0, "")
    scopes = next(block for block in PAGE.read_text().split("```") if block.strip().startswith(f"# {ACCOUNT}.scopes"))
    (stack.keys / f"{account}.scopes").write_text(scopes.replace("desk:harbour", f"desk:{desk.id}"))
    (tmp_path / f"{account}.pub.pem").rename(stack.keys / f"{account}.pub.pem")
    _, token = await reader.run("account.py")
    async with Team(stack) as team:
        await team.until_accepted(token.strip())
    return reader


async def test_the_examples_of_the_page_work(reader: Reader, stack: Stack, desk: TestDesk) -> None:  # spec 11.1
    ava = desk.id_of("ava")
    async with Team(stack) as team:
        session_id = await Scene(team, desk).handled()
        chats, posted, not_in_it, ticket, repeated = await asyncio.gather(
            listed(reader, session_id),
            reader.run("post_message.py", session_id, ava, "From the CRM"),
            reader.run("post_message.py", session_id, desk.id_of("sam"), "I am not in it"),
            reader.run("create_ticket.py", desk.id_of("leo"), "Order is late", "77"),
            reader.run("create_ticket.py", desk.id_of("leo"), "Order is late", "77"),
        )
    assert f"{session_id} CHAT_STATUS_HANDLED [Ticket" in chats
    assert posted[0] == 0 and posted[1].startswith("revision ")
    assert not_in_it[0] == 1 and "PERMISSION_DENIED not_in_session" in not_in_it[1]
    assert ticket == repeated and ticket[0] == 0
    assert "Order is late (Service desk, Acme Ltd)" in ticket[1]


async def listed(reader: Reader, session_id: str) -> str:
    """Retries until the list, which is updated asynchronously, has the session."""
    async with asyncio.timeout(60):
        while True:
            code, output = await reader.run("list_sessions.py")
            assert code == 0, output
            if session_id in output:
                return output


async def test_the_watching_example_prints_each_change_of_presence(reader: Reader, desk: TestDesk) -> None:  # spec 1.12, 11.1
    mia = desk.id_of("mia")
    watching = await reader.start("watch_presence.py", "60", desk.id, mia)
    assert watching.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert (await watching.stdout.readline()).decode() == f"{mia} PRESENCE_OFFLINE\n"
            await desk.page("mia")
            assert (await watching.stdout.readline()).decode() == f"{mia} PRESENCE_ONLINE\n"
    finally:
        watching.kill()
        await watching.wait()
