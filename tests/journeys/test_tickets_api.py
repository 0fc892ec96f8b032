"""Tickets and the directory over gRPC, on real engines: identity, errors, sign-ins and published events."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import tickets_pb2 as t
from servicekit.errors import Kind
from servicekit.grpc_client import on_behalf
from servicekit.grpc_errors import from_rpc_error
from servicekit.kafka_topics import DIRECTORY, TICKETS
from tests.adapters.tickets.running import Calls, House
from tests.fakes.waiting import until


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[House]:
    async with House(tmp_path, engine_settings, unique).opened() as house:
        yield house


@pytest.fixture
async def calls(house: House) -> AsyncIterator[Calls]:
    async with house.service() as calls:
        await calls.make_desk()
        yield calls


async def refusal(call: Any) -> tuple[str, str, str]:
    """The error's status, code and field."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    error = from_rpc_error(refused.value)
    return error.kind, error.code, error.field


async def test_a_ticket_is_created_changed_and_noted_and_each_step_is_published(house: House, calls: Calls) -> None:  # spec 9.1, 9.2, 9.4
    mia, ava = on_behalf(house.customer()), on_behalf(house.engineer())
    asked = t.CreateTicketRequest(command_id="c1", summary="Printer on fire", text="It smokes.")
    made = (await calls.tickets.CreateTicket(asked, metadata=mia)).ticket
    assert (await calls.tickets.CreateTicket(asked, metadata=mia)).ticket == made

    close = t.UpdateTicketRequest(command_id="c2", ticket_id=made.id, status=t.TICKET_STATUS_CLOSED, priority=t.PRIORITY_URGENT)
    closed = (await calls.tickets.UpdateTicket(close, metadata=ava)).ticket
    note = t.AddNoteRequest(command_id="c3", ticket_id=made.id, text="Only for us.", internal=True)
    entry = (await calls.tickets.AddNote(note, metadata=ava)).entry

    assert (made.number, made.board_name, closed.status, closed.priority) == (1, "Service desk", t.TICKET_STATUS_CLOSED, t.PRIORITY_URGENT)
    assert (entry.revision, entry.internal, entry.note.text) == (5, True, "Only for us.")
    assert [e.revision for e in await calls.timeline(made.id, house.engineer())] == [1, 2, 3, 4, 5]
    assert [e.revision for e in await calls.timeline(made.id, house.customer())] == [1, 2, 3, 4]
    found = await calls.tickets.ListTickets(t.ListTicketsRequest(search="printer"), metadata=mia)
    assert (found.total, found.tickets[0].revision, found.next_page_token) == (1, 4, "")
    seen = (await calls.tickets.GetTicket(t.GetTicketRequest(ticket_id=made.id), metadata=mia)).ticket
    assert (seen, found.tickets[0]) == (closed, closed)
    assert (await calls.tickets.GetTicket(t.GetTicketRequest(ticket_id=made.id), metadata=ava)).ticket.revision == 5
    await until(lambda: len([r for r in house.received if r.topic == TICKETS.name]) >= 4)
    kinds = [record.headers["kind"] for record in house.received if record.topic == TICKETS.name]
    assert list(dict.fromkeys(kinds)) == ["created", "timeline_grew", "updated"]


async def test_a_list_is_sorted_searched_and_read_page_by_page_over_grpc(house: House, calls: Calls) -> None:  # spec 9.1, 9.7
    mia, ava = on_behalf(house.customer()), on_behalf(house.engineer())
    ids = dict[str, str]()
    for word in ("printer", "scanner", "monitor"):
        made = await calls.tickets.CreateTicket(t.CreateTicketRequest(command_id=word, summary=f"The {word} hums"), metadata=mia)
        ids[word] = made.ticket.id
    urgent = t.UpdateTicketRequest(command_id="u", ticket_id=ids["scanner"], priority=t.PRIORITY_URGENT, summary="The copier hums")
    await calls.tickets.UpdateTicket(urgent, metadata=ava)

    async def summaries(asked: t.ListTicketsRequest) -> list[str]:
        page = await calls.tickets.ListTickets(asked, metadata=ava)
        assert (page.total, page.more_than_total) == (len(await found(asked)), False)
        asked.page_token = page.next_page_token
        return [ticket.summary for ticket in page.tickets] + (await summaries(asked) if asked.page_token else [])

    async def found(asked: t.ListTicketsRequest) -> list[str]:
        whole = t.ListTicketsRequest(search=asked.search)
        return [ticket.id for ticket in (await calls.tickets.ListTickets(whole, metadata=ava)).tickets]

    by_priority = t.ListTicketsRequest(sort=t.TICKET_SORT_PRIORITY, page_size=1)
    assert await summaries(by_priority) == ["The copier hums", "The monitor hums", "The printer hums"]
    by_summary = t.ListTicketsRequest(sort=t.TICKET_SORT_SUMMARY, reversed=True, page_size=2, search="hum mia")
    assert await summaries(by_summary) == ["The printer hums", "The monitor hums", "The copier hums"]
    assert await found(t.ListTicketsRequest(search="scanner")) == []
    assert await found(t.ListTicketsRequest(search="#2")) == await found(t.ListTicketsRequest(search="cop")) == [ids["scanner"]]


