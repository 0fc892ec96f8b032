"""A customer whom other customers named in their chats is erased on the running services (spec 10.6)."""

import asyncio
import re
from functools import partial
from typing import Any
from urllib.parse import quote

from parley.tickets.v1 import directory_pb2 as d
from stack.page import Page
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.erased import found_in, topics_naming
from tests.journeys.test_erasing import Texts, add, are_named, command, is_nothing_left, nothing_is_published, published_after

# Longer than what a test's command id has of a text.
ASKED = "Somebody of the other company thinks that I should ask for"


async def texts_of(page: Page, session_id: str) -> list[str]:
    """The texts of the session's messages."""
    events = [event for entry in (await page.whole_session(session_id))["entries"] for event in entry["events"]]
    return [event["messagePosted"]["text"] for event in events if "messagePosted" in event]


async def ended_with_a_ticket(desk: TestDesk, customer: Page, engineer: Page, written: list[str], named: str) -> tuple[str, str]:
    """A chat of somebody else in which the customer is named everywhere; the session's id and its ticket's."""
    session_id = await desk.handled(customer, engineer, f"{ASKED} {named}")
    file = (await customer.upload(f"/chats/{session_id}/files?command=file&name={quote(named)}.txt", b"nothing"))["file"]
    await customer.post(session_id, written[0], files=[file["id"]]).accepted
    for text in written[1:]:
        await customer.post(session_id, text).accepted
    await engineer.post(session_id, f"{named} called", internal=True).accepted
    create = {"boardId": desk.id_of("service-desk"), "summary": f"For {named}", "priority": "normal"}
    await engineer.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "create": create})
    feedback = {"commandId": "thanks", "solved": "SOLVED_YES", "comment": f"Thank {named}"}
    await customer.retried(partial(customer.api, "POST", f"/sessions/{session_id}/feedback", feedback))
    engineer.session(session_id)
    await engineer.until(lambda: "ticketLinked" in engineer.session(session_id).kinds, "the ticket")
    entries = (await engineer.whole_session(session_id))["entries"]
    return session_id, next(event["ticketLinked"]["ticketId"] for entry in entries for event in entry["events"] if "ticketLinked" in event)


async def listed(page: Page, word: str) -> list[Any]:
    """What a search of the history finds."""
    found: list[Any] = (await page.api("GET", f"/history?search={word}")).get("cards", [])
    return found


async def test_a_customer_goes_from_the_chats_of_others(stack: Stack, desk: TestDesk) -> None:  # spec 10.6, 8.1, 4.2
    texts, kind = Texts(desk), d.PERSON_KIND_CUSTOMER
    name, contact = texts.engineer, {"email": texts.email, "phone": texts.phone}
    await add(desk, "guest", kind=kind, name=name, company_id=desk.id_of("acme"), **contact)
    mia, zoe, ava = await desk.pages("mia", "zoe", "ava")
    written = [f"Is {name.upper()} there?", f"Write to {texts.email}", f"or call {texts.phone}", "Thank you"]
    over, ticket_id = await ended_with_a_ticket(desk, zoe, ava, written, name)
    live = await desk.handled(mia, ava, f"{ASKED} {name}")
    await until(partial(are_named, stack, name, *contact.values()), 60)

    async def is_found() -> bool:
        return len(await listed(ava, texts.last_name)) == 2

    await until(is_found, 60)
    code, output = await command(stack, desk.id_of("guest"), "--wait", "60")

    assert code == 0, output
    counted = re.search(r"^chat: done, (\d+) documents", output, re.MULTILINE)
    # The opening, three messages, the note, the end with its wish, the comment, and the opening of the live chat. Two replicas that do the
    # same step both count.
    assert counted and int(counted[1]) >= 8, output
    assert await asyncio.to_thread(found_in, stack, name, *contact.values()) == []
    await until(partial(is_nothing_left, stack, texts.first_name, texts.last_name), 60)
    assert await listed(ava, texts.last_name) == []
    assert await texts_of(ava, over) == [
        f"{ASKED} Erased person",
        "Is Erased person there?",
        "Write to Erased person",
        "or call Erased person",
        "Thank you",
    ]
    assert await texts_of(ava, live) == [f"{ASKED} Erased person"]

    done_at = await topics_naming(stack, [name])
    await ava.api("POST", f"/tickets/{ticket_id}/notes", {"commandId": "later", "text": "Closed by hand", "internal": True})
    await until(partial(published_after, stack, done_at, ticket_id), 60)
    await nothing_is_published(stack, done_at, name, *contact.values())
