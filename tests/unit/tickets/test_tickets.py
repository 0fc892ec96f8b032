"""Creating, updating, listing and reading tickets, with the access of each caller."""

from typing import Any

import pytest

from services.tickets.domain.errors import CommandIdReused, InvalidValue, NotAllowed, TicketNotFound
from services.tickets.domain.people import Actor
from services.tickets.domain.ticket import Priority, Source, TicketStatus
from services.tickets.domain.ticket_list import search_from
from services.tickets.domain.timeline import Note, TicketChange, TimelineEntry
from services.tickets.handlers.ticket_reads import PAGE_BYTES
from services.tickets.ports import RevisionTaken
from tests.unit.tickets.desk import AVA, BO, EVE, LEO, MIA, PIA, SERVICE, ZOE, TicketsDesk


async def test_a_customers_ticket_is_created_on_the_default_board_of_the_company(desk: TicketsDesk) -> None:  # spec 9.1
    ticket = await desk.create(MIA, "  Printer \n on fire ", text="It smokes.")

    assert (ticket.number, ticket.revision, ticket.summary) == (1, 2, "Printer on fire")
    assert (ticket.board.id, ticket.company.name, ticket.customer) == ("service-desk", "Acme Ltd", MIA.ref)
    assert (ticket.status, ticket.priority, ticket.source) == (TicketStatus.NEW, Priority.NORMAL, Source.PORTAL)


async def test_an_engineer_creates_a_ticket_for_a_customer(desk: TicketsDesk) -> None:
    ticket = await desk.create(AVA, board_id="projects", customer_id="zoe", priority=Priority.HIGH)

    assert (ticket.customer.id, ticket.board.id, ticket.priority, ticket.source) == ("zoe", "projects", Priority.HIGH, Source.ENGINEER)