async def test_another_desk_gets_the_answer_for_a_missing_ticket(house: House, calls: Calls) -> None:  # spec 10.2
    mia = on_behalf(house.customer())
    made = await calls.tickets.CreateTicket(t.CreateTicketRequest(command_id="c1", summary="Secret"), metadata=mia)
    stranger = on_behalf(house.engineer("elsewhere"))

    hidden = await refusal(calls.tickets.GetTicket(t.GetTicketRequest(ticket_id=made.ticket.id), metadata=stranger))

    assert hidden == await refusal(calls.tickets.GetTicket(t.GetTicketRequest(ticket_id="missing"), metadata=stranger))
    assert hidden == (Kind.NOT_FOUND, "ticket_not_found", "ticket_id")
    assert (await calls.tickets.ListTickets(t.ListTicketsRequest(), metadata=stranger)).total == 0


async def test_errors_carry_a_status_a_code_and_a_field(house: House, calls: Calls) -> None:  # spec 11.1
    mia, ava = on_behalf(house.customer()), on_behalf(house.engineer())
    invalid, bad_token = Kind.INVALID_ARGUMENT, on_behalf("forged")

    for call, expected in (
        (calls.tickets.CreateTicket(t.CreateTicketRequest(command_id="c", summary=""), metadata=mia), (invalid, "summary")),
        (calls.tickets.CreateTicket(t.CreateTicketRequest(command_id="c", summary="s", priority=9), metadata=mia), (invalid, "priority")),  # type: ignore[arg-type]
        (calls.tickets.CreateTicket(t.CreateTicketRequest(command_id="c", summary="s"), metadata=ava), (invalid, "customer_id")),
        (calls.tickets.ListTickets(t.ListTicketsRequest(page_token="?"), metadata=mia), (invalid, "page_token")),
        (calls.tickets.ListTickets(t.ListTicketsRequest(sort=t.TICKET_SORT_STATUS), metadata=mia), (invalid, "sort")),
        (calls.tickets.ListTickets(t.ListTicketsRequest(sort=99), metadata=ava), (invalid, "sort")),  # type: ignore[arg-type]
        (calls.tickets.GetTicket(t.GetTicketRequest(ticket_id="x"), metadata=bad_token), (Kind.UNAUTHENTICATED, "")),
        (calls.directory.ListDirectory(d.ListDirectoryRequest(), metadata=ava), (Kind.PERMISSION_DENIED, "")),
        (calls.directory.GetSignIn(d.GetSignInRequest(secret="s"), metadata=ava), (Kind.PERMISSION_DENIED, "")),
        (calls.directory.UpsertEntry(d.UpsertEntryRequest()), (invalid, "entry")),
    ):
        status, _, field = await refusal(call)
        assert (status, field) == expected
    assert (await calls.tickets.ListTickets(t.ListTicketsRequest(), metadata=ava)).total == 0


async def test_a_person_signs_in_and_out_and_the_sign_out_is_published(house: House, calls: Calls) -> None:  # spec 10.1
    asked = d.CreateSignInRequest(person_id=house.id("mia"), method="trial", address="192.0.2.1")
    made = await calls.directory.CreateSignIn(asked)
    held = await calls.directory.GetSignIn(d.GetSignInRequest(secret=made.secret))
    assert held.sign_in == made.sign_in
    assert (held.sign_in.person.name, held.sign_in.company.name, held.sign_in.desk.id) == ("Mia", "Acme Ltd", house.desk_id)

    await calls.directory.EndSignIn(d.EndSignInRequest(secret=made.secret))

    status, code, _ = await refusal(calls.directory.GetSignIn(d.GetSignInRequest(secret=made.secret)))
    assert (status, code) == (Kind.UNAUTHENTICATED, "signed_out")
    key = f"sign_in:{house.id('mia')}"

    def ended() -> list[tuple[str, str]]:
        """The headers of the records that name this sign-in."""
        of_mia = [record for record in house.received if record.key == key]
        named = [r for r in of_mia if d.DirectoryEntry.FromString(r.value).sign_in_ended.sign_in_id == made.sign_in.id]
        return [(record.headers["kind"], record.headers["people"]) for record in named]

    await until(lambda: bool(ended()))
    assert ended()[0] == ("sign_in", house.id("mia"))


async def test_a_renamed_board_is_published_with_its_next_revision(house: House, calls: Calls) -> None:
    board = d.Board(id=house.id("service-desk"), desk_id=house.desk_id, name="Help desk")
    for _ in range(2):
        answer = await calls.directory.UpsertEntry(d.UpsertEntryRequest(entry=d.DirectoryEntry(board=board)))
        assert answer.entry.revision == 2

    def published() -> list[d.DirectoryEntry]:
        found = [d.DirectoryEntry.FromString(record.value) for record in house.received if record.key == f"board:{board.id}"]
        return [entry for entry in found if entry.revision == 2]

    await until(lambda: bool(published()))
    assert published()[0].board == board


async def test_directory_entries_are_published_and_listed_as_they_were_written(house: House, calls: Calls) -> None:
    await until(lambda: len({record.key for record in house.received if record.topic == DIRECTORY.name}) == 5)

    published = {record.key: d.DirectoryEntry.FromString(record.value) for record in house.received if record.topic == DIRECTORY.name}
    listed = (await calls.directory.ListDirectory(d.ListDirectoryRequest())).entries
    assert sorted(published.values(), key=str) == sorted(listed, key=str)
    listed = await calls.directory.ListPlaces(d.ListPlacesRequest(), metadata=on_behalf(house.customer()))
    assert ([b.name for b in listed.boards], [c.name for c in listed.companies]) == (["Service desk"], ["Acme Ltd"])
    people = await calls.directory.ListPeople(d.ListPeopleRequest(), metadata=on_behalf(house.engineer()))
    assert [person.name for person in people.people] == ["Leo", "Mia"]
    trial = await calls.directory.ListTrialPeople(d.ListTrialPeopleRequest())
    assert [person.name for person in trial.people] == ["Mia", "Leo"]
