"""Files that people attach to tickets: the tickets service on real engines, stopped at each critical point."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from parley.tickets.v1 import tickets_pb2 as pb
from servicekit.errors import RemoteError
from servicekit.grpc_client import on_behalf, upload
from servicekit.identity import new_id
from tests.adapters.tickets.running import Calls, House
from tests.fakes.faults import StopsAt

MB = 1024 * 1024
# Spec 9.3.
MOST_MEMORY = 4 * MB


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[House]:
    async with House(tmp_path, engine_settings, unique).opened() as house:
        yield house


async def a_ticket(calls: Calls) -> str:
    await calls.make_desk()
    asked = pb.CreateTicketRequest(command_id=new_id(), summary="Printer on fire")
    return (await calls.tickets.CreateTicket(asked, metadata=on_behalf(calls.house.customer()))).ticket.id  # type: ignore[no-any-return]


async def one(request: pb.UploadAttachmentRequest) -> AsyncIterator[pb.UploadAttachmentRequest]:
    yield request


async def note(calls: Calls, ticket_id: str, token: str, *ids: str, internal: bool = False, command_id: str = "") -> pb.TimelineEntry:
    asked = pb.AddNoteRequest(command_id=command_id or new_id(), ticket_id=ticket_id, attachment_ids=ids, internal=internal)
    return (await calls.tickets.AddNote(asked, metadata=on_behalf(token))).entry  # type: ignore[no-any-return]


async def test_an_uploaded_file_is_downloaded_as_it_was(house: House) -> None:  # spec 9.2, 9.3
    content = b"%PDF-1.7\n" + bytes(range(256)) * 4_000
    async with house.service() as calls:
        ticket_id = await a_ticket(calls)
        file = await calls.upload(ticket_id, house.customer(), content, name="../Rechnung März.pdf")
        await note(calls, ticket_id, house.customer(), file.id)

        assert (file.name, file.content_type, file.size) == ("Rechnung März.pdf", "application/pdf", len(content))
        described, pieces = await calls.download(ticket_id, file.id, house.engineer())
        assert (described, b"".join(pieces)) == (file, content)


async def test_an_internal_notes_file_is_nowhere_for_customers(house: House) -> None:  # spec 9.3, 9.4
    async with house.service() as calls:
        ticket_id = await a_ticket(calls)
        file = await calls.upload(ticket_id, house.engineer())
        await note(calls, ticket_id, house.engineer(), file.id, internal=True)

        assert [entry.WhichOneof("entry") for entry in await calls.timeline(ticket_id, house.customer())] == ["change"]
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await calls.download(ticket_id, file.id, house.customer())
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_upload_holds_less_than_4_mb_in_memory(house: House) -> None:  # spec 9.3, 10.9
    async with house.service() as calls:
        ticket_id, content = await a_ticket(calls), bytes(25 * MB)
        tracemalloc.start()
        try:
            file = await calls.upload(ticket_id, house.customer(), content)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert file.size == len(content) and most < MOST_MEMORY


async def test_a_too_large_file_is_refused_before_it_is_read(house: House) -> None:  # spec 9.3
    async with house.service() as calls:
        ticket_id = await a_ticket(calls)
        with pytest.raises(RemoteError) as refused:
            await calls.upload(ticket_id, house.customer(), bytes(25 * MB + 1))
        assert (refused.value.code, refused.value.field) == ("too_large", "size")
        with pytest.raises(RemoteError) as refused:
            first = pb.UploadAttachmentRequest(command_id="u2", ticket_id=ticket_id, name="a", size=MB, data=bytes(300_000))
            await upload(calls.tickets.UploadAttachment, one(first), token=house.customer(), timeout=60.0)
        assert (refused.value.code, refused.value.field) == ("part_too_large", "data")


async def test_simultaneous_tries_of_an_upload_are_one_file(house: House) -> None:  # spec 3.8
    async with house.service() as calls:
        ticket_id = await a_ticket(calls)
        files = await asyncio.gather(*(calls.upload(ticket_id, house.customer(), bytes(MB), command_id="u1") for _ in range(4)))
        assert len({file.id for file in files}) == 1
        entry = await note(calls, ticket_id, house.customer(), files[0].id)
        assert [file.id for file in entry.note.attachments] == [files[0].id]


async def test_an_upload_that_a_crash_cut_off_is_repeated_once(house: House) -> None:  # spec 9.3, design 10
    fault = StopsAt("upload_stored")
    async with house.service(fault) as calls:
        ticket_id = await a_ticket(calls)
        trying = asyncio.ensure_future(calls.upload(ticket_id, house.customer(), bytes(MB), command_id="u1"))
        await fault.seen.wait()
    await asyncio.gather(trying, return_exceptions=True)

    async with house.service() as calls:
        assert await calls.logs() == []
        file = await calls.upload(ticket_id, house.customer(), bytes(MB), command_id="u1")
        first = await note(calls, ticket_id, house.customer(), file.id, command_id="n1")
        assert await note(calls, ticket_id, house.customer(), file.id, command_id="n1") == first
        assert [attachment.id for _, attachment in await calls.logs()] == [file.id]