@pytest.mark.parametrize(
    ("by", "wrong", "field"),
    [
        (AVA, {"customer_id": "zoe"}, "board_id"),
        (AVA, {"board_id": "projects"}, "customer_id"),
        (AVA, {"board_id": "nowhere", "customer_id": "zoe"}, "board_id"),
        (AVA, {"board_id": "foreign", "customer_id": "zoe"}, "board_id"),
        (AVA, {"board_id": "projects", "customer_id": "ava"}, "customer_id"),
        (AVA, {"board_id": "projects", "customer_id": "eve"}, "customer_id"),
        (BO, {"board_id": "projects", "customer_id": "zoe"}, "customer_id"),
        (PIA, {"board_id": "service-desk", "customer_id": "mia"}, "board_id"),
        (MIA, {"board_id": "projects"}, "board_id"),
        (MIA, {"customer_id": "leo"}, "customer_id"),
        (MIA, {"summary": " \n"}, "summary"),
        (MIA, {"summary": "x" * 201}, "summary"),
        (MIA, {"summary": "\u200b"}, "summary"),
        (MIA, {"summary": "a\0b"}, "summary"),
        (MIA, {"text": "\u2800\n"}, "text"),
        (MIA, {"text": "a\x1b[0m"}, "text"),
        (MIA, {"command_id": "a\0b"}, "command_id"),
        (MIA, {"text": "x" * 10_001}, "text"),
        (MIA, {"command_id": "x" * 65}, "command_id"),
    ],
)
async def test_an_invalid_argument_is_refused_by_its_field_and_nothing_is_created(
    desk: TicketsDesk, by: Actor, wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.create(by, **wrong)

    assert refused.value.field == field
    assert desk.log.kept == []


async def test_a_summary_is_one_line_and_a_note_is_stored_unchanged(desk: TicketsDesk) -> None:  # spec 9.1, 9.2
    ticket = await desk.create(MIA, summary=" Printer\n\u202eon\tfire ", text="    first line\r\n\u202enext")
    entries = (await desk.reads.timeline(MIA, ticket.id, 0, 0)).entries

    assert ticket.summary == "Printer on fire"
    assert [entry.body.text for entry in entries if isinstance(entry.body, Note)] == ["    first line\r\n\u202enext"]


async def test_a_repeated_command_returns_its_first_ticket_and_uses_no_number(desk: TicketsDesk) -> None:
    first = await desk.create(MIA, command_id="c1")

    assert await desk.create(MIA, command_id="c1") == first
    assert (await desk.create(LEO, command_id="c1")).number == 2


async def test_a_command_id_with_other_content_is_refused(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA, command_id="c1")

    with pytest.raises(CommandIdReused):
        await desk.create(MIA, "Something else", command_id="c1")
    with pytest.raises(CommandIdReused):
        await desk.note(MIA, ticket, command_id="c1")


async def test_a_repeated_note_is_written_once(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)

    assert await desk.note(AVA, ticket, command_id="n") == await desk.note(AVA, ticket, command_id="n")
    assert len(await desk.timeline(AVA, ticket)) == 2


async def test_a_command_that_loses_a_race_is_decided_again_on_the_new_state(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)
    desk.log.races = 3

    await desk.note(AVA, ticket)

    assert desk.log.appends == 5
    assert [entry.revision for entry in await desk.timeline(AVA, ticket)] == [1, 2]


async def test_a_timeline_has_every_change_in_order_and_in_pages(desk: TicketsDesk) -> None:  # spec 9.2
    ticket = await desk.create(MIA, text="It smokes.")
    await desk.update(AVA, ticket, status=TicketStatus.IN_PROGRESS, priority=Priority.HIGH, assignee_id="ava")
    await desk.note(AVA, ticket, "Called the fire brigade.", internal=True)

    entries = await desk.timeline(AVA, ticket)

    assert [entry.revision for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.body.field for entry in entries if isinstance(entry.body, TicketChange)] == ["created", "status", "priority", "assignee"]
    assert isinstance(entries[-1].body, Note) and entries[-1].internal
    first = await desk.reads.timeline(AVA, ticket.id, 0, 4)
    rest = await desk.reads.timeline(AVA, ticket.id, first.entries[-1].revision, 4)
    assert (first.more, rest.more) == (True, False)
    assert first.entries + rest.entries == entries


async def test_a_page_of_long_notes_ends_at_the_response_size_limit(desk: TicketsDesk) -> None:  # spec 9.2, 9.4, 10.9
    ticket = await desk.create(MIA)
    for number in range(40):
        await desk.note(AVA, ticket, f"{number} " + "\N{FIRE}" * 9_990, internal=number % 4 == 3)
    for reader, count in ((AVA, 41), (MIA, 31)):
        entries, more = list[TimelineEntry](), True
        while more:
            page = await desk.reads.timeline(reader, ticket.id, entries[-1].revision if entries else 0, 500)
            assert 0 < sum(len(entry.body.text.encode()) for entry in page.entries if isinstance(entry.body, Note)) <= PAGE_BYTES
            entries, more = [*entries, *page.entries], page.more
        revisions = [entry.revision for entry in entries]
        assert revisions == sorted(set(revisions)) and len(revisions) == count


@pytest.mark.parametrize("stranger", [ZOE, LEO, EVE, PIA])
async def test_a_hidden_ticket_looks_like_a_missing_one(desk: TicketsDesk, stranger: Actor) -> None:  # spec 10.2, 2.10
    ticket = await desk.create(MIA)

    async def answers(id: str) -> list[object]:
        refused: list[object] = []
        for attempt in (
            desk.reads.get(stranger, id),
            desk.reads.timeline(stranger, id, 0, 0),
            desk.reads.attachment(stranger, id, "a"),
        ):
            with pytest.raises(TicketNotFound) as error:
                await attempt
            refused.append((str(error.value), error.value.code, error.value.field, error.value.details))
        return refused

    assert await answers(ticket.id) == await answers("missing")
    assert await desk.list(stranger) == []
    with pytest.raises(TicketNotFound):
        await desk.update(stranger, ticket, summary="mine now")
    with pytest.raises(TicketNotFound):
        await desk.note(stranger, ticket)


async def test_an_engineer_lists_and_reads_tickets_by_company_and_board(desk: TicketsDesk) -> None:  # spec 2.10
    acme, globex = await desk.create(MIA, "acme's"), await desk.create(ZOE, "globex's")

    assert sorted(await desk.list(AVA)) == ["acme's", "globex's"]
    assert await desk.list(BO) == ["acme's"]
    assert await desk.list(PIA) == ["globex's"]
    assert (await desk.reads.get(BO, acme.id), await desk.reads.get(PIA, globex.id)) == (acme, globex)


async def test_people_of_a_company_with_shared_tickets_see_each_others_tickets(desk: TicketsDesk) -> None:  # spec 9.4
    kim = Actor(id="kim", name="Kim", side=ZOE.side, desk_id=ZOE.desk_id, company_id="globex", access=ZOE.access)
    ticket = await desk.create(ZOE, "globex's")

    assert (await desk.reads.get(kim, ticket.id)).id == ticket.id
    assert await desk.list(kim) == ["globex's"]


async def test_a_service_account_of_all_desks_cannot_write(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)

    assert (await desk.reads.get(SERVICE, ticket.id)).id == ticket.id
    with pytest.raises(NotAllowed):
        await desk.note(SERVICE, ticket)


async def test_tickets_are_found_by_words_and_by_number(desk: TicketsDesk) -> None:  # spec 9.1
    await desk.create(MIA, "Printer (2nd floor) burns")
    await desk.create(MIA, "Scanner of the 2nd floor")
    await desk.create(MIA, "ÄRGER mit Drucker")

    assert await desk.list(AVA, "floor PRINTER (2nd") == ["Printer (2nd floor) burns"]
    assert await desk.list(AVA, "#2") == ["Scanner of the 2nd floor"]
    assert await desk.list(AVA, "3") == ["ÄRGER mit Drucker"]
    assert await desk.list(AVA, "ärger") == ["ÄRGER mit Drucker"]
    assert await desk.list(AVA, ".*") == []


async def test_the_newest_change_is_listed_first_and_pages_follow_without_gap(desk: TicketsDesk) -> None:  # spec 9.1
    tickets = []
    for number in range(5):
        await desk.clock.advance(1)
        tickets.append(await desk.create(MIA, f"ticket {number}"))
    await desk.clock.advance(1)
    await desk.note(AVA, tickets[0])

    seen, token, totals = [], "", set()
    while True:
        page = await desk.reads.list(AVA, page_size=2, page_token=token)
        seen += [ticket.summary for ticket in page.tickets]
        totals.add(page.total)
        if page.next is None:
            break
        token = page.next.token()

    assert seen == ["ticket 0", "ticket 4", "ticket 3", "ticket 2", "ticket 1"]
    assert totals == {5}


@pytest.mark.parametrize(("wrong", "field"), [({"page_token": "nonsense"}, "page_token"), ({"page_size": 101}, "page_size")])
async def test_an_invalid_page_is_refused_by_its_field(desk: TicketsDesk, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.reads.list(AVA, **wrong)

    assert refused.value.field == field


async def test_a_command_that_loses_every_race_is_busy(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)
    desk.log.races = 100

    with pytest.raises(Exception, match="try again") as refused:
        await desk.note(AVA, ticket)

    assert not isinstance(refused.value, RevisionTaken)


async def test_a_search_ignores_invisible_characters(desk: TicketsDesk) -> None:  # spec 9.1
    await desk.create(MIA, summary="Printer on fire")
    assert await desk.list(AVA, "\0fire\u202e \u200b") == ["Printer on fire"]
    assert await desk.list(AVA, "\0smoke") == []


async def test_a_search_finds_customer_and_company_without_case_and_accents(desk: TicketsDesk) -> None:  # spec 9.1
    await desk.create(MIA, summary="Das Café ist kalt")
    for search in ("MIA cafe", "acme", "tor kalt", "Café Acmé"):
        assert await desk.list(AVA, search) == ["Das Café ist kalt"], search
    assert await desk.list(AVA, "zoe cafe") == []


def test_of_many_words_the_longest_are_searched_each_once() -> None:  # spec 9.1, 10.9
    words, number = search_from("a a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii")
    assert (words, number) == (("iiiiiiiii", "hhhhhhhh", "ggggggg", "ffffff", "eeeee", "dddd", "ccc", "bb"), None)
    assert search_from("#12 #12") == (("#12",), 12)
