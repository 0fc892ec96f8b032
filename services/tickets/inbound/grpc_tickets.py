"""TicketsService: translation only."""

from collections.abc import AsyncIterator
from typing import Any

from parley.tickets.v1 import tickets_pb2 as pb
from parley.tickets.v1.tickets_pb2_grpc import TicketsServiceServicer
from servicekit.grpc_server import caller_of
from servicekit.grpc_uploads import content_of, upload_time
from services.tickets.contract import (
    attachment_to_proto,
    moment_from,
    priority_from,
    sort_from,
    status_from,
    ticket_to_proto,
    timeline_entry_to_proto,
)
from services.tickets.domain.commands import AddNote, CreateTicket, UpdateTicket, UploadAttachment
from services.tickets.domain.people import Actor
from services.tickets.domain.ticket import Priority
from services.tickets.handlers.access import actor_from
from services.tickets.handlers.ticket_commands import TicketCommands
from services.tickets.handlers.ticket_reads import TicketReads
from services.tickets.handlers.uploads import Uploads

NAME = pb.DESCRIPTOR.services_by_name["TicketsService"].full_name
READ, WRITE = "tickets:read", "tickets:write"
# The scope a service account needs for each RPC.
SCOPES = {
    "CreateTicket": WRITE,
    "GetTicket": READ,
    "ListTickets": READ,
    "UpdateTicket": WRITE,
    "AddNote": WRITE,
    "UploadAttachment": WRITE,
    "ListTimeline": READ,
    "DownloadAttachment": READ,
}


class TicketsApi(TicketsServiceServicer):
    def __init__(self, commands: TicketCommands, reads: TicketReads, uploads: Uploads) -> None:
        self._commands, self._reads, self._uploads = commands, reads, uploads

    async def CreateTicket(self, request: pb.CreateTicketRequest, context: Any) -> pb.CreateTicketResponse:
        command = CreateTicket(
            command_id=request.command_id,
            summary=request.summary,
            text=request.text,
            board_id=request.board_id,
            customer_id=request.customer_id,
            priority=priority_from(request.priority) if request.priority else Priority.NORMAL,
        )
        return pb.CreateTicketResponse(ticket=ticket_to_proto(await self._commands.create(_actor(context), command)))

    async def GetTicket(self, request: pb.GetTicketRequest, context: Any) -> pb.GetTicketResponse:
        ticket = await self._reads.get(_actor(context), request.ticket_id)
        most = await self._uploads.most_of(ticket.desk_id)
        return pb.GetTicketResponse(ticket=ticket_to_proto(ticket), max_attachment_bytes=most)

    async def ListTickets(self, request: pb.ListTicketsRequest, context: Any) -> pb.ListTicketsResponse:
        page = await self._reads.list(
            _actor(context),
            search=request.search,
            statuses=frozenset(status_from(status, "statuses") for status in request.statuses),
            customer_id=request.customer_id,
            board_id=request.board_id,
            assignee_id=request.assignee_id,
            unassigned=request.unassigned,
            priorities=frozenset(priority_from(priority, "priorities") for priority in request.priorities),
            changed_before=moment_from(request.changed_before, "changed_before") if request.HasField("changed_before") else None,
            sort=sort_from(request.sort),
            reversed=request.reversed,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return pb.ListTicketsResponse(
            tickets=[ticket_to_proto(ticket) for ticket in page.tickets],
            next_page_token=page.next.token() if page.next else "",
            total=page.total,
            more_than_total=page.more_than_total,
        )

    async def UpdateTicket(self, request: pb.UpdateTicketRequest, context: Any) -> pb.UpdateTicketResponse:
        command = UpdateTicket(
            command_id=request.command_id,
            ticket_id=request.ticket_id,
            summary=request.summary if request.HasField("summary") else None,
            status=status_from(request.status) if request.HasField("status") else None,
            priority=priority_from(request.priority) if request.HasField("priority") else None,
            board_id=request.board_id if request.HasField("board_id") else None,
            assignee_id=request.assignee_id if request.HasField("assignee_id") else None,
            customer_id=request.customer_id if request.HasField("customer_id") else None,
        )
        return pb.UpdateTicketResponse(ticket=ticket_to_proto(await self._commands.update(_actor(context), command)))

    async def AddNote(self, request: pb.AddNoteRequest, context: Any) -> pb.AddNoteResponse:
        command = AddNote(
            command_id=request.command_id,
            ticket_id=request.ticket_id,
            text=request.text,
            internal=request.internal,
            attachment_ids=tuple(request.attachment_ids),
        )
        return pb.AddNoteResponse(entry=timeline_entry_to_proto(await self._commands.add_note(_actor(context), command)))

    async def UploadAttachment(self, requests: AsyncIterator[pb.UploadAttachmentRequest], context: Any) -> pb.UploadAttachmentResponse:
        async with upload_time():
            first = await anext(aiter(requests), pb.UploadAttachmentRequest())
            command = UploadAttachment(command_id=first.command_id, ticket_id=first.ticket_id, name=first.name, size=first.size)
            attachment = await self._uploads.store(_actor(context), command, content_of(first, requests, context))
        return pb.UploadAttachmentResponse(attachment=attachment_to_proto(attachment))

    async def ListTimeline(self, request: pb.ListTimelineRequest, context: Any) -> pb.ListTimelineResponse:
        page = await self._reads.timeline(_actor(context), request.ticket_id, request.after_revision, request.page_size)
        return pb.ListTimelineResponse(entries=[timeline_entry_to_proto(entry) for entry in page.entries], more=page.more)

    async def DownloadAttachment(self, request: pb.DownloadAttachmentRequest, context: Any) -> AsyncIterator[pb.DownloadAttachmentResponse]:
        attachment = await self._reads.attachment(_actor(context), request.ticket_id, request.attachment_id)
        yield pb.DownloadAttachmentResponse(attachment=attachment_to_proto(attachment))
        async for piece in self._reads.content(attachment):
            yield pb.DownloadAttachmentResponse(data=piece)


def _actor(context: Any) -> Actor:
    return actor_from(caller_of(context))
