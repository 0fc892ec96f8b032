"""Crashes of a chat replica between any two writes of a command, and the recovery by the next process."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parley.chat.v1 import chat_pb2 as pb
from parley.tickets.v1 import tickets_pb2
from servicekit.kafka_records import Record
from servicekit.kafka_topics import TICKETS
from tests.adapters.chat.running import House
from tests.fakes.faults import StopsAt
from tests.fakes.waiting import until


class PausesAt:
    """Blocks at `point` until `go` is set: a slow process, not a crashed one."""

    def __init__(self, point: str) -> None:
        self.point, self.seen, self.go = point, asyncio.Event(), asyncio.Event()

    async def reached(self, point: str) -> None:
        if point == self.point:
            self.seen.set()
            await self.go.wait()


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[House]:
    house = House(tmp_path, engine_settings, unique)
    async with house.peers_up():
        yield house


async def test_a_ticket_that_was_asked_for_is_asked_for_again_until_it_is_linked(house: House) -> None:  # spec 3.13, 4.2
    async with house.replica(left_out=()) as calls, house.replica() as other:
        session_id = (await calls.request()).session.card.session_id
        await calls.take(session_id)
        wish = pb.NewTicket(board_id=house.id("board"), summary="Printer", priority="high")
        assert (await calls.complete(session_id, create=wish)).card.ticket_link == pb.TICKET_LINK_PENDING

        async def is_retried() -> bool:
            return "ticket_asked_again" in await other.kinds(session_id)

        await until(is_retried)
        await publish_attached(house, session_id)

        async def linked() -> bool:
            return (await other.session(session_id)).card.ticket_link == pb.TICKET_LINK_ATTACHED

        await until(linked)
        kinds = await other.kinds(session_id)
        assert kinds.count("ticket_linked") == 1 and kinds[-1] == "ticket_linked"


@pytest.mark.parametrize("command_id", ["open", "open-from-another-tab"])
async def test_a_crash_after_the_claim_does_not_block_later_requests(house: House, command_id: str) -> None:  # spec 2.3
    faults = StopsAt("claimed")
    async with house.replica(faults) as crashing:
        request = asyncio.create_task(crashing.request("open"))
        await faults.seen.wait()
        request.cancel()
        await crashing.kill()

    async with house.replica() as calls:
        answer = await calls.request(command_id)

        assert answer.opened
        await until(calls.settled)
        assert [card.session_id for card in await calls.listed()] == [answer.session.card.session_id]
        assert (await calls.request("third")).session.card.session_id == answer.session.card.session_id


async def test_a_crash_between_voiding_and_claiming_does_not_block_later_requests(house: House) -> None:  # spec 2.3
    for command_id, point in (("first tab", "claimed"), ("second tab", "voided")):
        faults = StopsAt(point)
        async with house.replica(faults) as crashing:
            request = asyncio.create_task(crashing.request(command_id))
            await faults.seen.wait()
            request.cancel()
            await crashing.kill()

    async with house.replica() as calls:
        answer = await calls.request("second tab")
        assert answer.opened
        repeated = await calls.request("first tab")
        assert not repeated.opened and repeated.session.card.session_id == answer.session.card.session_id
        await until(calls.settled)
        assert [card.session_id for card in await calls.listed()] == [answer.session.card.session_id]


async def test_a_stalled_request_loses_its_claim_and_returns_the_chat_that_took_it(house: House) -> None:  # spec 2.3
    faults = PausesAt("claimed")
    async with house.replica(faults) as stalled, house.replica() as quick:
        request = asyncio.create_task(stalled.request("first tab"))
        await faults.seen.wait()
        opened = await quick.request("second tab")
        faults.go.set()
        late = await request

        assert opened.opened and not late.opened
        assert late.session.card.session_id == opened.session.card.session_id
        await until(quick.settled)
        assert len(await quick.listed()) == 1


async def test_a_chat_inserted_before_a_crash_is_kept_and_published(house: House) -> None:
    faults = StopsAt("entry_inserted")
    async with house.replica(faults) as crashing:
        request = asyncio.create_task(crashing.request())
        await faults.seen.wait()
        request.cancel()
        await crashing.kill()

    async with house.replica() as calls:
        await until(lambda: calls.settled())
        (card,) = await calls.listed()
        repeated = await calls.request()

        assert repeated.session.card.session_id == card.session_id
        assert [entry.revision for entry in (await calls.session(card.session_id)).entries] == [1]


@pytest.mark.parametrize("point", ["entry_published", "projected"])
async def test_an_entry_still_marked_unpublished_after_a_crash_is_published_again(house: House, point: str) -> None:
    faults = StopsAt(point)
    async with house.replica(faults) as crashing:
        opened = await crashing.request()
        await faults.seen.wait()
        assert not await crashing.settled()
        await crashing.kill()

    async with house.replica() as calls:
        await until(lambda: calls.settled())

        assert [card.session_id for card in await calls.listed()] == [opened.session.card.session_id]
        assert await calls.post(opened.session.card.session_id, "m") == 2


async def test_the_claim_of_a_chat_whose_end_crashed_is_taken_over(house: House) -> None:  # spec 2.3
    async with house.replica() as calls:
        old = (await calls.request()).session.card.session_id
        await calls.take(old)
    faults = StopsAt("entry_inserted")
    async with house.replica(faults) as crashing:
        completion = asyncio.create_task(crashing.complete(old))
        await faults.seen.wait()
        completion.cancel()
        await crashing.kill()

    async with house.replica() as calls:
        answer = await calls.request("new")

        assert answer.opened and answer.session.card.session_id != old
        assert (await calls.session(old)).card.status == pb.CHAT_STATUS_COMPLETED


async def publish_attached(house: House, session_id: str) -> None:
    """Publishes the event of tickets that the log is attached, twice."""
    ticket = tickets_pb2.Ticket(id=house.id("ticket"), desk_id=house.desk_id, number=7)
    attached = tickets_pb2.ChatLogAttached(session_id=session_id, attachment_id="a")
    value = tickets_pb2.TicketEvent(ticket=ticket, chat_log_attached=attached).SerializeToString()
    record = Record(TICKETS.name, ticket.id, value, {"desk": house.desk_id, "kind": "chat_log_attached"})
    await house.publish(record, record)
