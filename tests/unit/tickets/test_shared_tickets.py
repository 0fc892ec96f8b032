"""A ticket that a company shares shows its customers' colleagues nothing of the chats on it (spec 8.3, 9.4, 10.2)."""

from dataclasses import replace

import pytest

from services.tickets.domain.attaching import AttachWish
from services.tickets.domain.people import Actor
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import ChatReference, Note
from services.tickets.outbound.ticket_documents import commit_from_document, commit_to_document
from tests.unit.tickets.desk import AVA, HARBOUR, ZOE, TicketsDesk, customer

CHATS = ["s1", "s2", "s3"]
# Globex shares its tickets.
KIM = replace(ZOE, id="kim", name="Kim Reyes")


@pytest.fixture
async def ticket(desk: TicketsDesk) -> Ticket:
    """Zoe's ticket with three chats and a note after them."""
    ticket = await desk.create(ZOE)
    for session_id in CHATS:
        desk.ended_chat(AttachWish(ticket.id), session_id)
        chat = desk.chat_client.chats[session_id] = replace(desk.chat_client.chats[session_id], customer=ZOE.ref)
        await desk.chat_logs.attach(HARBOUR, session_id, chat)
    await desk.note(ZOE, ticket, "Thanks.")
    return ticket


async def chats_seen(desk: TicketsDesk, by: Actor, ticket: Ticket) -> list[str]:
    return [entry.body.session_id for entry in await desk.timeline(by, ticket) if isinstance(entry.body, ChatReference)]


async def test_a_chat_is_shown_to_engineers_and_to_its_own_customer(desk: TicketsDesk, ticket: Ticket) -> None:
    assert await chats_seen(desk, AVA, ticket) == CHATS
    assert await chats_seen(desk, ZOE, ticket) == CHATS
    assert await chats_seen(desk, KIM, ticket) == []


async def test_a_colleague_reads_on_behind_the_chats_that_are_hidden(desk: TicketsDesk, ticket: Ticket) -> None:
    first = await desk.reads.timeline(KIM, ticket.id, 0, 1)
    second = await desk.reads.timeline(KIM, ticket.id, first.entries[-1].revision, 1)

    assert [(len(page.entries), page.more) for page in (first, second)] == [(1, True), (1, False)]
    assert second.entries[0].body == Note("Thanks.")


async def test_a_new_customer_of_a_ticket_does_not_see_the_chats_of_the_former_one(desk: TicketsDesk, ticket: Ticket) -> None:  # spec 9.6
    await desk.directory.upsert(AVA, customer("kim", "Kim Reyes", "globex"))
    await desk.update(AVA, ticket, customer_id="kim")

    assert await chats_seen(desk, KIM, ticket) == []
    assert await chats_seen(desk, AVA, ticket) == CHATS


def as_an_earlier_version_stored_it(desk: TicketsDesk) -> None:
    for number, commit in enumerate(desk.log.kept):
        document = commit_to_document(commit)
        for entry in document["lines"]:
            entry.pop("customer_id", "")
        desk.log.kept[number] = commit_from_document(document)


async def test_a_chat_that_an_earlier_version_stored_is_shown_to_a_customer_whose_ticket_it_always_was(
    desk: TicketsDesk, ticket: Ticket
) -> None:
    as_an_earlier_version_stored_it(desk)
    assert [await chats_seen(desk, by, ticket) for by in (AVA, ZOE, KIM)] == [CHATS, CHATS, []]


async def test_a_chat_that_an_earlier_version_stored_is_hidden_from_a_tickets_new_customer(desk: TicketsDesk, ticket: Ticket) -> None:
    await desk.directory.upsert(AVA, customer("kim", "Kim Reyes", "globex"))
    await desk.update(AVA, ticket, customer_id="kim")
    # It began while the ticket was Zoe's.
    desk.ended_chat(AttachWish(ticket.id), "s4")
    chat = desk.chat_client.chats["s4"] = replace(desk.chat_client.chats["s4"], customer=ZOE.ref)
    await desk.chat_logs.attach(HARBOUR, "s4", chat)
    as_an_earlier_version_stored_it(desk)

    assert await chats_seen(desk, AVA, ticket) == [*CHATS, "s4"]
    assert await chats_seen(desk, KIM, ticket) == []
