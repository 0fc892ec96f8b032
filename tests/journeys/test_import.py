"""`python -m services.tickets.import` beside the running services, which publish and list what it has imported."""

import asyncio
import sys
from pathlib import Path

from stack.services import ROOT
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk


async def command(desk: TestDesk, *arguments: str) -> tuple[int | None, str]:
    """The exit code and the output."""
    # Without the variables by which services record their queries: this process is none of them.
    env = {name: value for name, value in desk.stack.env_of("tickets-1").items() if name.startswith("PARLEY_")}
    program = (sys.executable, "-m", "services.tickets.import", desk.id, *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, env=env, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_what_csv_files_import_is_found_and_refused_lines_are_named(desk: TestDesk, tmp_path: Path) -> None:  # spec 9.1, 9.6
    people, tickets = tmp_path / "people.csv", tmp_path / "tickets.csv"
    nia, acme, board = desk.id_of("nia"), desk.id_of("acme"), desk.id_of("service-desk")
    people.write_text(f"\ufeffid,name,company_id\n{nia},Nia Berg,{acme}\n{nia}2,Nobody,nowhere\n")
    tickets.write_text(f"id,customer_id,board_id,summary\nOLD-1,{nia},{board},Badge is lost\n")

    assert await command(desk, "people", str(people)) == (1, "line 3: company_id: There is no such company.\n1 imported, 1 refused.\n")
    for _ in range(2):
        assert await command(desk, "tickets", str(tickets), "--engineer", desk.id_of("ava")) == (0, "1 imported, 0 refused.\n")
    code, output = await command(desk, "tickets", str(tickets), "--engineer", desk.id_of("mia"))
    assert (code, "Name an engineer" in output) == (2, True)

    (ava,) = await desk.pages("ava")

    async def is_listed() -> bool:
        found = await ava.api("GET", "/tickets?search=badge+nia")
        return [ticket["number"] for ticket in found.get("tickets", [])] == [1]

    await until(is_listed)
    assert [person["name"] for person in (await ava.api("GET", "/people?search=nia"))["people"]] == ["Nia Berg"]
