"""Files that people upload to tickets and chats: from the body of a request to the service, without holding more of it than one part
(spec 9.3, 13.5)."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from parley.chat.v1.chat_pb2 import UploadFileRequest
from parley.tickets.v1.tickets_pb2 import UploadAttachmentRequest
from servicekit.errors import TypedError
from services.gateway.domain.limits import Limit, OpenCounts
from services.gateway.domain.site import App
from services.gateway.errors import NoLength, TooManyUploads
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.http_timers import MORE_TIME
from services.gateway.inbound.request_bodies import set_from_text
from services.gateway.inbound.responses import add_call, proto_answer, refusal
from services.gateway.ports import FileService

# Query parameter -> field of the first request.
QUERY = {"command": "command_id", "name": "name"}
# Of one request to a service.
PART = 256 * 1024
# Of all people at a time. Each holds up to 2 MB in this process.
MOST_UPLOADS = 64
RETRY_SECONDS = 2
MAX_DIGITS = 15
TOO_LARGE = 413


@dataclass(frozen=True)
class UploadRoute:
    """The path's {name} sets the field of that name in the first `request` to the `method`."""

    path: str
    service: str
    method: str
    request: type[Any]


OF_TICKET = UploadRoute("/tickets/{ticket_id}/attachments", "tickets", "UploadAttachment", UploadAttachmentRequest)
OF_CHAT = UploadRoute("/chats/{session_id}/files", "chat", "UploadFile", UploadFileRequest)


class UploadApi:
    """`add_to` puts the routes under /<app>/api. An upload has `seconds`; one person has at most `each` at a time."""

    def __init__(self, edge: Edge, services: Mapping[str, FileService], *, seconds: float, each: int) -> None:
        self._edge, self._services, self._seconds = edge, services, seconds
        self._of_person, self._all = OpenCounts(each), OpenCounts(MOST_UPLOADS)

    def add_to(self, router: APIRouter, app: App) -> None:
        for route in (OF_TICKET, OF_CHAT):
            add_call(router, "POST", f"{app.path}/api{route.path}", partial(self._upload, app, route))

    async def _upload(self, app: App, route: UploadRoute, request: Request) -> Response:
        by = (await self._edge.person(request, app, Limit.UPLOADS)).caller
        first = route.request(**request.path_params, size=_length(request))
        for parameter, field in QUERY.items():
            set_from_text(first, field, [request.query_params.get(parameter, "")], parameter)
        with self._one_more(by.id):
            request.scope["extensions"][MORE_TIME](self._seconds)
            try:
                stored = await self._services[route.service].upload(route.method, _parts(first, request), by, self._seconds)
            except TypedError as error:
                if error.code == "too_large":
                    return refusal(error, TOO_LARGE)
                raise
        return proto_answer(stored)

    @contextmanager
    def _one_more(self, person_id: str) -> Iterator[None]:
        if not (self._of_person.has_room(person_id) and self._all.has_room("")):
            raise TooManyUploads("Too many uploads are running; try again when one is done.", retry_after=str(RETRY_SECONDS))
        self._of_person.opened(person_id)
        self._all.opened("")
        try:
            yield
        finally:
            self._of_person.closed(person_id)
            self._all.closed("")


def _length(request: Request) -> int:
    """Raises NoLength. The parser has refused everything but digits."""
    length = request.headers.get("content-length", "")
    if not length or len(length) > MAX_DIGITS:
        raise NoLength("An upload needs its length.", field="Content-Length")
    return int(length)


async def _parts(first: Any, request: Request) -> AsyncIterator[Any]:
    yield first
    async for data in request.stream():
        for start in range(0, len(data), PART):
            yield type(first)(data=data[start : start + PART])
