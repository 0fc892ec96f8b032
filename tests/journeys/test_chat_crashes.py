"""Chat stopped in each window that the session log's design names, and what the next process makes of it."""

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
    """Stalls at `point` until it is let go: a process that was slow, not dead."""

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


async def test_a_wish_is_asked_for_again_until_the_ticket_is_there(house: House) -> None:  # spec 3.13, 4.2
    async with house.replica(left_out=()) as calls, house.replica() as other:
        session_id = (await calls.request()).session.card.session_id
        await calls.take(session_id)
        wish = pb.NewTicket(board_id=house.id("board"), summary="Printer", priority="high")
        assert (await calls.complete(session_id, create=wish)).card.ticket_link == pb.TICKET_LINK_PENDING

        async def asked_again() -> bool:
            return "ticket_asked_again" in await other.kinds(session_id)

        await until(asked_again)
        await say_attached(house, session_id)

        async def linked() -> bool:
            return (await other.session(session_id)).card.ticket_link == pb.TICKET_LINK_ATTACHED

        await until(linked)
        kinds = await other.kinds(session_id)
        assert kinds.count("ticket_linked") == 1 and kinds[-1] == "ticket_linked"


@pytest.mark.parametrize("command_id", ["open", "open-from-another-tab"])
async def test_a_crash_after_the_claim_hinders_no_later_request(house: House, command_id: str) -> None:  # spec 2.3
    faults = StopsAt("claimed")
    async with house.replica(faults) as dying:
        asking = asyncio.create_task(dying.request("open"))
        await faults.seen.wait()
        asking.cancel()
        await dying.kill()

    async with house.replica() as calls:
        answer = await calls.request(command_id)

        assert answer.opened
        await until(calls.settled)
        assert [card.session_id for card in await calls.listed()] == [answer.session.card.session_id]
        assert (await calls.request("third")).session.card.session_id == answer.session.card.session_id


async def test_a_crash_between_the_void_and_the_claim_hinders_no_later_request(house: House) -> None:  # spec 2.3
    for command_id, point in (("first tab", "claimed"), ("second tab", "voided")):
        faults = StopsAt(point)
        async with house.replica(faults) as dying:
            asking = asyncio.create_task(dying.request(command_id))
            await faults.seen.wait()
            asking.cancel()
            await dying.kill()

    async with house.replica() as calls:
        answer = await calls.request("second tab")
        assert answer.opened
        again = await calls.request("first tab")
        assert not again.opened and again.session.card.session_id == answer.session.card.session_id
        await until(calls.settled)
        assert [card.session_id for card in await calls.listed()] == [answer.session.card.session_id]


async def test_a_stalled_opener_loses_its_place_and_gets_the_chat_that_took_it(house: House) -> None:  # spec 2.3
    faults = PausesAt("claimed")
    async with house.replica(faults) as stalled, house.replica() as quick:
        asking = asyncio.create_task(stalled.request("first tab"))
        await faults.seen.wait()
        opened = await quick.request("second tab")
        faults.go.set()
        late = await asking

        assert opened.opened and not late.opened
        assert late.session.card.session_id == opened.session.card.session_id
        await until(quick.settled)
        assert len(await quick.listed()) == 1


async def test_a_crash_after_the_insert_keeps_the_chat_and_says_it(house: House) -> None:
    faults = StopsAt("entry_inserted")
    async with house.replica(faults) as dying:
        asking = asyncio.create_task(dying.request())
        await faults.seen.wait()
        asking.cancel()
        await dying.kill()

    async with house.replica() as calls:
        await until(lambda: calls.settled())
        (card,) = await calls.listed()
        again = await calls.request()

        assert again.session.card.session_id == card.session_id
        assert [entry.revision for entry in (await calls.session(card.session_id)).entries] == [1]


@pytest.mark.parametrize("point", ["entry_published", "projected"])
async def test_a_crash_before_the_mark_is_gone_is_made_up_for(house: House, point: str) -> None:
    faults = StopsAt(point)
    async with house.replica(faults) as dying:
        opened = await dying.request()
        await faults.seen.wait()
        assert not await dying.settled()
        await dying.kill()

    async with house.replica() as calls:
        await until(lambda: calls.settled())

        assert [card.session_id for card in await calls.listed()] == [opened.session.card.session_id]
        assert await calls.post(opened.session.card.session_id, "m") == 2


async def test_the_claim_of_a_chat_whose_end_crashed_is_taken_over(house: House) -> None:  # spec 2.3
    async with house.replica() as calls:
        old = (await calls.request()).session.card.session_id
        await calls.take(old)
    faults = StopsAt("entry_inserted")
    async with house.replica(faults) as dying:
        ending = asyncio.create_task(dying.complete(old))
        await faults.seen.wait()
        ending.cancel()
        await dying.kill()

    async with house.replica() as calls:
        answer = await calls.request("new")

        assert answer.opened and answer.session.card.session_id != old
        assert (await calls.session(old)).card.status == pb.CHAT_STATUS_COMPLETED


async def say_attached(house: House, session_id: str) -> None:
    """As tickets would, twice."""
    ticket = tickets_pb2.Ticket(id=house.id("ticket"), desk_id=house.desk_id, number=7)
    attached = tickets_pb2.ChatLogAttached(session_id=session_id, attachment_id="a")
    value = tickets_pb2.TicketEvent(ticket=ticket, chat_log_attached=attached).SerializeToString()
    record = Record(TICKETS.name, ticket.id, value, {"desk": house.desk_id, "kind": "chat_log_attached"})
    await house.say(record, record)
