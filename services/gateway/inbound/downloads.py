"""The files of tickets and chats, as downloads."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from parley.chat.v1.chat_pb2 import DownloadFileRequest
from parley.tickets.v1.tickets_pb2 import DownloadAttachmentRequest
from services.gateway.domain.site import App
from services.gateway.errors import NotFound
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.responses import NO_STORE, add_call
from services.gateway.ports import Service

# Content types that a browser may show. All other files are sent as application/octet-stream.
SHOWN_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")
# A file comes from a person: if a browser opens it, nothing in it may run (spec 9.3, 13.5).
FILE_HEADERS = {**NO_STORE, "Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class DownloadRoute:
    """The path's {name} sets the field of that name in the `request` to the `method`. `described_by`: the field of the first response
    that describes the file."""

    path: str
    service: str
    method: str
    request: type[Any]
    described_by: str


DOWNLOADS = (
    DownloadRoute(
        "/tickets/{ticket_id}/attachments/{attachment_id}", "tickets", "DownloadAttachment", DownloadAttachmentRequest, "attachment"
    ),
    DownloadRoute("/chats/{session_id}/files/{file_id}", "chat", "DownloadFile", DownloadFileRequest, "file"),
)


def add_downloads(router: APIRouter, app: App, edge: Edge, services: Mapping[str, Service]) -> None:
    """Puts the routes under /<app>/api."""
    for route in DOWNLOADS:
        add_call(router, "GET", f"{app.path}/api{route.path}", partial(_download, route, app, edge, services[route.service]))


async def _download(route: DownloadRoute, app: App, edge: Edge, service: Service, request: Request) -> Response:
    by = (await edge.person(request, app)).caller
    answers = service.stream(route.method, route.request(**request.path_params), by)
    # Until the first answer a refusal can still become the HTTP status.
    first = await anext(answers, None)
    if first is None:
        raise NotFound("There is no such file.")

    async def data() -> AsyncIterator[bytes]:
        yield first.data
        async for answer in answers:
            yield answer.data

    file = getattr(first, route.described_by)
    headers = {
        **FILE_HEADERS,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Length": str(file.size),
    }
    kind = file.content_type.partition(";")[0]
    text = "text/plain; charset=utf-8"
    media_type = (text if kind == "text/plain" else kind) if kind in SHOWN_TYPES else "application/octet-stream"
    return StreamingResponse(data(), media_type=media_type, headers=headers)
