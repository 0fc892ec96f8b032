"""A person is erased on the running services: afterwards no database, file or log has their name."""

import asyncio
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pymongo
import pytest

from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import erasing_pb2 as e
from stack.page import Page
from stack.people import EVERYTHING, upsert
from stack.services import ROOT, Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.team import Team

DATABASES = ("presence", "chat", "tickets", "notify")


class Texts:
    """Texts that no other test uses, nor an earlier run of this one: the whole store is searched for them."""

    def __init__(self, desk: TestDesk) -> None:
        self.customer, self.engineer = f"Quillon {desk.id}", f"Ottoline {desk.id}e"
        self.email = f"quillon@{desk.id}.example"
        self.phone = f"+4420794{int(desk.id[1:], 16) % 100_000:05}"
        self.summary, self.message = f"Secret {desk.id}s", f"I cannot print {desk.id}m"

    def all(self) -> list[str]:
        return [self.customer, self.engineer, self.email, self.phone, self.summary, self.message]


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a document, also in files and in the names of fields."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, str):
        yield value


def found_in(stack: Stack, *words: str) -> list[str]:
    """Each collection and log file in which one of these words is, in any case of letters."""
    found = {path.name for path in stack.logs.iterdir() for word in words if word.casefold() in path.read_text().casefold()}
    with pymongo.MongoClient[dict[str, Any]](stack.env_of("tickets-1")["PARLEY_MONGO"]) as client:
        for database in DATABASES:
            for listed in client[database].list_collection_names():
                # The embedded store lists the collections of files with an underscore.
                collection = listed.replace("attachments_", "attachments.")
                # All ids but those of the pieces of files are texts.
                everything: dict[str, Any] = {} if collection.startswith("attachments.") else {"_id": {"$gt": ""}}
                for document in client[database][collection].find(everything):
                    texts = "\n".join(texts_of(document)).casefold()
                    found |= {f"{database}.{collection}: {word}" for word in words if word.casefold() in texts}
    return sorted(found)


async def nothing_is_left(stack: Stack, *words: str) -> None:
    """Notify may still consume what was published before."""
    ends, left = time.monotonic() + 60, [""]
    while left:
        left = await asyncio.to_thread(found_in, stack, *words)
        assert not left or time.monotonic() < ends, left


async def add(desk: TestDesk, word: str, **fields: Any) -> None:
    person = d.DirectoryPerson(id=desk.id_of(word), desk_id=desk.id, trial=True, **fields)
    await upsert(desk.stack, [d.DirectoryEntry(person=person)])


async def command(stack: Stack, *arguments: str) -> tuple[int | None, str]:
    """The exit code and the output of `python -m services.tickets.erase`."""
    arguments = ("-m", "services.tickets.erase", *arguments)
    # Without the variables by which services record their queries: this process is none of them.
    env = {name: value for name, value in stack.env_of("tickets-1").items() if name.startswith("PARLEY_")}
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def talk_until_there_is_a_ticket(desk: TestDesk, customer: Page, engineer: Page) -> tuple[str, str]:
    """A chat that becomes a ticket with its log; the session's id and the ticket's."""
    session_id = await desk.handled(customer, engineer, "Help")
    texts = Texts(desk)
    for page in (customer, engineer):
        await page.post(session_id, f"I am {texts.customer}, this is {texts.engineer}, and {texts.message}").accepted
    create = {"boardId": desk.id_of("service-desk"), "summary": f"Chat of {texts.customer}", "priority": "normal"}
    await engineer.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "create": create})
    engineer.session(session_id)
    await engineer.until(lambda: bool(engineer.session(session_id).kinds.count("ticketLinked")), "the ticket")
    entries = (await engineer.api("GET", f"/sessions/{session_id}?after=0"))["session"]["entries"]
    return session_id, next(event["ticketLinked"]["ticketId"] for entry in entries for event in entry["events"] if "ticketLinked" in event)


@pytest.fixture
async def people(desk: TestDesk) -> tuple[Page, Page]:
    """A customer and an engineer with names of their own, on the pages of both apps."""
    texts = Texts(desk)
    acme, everything = desk.id_of("acme"), {"role": d.ROLE_ENGINEER, "access": EVERYTHING}
    await add(desk, "guest", kind=d.PERSON_KIND_CUSTOMER, name=texts.customer, email=texts.email, phone=texts.phone, company_id=acme)
    await desk.add_engineers(["helper"], EVERYTHING)
    await add(desk, "helper", kind=d.PERSON_KIND_ENGINEER, name=texts.engineer, **everything)
    customer, engineer = await desk.pages("guest", "helper")
    return customer, engineer


async def test_nothing_but_ids_and_counts_is_left_of_erased_people(stack: Stack, desk: TestDesk, people: tuple[Page, Page]) -> None:
    # spec 10.6, 8.4
    (customer, engineer), texts = people, Texts(desk)
    ava = await desk.page("ava")
    session_id, ticket_id = await talk_until_there_is_a_ticket(desk, customer, engineer)
    note = {"commandId": "note", "text": f"Rang {texts.customer} at {texts.phone}", "internal": True}
    await engineer.api("POST", f"/tickets/{ticket_id}/notes", note)
    own = {"commandId": "own", "summary": texts.summary, "text": f"Write to {texts.email}"}
    await customer.retried(partial(customer.api, "POST", "/tickets", own))
    before = (await ava.api("GET", "/tickets"))["total"]
    async with Team(stack) as team:
        assert await command(stack, "nobody") == (2, "")
        code, output = await command(stack, desk.id_of("guest"), "--wait", "55")
        assert code == 0, output
        admin, of_engineer = team.person(desk, "ava"), {"person_id": desk.id_of("helper")}
        await team.do("ErasingService.ErasePerson", e.ErasePersonRequest(**of_engineer), admin)

        async def done() -> bool:
            state = await team.do("ErasingService.GetErasure", e.GetErasureRequest(**of_engineer), admin)
            return bool(state.erasure.HasField("done_at"))

        await until(done, 60)
        assert (await command(stack, desk.id_of("helper"), "--status"))[0] == 0

    await nothing_is_left(stack, *texts.all())
    session = (await ava.api("GET", f"/sessions/{session_id}?after=0"))["session"]
    assert (session["card"]["title"], session["card"]["customer"]["name"]) == ("Erased", "Erased person")
    assert (await ava.api("GET", "/tickets"))["total"] == before
    timeline = (await ava.api("GET", f"/tickets/{ticket_id}"))["timeline"]
    assert [len(entry["note"].get("attachments", ())) for entry in timeline if "note" in entry] == [1, 0]
