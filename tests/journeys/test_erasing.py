"""A person is erased on the running services: afterwards no database, file, log or new record has their name."""

import asyncio
import re
import sys
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import erasing_pb2 as e
from servicekit.kafka_topics import CHAT, COMPACTED_WITHIN_HOURS, TICKETS, TOPICS
from stack.page import Page
from stack.people import EVERYTHING, upsert
from stack.services import ROOT, Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.erased import Topic, found_in, topics_naming
from tests.journeys.team import Team
from tests.journeys.test_audit import CREATED

PAGE = ROOT / "docs" / "operate" / "erase_a_person.md"


class Texts:
    """Texts that no other test uses, nor an earlier run of this one: the whole store is searched for them. The customer's name has one
    word, the engineer's two."""

    def __init__(self, desk: TestDesk) -> None:
        # Without digits, as names are.
        own = desk.id[1:].translate(str.maketrans("0123456789", "ghijklmnop"))
        self.customer, self.first_name, self.last_name = f"Quilp{own}", f"Ottoline{own}", f"Otway{own}"
        self.engineer = f"{self.first_name} {self.last_name}"
        self.email = f"quillon@{desk.id}.example"
        self.phone = f"+4420794{int(desk.id[1:], 16) % 100_000:05}"
        self.summary, self.message = f"Secret {desk.id}s", f"I cannot print {desk.id}m"

    def all(self) -> list[str]:
        return [self.customer, self.engineer, self.email, self.phone, self.summary, self.message]


async def are_named(stack: Stack, *words: str) -> bool:
    return {collection.partition(".")[0] for collection in await asyncio.to_thread(found_in, stack, *words)} >= {"chat", "tickets"}


async def is_nothing_left(stack: Stack, *words: str) -> bool:
    return not await asyncio.to_thread(found_in, stack, *words)


def remains() -> dict[str, str]:
    """Topic -> for how long erase_a_person.md says that what was published before remains in it."""
    rows = re.findall(r"^\| (the topics? .*|`parley.*) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return {topic: bound for topics, bound in rows for topic in re.findall(r"`([^`]+)`", topics)}


async def nothing_is_published(stack: Stack, since: dict[str, Topic], *words: str) -> None:
    """Only records from before `since` name anybody, in topics whose bound is documented; of a compacted topic no last record of a key."""
    declared, bounds, found = {topic.name: topic for topic in TOPICS}, remains(), await topics_naming(stack, words)
    for name, topic in found.items():
        if not topic.naming:
            continue
        assert name in bounds, f"{name} names an erased person"
        later = [record for record in topic.naming if record.offset >= since[name].ends[record.partition]]
        assert not later, (name, [(record.key, record.headers) for record in later])
        if declared[name].compacted:
            last = [record.key for record in topic.naming if topic.last[record.key] is record]
            assert last == [] and f"{COMPACTED_WITHIN_HOURS // 24} days" in bounds[name], name
        else:
            assert bounds[name] == f"{declared[name].retention_hours} hours", name
    assert found[CHAT.name].naming, "The words were never published, so this test finds nothing"


async def published_after(stack: Stack, since: dict[str, Topic], ticket_id: str) -> bool:
    """Whether the topic of tickets has another record of this ticket."""
    last = (await topics_naming(stack, []))[TICKETS.name].last[ticket_id]
    return last.offset >= since[TICKETS.name].ends[last.partition]


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
        name, content = quote(f"{texts.engineer} for {texts.customer}.txt"), f"{texts.message} {page.person_id}".encode()
        file = (await page.upload(f"/chats/{session_id}/files?command=file&name={name}", content))["file"]
        text = f"I am {texts.customer}, this is {texts.engineer}, and {texts.message}"
        await page.post(session_id, text, files=[file["id"]]).accepted
    create = {"boardId": desk.id_of("service-desk"), "summary": f"Chat of {texts.customer}", "priority": "normal"}
    await engineer.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "create": create})
    engineer.session(session_id)
    await engineer.until(lambda: bool(engineer.session(session_id).kinds.count("ticketLinked")), "the ticket")
    entries = (await engineer.api("GET", f"/sessions/{session_id}?after=0"))["session"]["entries"]
    return session_id, next(event["ticketLinked"]["ticketId"] for entry in entries for event in entry["events"] if "ticketLinked" in event)


async def others_name_the_engineer(desk: TestDesk, engineer: Page) -> None:
    """In a call-back of Mia, and, by first or last name alone, in a chat of hers with the engineer. The engineer changes settings."""
    texts, (mia, ava) = Texts(desk), await desk.pages("mia", "ava")
    wish = {"phone": "+442079460101", "note": f"{texts.engineer} knows"}
    asked = await mia.api("POST", "/callbacks", {"commandId": "call", "text": f"{texts.engineer} said to call", "wish": wish})
    note = {"note": f"{texts.engineer} rang"}
    ended = f"/sessions/{asked['session']['card']['sessionId']}/complete"
    await ava.retried(partial(ava.api, "POST", ended, {"commandId": "end", "closingNote": note}))

    session_id = await desk.handled(mia, engineer)
    await mia.post(session_id, f"Thank you, {texts.first_name.lower()}, or Mrs {texts.last_name}").accepted

    for name, change in (("chat", {"noAnswerAfter": 45}), ("presence", {"awayAfter": 120}), ("alerts", {"first": 30})):
        settings = (await engineer.api("GET", f"/settings/{name}"))["settings"] | change
        await engineer.api("PUT", f"/settings/{name}", {"settings": settings, "version": 0})
    await engineer.api("PUT", "/canned-replies", {"reply": {"replyId": "hello", "title": "Hello", "text": "Hello"}, "ofDesk": True})
    await engineer.api("POST", "/webhooks", {"commandId": "w", "url": "https://hooks.invalid/", "events": [CREATED]})


@pytest.fixture
async def people(desk: TestDesk) -> tuple[Page, Page]:
    """A customer and an engineer with names of their own, on the pages of both apps."""
    texts = Texts(desk)
    acme, everything = desk.id_of("acme"), {"role": d.ROLE_ADMIN, "access": EVERYTHING}
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
    await others_name_the_engineer(desk, engineer)
    before = (await ava.api("GET", "/tickets"))["total"]
    await until(partial(are_named, stack, *texts.all()), 60)
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

    # At once: done means that each service has consumed what was published before.
    assert await asyncio.to_thread(found_in, stack, *texts.all()) == []
    # The words of the history are computed once more after that.
    await until(partial(is_nothing_left, stack, texts.first_name, texts.last_name), 60)
    session = (await ava.api("GET", f"/sessions/{session_id}?after=0"))["session"]
    assert (session["card"]["title"], session["card"]["customer"]["name"]) == ("Erased", "Erased person")
    assert (await ava.api("GET", "/tickets"))["total"] == before
    timeline = (await ava.api("GET", f"/tickets/{ticket_id}"))["timeline"]
    assert [len(entry["note"].get("attachments", ())) for entry in timeline if "note" in entry] == [1, 0]

    done_at = await topics_naming(stack, texts.all())
    later = {"commandId": "later", "text": "Closed by hand", "internal": True}
    await ava.api("POST", f"/tickets/{ticket_id}/notes", later)
    await until(partial(published_after, stack, done_at, ticket_id), 60)
    await nothing_is_published(stack, done_at, *texts.all())
