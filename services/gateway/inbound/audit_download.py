"""The audit log as a file, for admins in TECH (spec 10.5). It is streamed, so its size does not matter."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from parley.audit.v1 import audit_pb2 as audit
from services.gateway.domain.limits import Limit
from services.gateway.domain.site import App
from services.gateway.errors import NotFound, WrongOrigin
from services.gateway.inbound.edge import NO_PAGE, SAME_ORIGIN, Edge, asked_from
from services.gateway.inbound.request_bodies import set_from_text
from services.gateway.inbound.responses import NO_STORE, add_call
from services.gateway.ports import Service

QUERY = {"kind": "kind", "person": "person_id", "since": "since", "until": "until", "format": "format"}


def add_audit_download(router: APIRouter, edge: Edge, service: Service) -> None:
    """Puts the route under /tech/api."""

    async def download(request: Request) -> Response:
        # The download adds an entry in the person's name, and a link of another site carries the cookie too.
        if asked_from(request) not in (SAME_ORIGIN, NO_PAGE):
            raise WrongOrigin("The audit log is downloaded from pages of this site only.")
        # It reads the whole log and adds an entry, so it is limited as a write is.
        by = (await edge.person(request, App.TECH, Limit.WRITES)).caller
        wanted = audit.GetAuditLogRequest()
        for parameter, field in QUERY.items():
            if texts := [text for text in request.query_params.getlist(parameter) if text]:
                set_from_text(wanted, field, texts, parameter)
        answers = service.stream("GetAuditLog", wanted, by)
        # Until the first answer a refusal can still become the HTTP status.
        first: audit.GetAuditLogResponse | None = await anext(answers, None)
        if first is None:
            raise NotFound("There is no such file.")

        async def data() -> AsyncIterator[bytes]:
            yield first.data
            async for answer in answers:
                yield answer.data

        headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{first.file_name}"'}
        kind = "text/csv" if first.file_name.endswith(".csv") else "application/jsonl"
        return StreamingResponse(data(), media_type=f"{kind}; charset=utf-8", headers=headers)

    add_call(router, "GET", f"{App.TECH.path}/api/audit/file", download)
