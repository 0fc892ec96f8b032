"""An ended chat becomes a ticket with its log: the tickets service on real engines, killed at each critical point (spec 4.2)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.tickets.v1 import tickets_pb2
from servicekit.grpc_client import on_behalf
from servicekit.identity import new_id
from servicekit.kafka_positions import GroupPositions
from servicekit.kafka_publisher import partition_of
from servicekit.kafka_topics import GROUP_TOPICS
from services.tickets.handlers import chat_file_copies
from services.tickets.wiring import NAME
from tests.adapters.tickets.running import House, log_text
from tests.fakes.faults import StopsAt
from tests.fakes.waiting import until

POINTS = ["ticket_made", "blob_stored", "chat_file_copied", "note_inserted", "log_published"]
SCREEN = bytes(range(256)) * 3_000


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[House]:
    async with House(tmp_path, engine_settings, unique).opened() as house:
        yield house


def create(house: House) -> chat.NewTicket:
    return chat.NewTicket(board_id=house.id("service-desk"), summary="Printer on fire", priority="high")


async def test_an_ended_chat_becomes_a_ticket_with_its_log(house: House) -> None:  # spec 4.1, 4.2, 9.3, 9.4
    session = new_id()
    async with house.chat_up(), house.service() as calls:
        await calls.make_desk()
        house.end_chat(session, create=create(house))

        await house.publish_ended(session)
        await until(lambda: bool(house.received_attached(session)))

        ((ticket, file),) = await calls.logs()
        assert (ticket.number, ticket.summary, ticket.source, ticket.company_name) == (1, "Printer on fire", "chat", "Acme Ltd")
        assert house.received_attached(session)[0].chat_log_attached.attachment_id == file.id
        named, pieces = await calls.download(ticket.id, file.id, house.engineer())
        # The log is larger than the largest gRPC message, and names the ticket that was created for it.
        text = b"".join(pieces).decode()
        assert (named, text) == (file, log_text(ticket.number)) and file.size > 8 * 1024 * 1024
        note = next(entry.note for entry in await calls.timeline(ticket.id, house.engineer()) if entry.HasField("note"))
        assert note.text == text[:3_100]
        assert file.name == "chat_log_20260302T093000Z.txt" and len(pieces) > 1 and max(map(len, pieces)) <= 256 * 1024

        seen = await calls.timeline(ticket.id, house.customer())
        assert [entry.WhichOneof("entry") for entry in seen] == ["change", "chat"]
        assert seen[1].chat.session_id == session
        # Other tests' sessions are in the topic as well.
        assert house.chats.calls.count(session) == 1, "GetChatLog was called more than once"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await calls.download(ticket.id, file.id, house.customer())
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_at_any_point_leads_to_exactly_one_log_with_the_files(house: House, point: str) -> None:  # spec 4.2, 13.5
    session, faults = new_id(), StopsAt(point)
    house.end_chat(session, create=create(house))
    house.chats.files[session] = {"screen.png": SCREEN, "plan.png": b"plan"}
    async with house.chat_up():
        async with house.service(faults) as calls:
            await calls.make_desk()
            await house.publish_ended(session)
            await asyncio.wait_for(faults.seen.wait(), 10)

        async with house.service() as calls:
            await until(lambda: bool(house.received_attached(session)))
            before = len(house.received_attached(session))

            async def is_repeated() -> bool:
                # chat has not consumed the event in time and asks again, until it has: an attempt that is about to end answers nothing.
                await house.publish_ended(session, ticket_asked_again=chat.TicketAskedAgain())
                await asyncio.sleep(0.5)
                return len(house.received_attached(session)) > before

            await until(is_repeated)

            (ticket, file), *copies = await calls.logs()
            assert ticket.number == 1
            assert [(copy.name, copy.content_type) for _, copy in copies] == [("screen.png", "image/png"), ("plan.png", "image/png")]
            named, pieces = await calls.download(ticket.id, copies[0][1].id, house.engineer())
            assert (named, b"".join(pieces)) == (copies[0][1], SCREEN)
            assert {event.chat_log_attached.attachment_id for event in house.received_attached(session)} == {file.id}
            assert (await calls.download(ticket.id, file.id, house.engineer()))[1]


@pytest.mark.parametrize("of", ["files", "log"])
async def test_a_chat_whose_files_or_log_fail_holds_no_other_and_no_erasure(
    house: House, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:  # spec 4.2, 9.5, 10.6, 13.5
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 1.0)
    broker = house.settings.broker
    stuck, later = new_id(), new_id()
    while partition_of(later, broker.partitions) != partition_of(stuck, broker.partitions):
        later = new_id()
    for session in (stuck, later):
        house.end_chat(session, create=create(house))
        house.chats.files[session] = {f"{session}.png": SCREEN}
    house.chats.unreadable = {f"{stuck}.png" if of == "files" else stuck}
    async with house.chat_up(), house.service() as calls:
        await calls.make_desk()
        await house.publish_ended(stuck)
        await house.publish_ended(later)
        await until(lambda: house.chats.refused > 0 and bool(house.received_attached(later)))
        # An erasure waits for this, and not for the copy.
        await GroupPositions(broker, NAME, GROUP_TOPICS[NAME]).until_finished()
        assert not house.received_attached(stuck)

        house.chats.unreadable = set()
        # chat asks again until it has consumed that the log is attached.
        await house.publish_ended(stuck, ticket_asked_again=chat.TicketAskedAgain())
        await until(lambda: bool(house.received_attached(stuck)))

        names = [file.name for _, file in await calls.logs() if file.content_type == "image/png"]
        assert sorted(names) == sorted([f"{stuck}.png", f"{later}.png"])


async def test_the_log_is_fetched_once_when_chat_asks_for_the_ticket_again(house: House) -> None:  # spec 4.2
    session = new_id()
    async with house.chat_up(), house.service() as calls:
        await calls.make_desk()
        house.end_chat(session, create=create(house))

        await house.publish_ended(session, ticket_asked_again=chat.TicketAskedAgain())
        await until(lambda: bool(house.received_attached(session)))

        ((ticket, _),) = await calls.logs()
        assert (ticket.number, ticket.summary) == (1, "Printer on fire")
        assert house.chats.calls.count(session) == 1, "GetChatLog was called more than once"


async def test_a_log_whose_download_fails_halfway_is_fetched_again(house: House) -> None:  # spec 4.2
    session = new_id()
    house.chats.breaks = 2
    async with house.chat_up(), house.service() as calls:
        await calls.make_desk()
        house.end_chat(session, create=create(house))
        await house.publish_ended(session)
        await until(lambda: bool(house.received_attached(session)))

        ((_, file),) = await calls.logs()
        assert file.size == len(log_text(1).encode()) and house.chats.breaks == 0


async def test_tickets_work_while_chat_is_down_and_the_log_is_attached_when_chat_is_back(house: House) -> None:  # spec 9.5
    session = new_id()
    async with house.service() as calls:
        await calls.make_desk()
        await house.publish_ended(session)
        request = tickets_pb2.CreateTicketRequest(command_id="c1", summary="By hand")
        made = await calls.tickets.CreateTicket(request, metadata=on_behalf(house.customer()))
        house.end_chat(session, attach=chat.ExistingTicket(ticket_id=made.ticket.id))

        async with house.chat_up():
            await until(lambda: bool(house.received_attached(session)))

        ((ticket, _),) = await calls.logs()
        assert ticket.id == made.ticket.id
