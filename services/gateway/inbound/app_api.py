"""The HTTP calls of both apps that are more than one gRPC call; call_routes.py has the others, and uploads.py and downloads.py have those
that carry files."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from parley.gateway.v1.gateway_pb2 import SignedOut, TicketPage
from parley.tickets.v1 import tickets_pb2 as tickets
from services.gateway.domain.site import App
from services.gateway.errors import NotSignedIn, OtherSignIn
from services.gateway.handlers.openid_sign_in import OpenIdSignIn
from services.gateway.handlers.sockets import Sockets
from services.gateway.handlers.start_page import StartPage
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.request_bodies import set_from_text
from services.gateway.inbound.responses import add_call, proto_answer
from services.gateway.ports import Service, SignOutPage

TIMELINE_PAGE = 200


class AppApi:
    """`add_to` puts the routes under /<app>/api."""

    def __init__(self, edge: Edge, services: Mapping[str, Service], sockets: Sockets, start_page: StartPage, openid: OpenIdSignIn) -> None:
        self._edge, self._tickets, self._sockets, self._start_page = edge, services["tickets"], sockets, start_page
        self._openid = openid

    def add_to(self, router: APIRouter, app: App) -> None:
        endpoints = {
            ("GET", "/start"): self._start,
            ("POST", "/sign-out"): self._sign_out,
            ("GET", "/tickets/{ticket_id}"): self._ticket_page,
        }
        for (verb, path), endpoint in endpoints.items():
            add_call(router, verb, f"{app.path}/api{path}", partial(endpoint, app))

    async def _start(self, app: App, request: Request) -> Response:
        who = await self._edge.person(request, app)
        self._sockets.require_ready()
        return proto_answer(await self._start_page.of(who))

    async def _sign_out(self, app: App, request: Request) -> Response:
        page = SignOutPage()
        try:
            who = await self._edge.person(request, app)
            sealed = await self._edge.sign_ins.end(self._edge.secret(request, app))
            # The directory publishes this to all replicas; this one need not wait.
            self._sockets.sign_in_ended(who.sign_in.id)
            page = await self._openid.sign_out_page(who, sealed)
        except OtherSignIn:
            # An old page must not end the sign-in of another person in the same browser.
            raise
        except NotSignedIn:
            pass
        response = proto_answer(SignedOut(redirect=page.address, form=page.form))
        self._edge.clear_cookie(request, response, app)
        return response

    async def _ticket_page(self, app: App, request: Request) -> Response:
        by = (await self._edge.person(request, app)).caller
        wanted = tickets.ListTimelineRequest(ticket_id=request.path_params["ticket_id"], page_size=TIMELINE_PAGE)
        if after := request.query_params.get("after"):
            set_from_text(wanted, "after_revision", [after], "after")
        found: tickets.GetTicketResponse = await self._tickets.call("GetTicket", tickets.GetTicketRequest(ticket_id=wanted.ticket_id), by)
        timeline: tickets.ListTimelineResponse = await self._tickets.call("ListTimeline", wanted, by)
        page = TicketPage(ticket=found.ticket, timeline=timeline.entries, more=timeline.more)
        page.max_attachment_bytes = found.max_attachment_bytes
        return proto_answer(page)
