"""Signing in. In a trial the page lists demo people (spec 10.1); the gateway and the directory each decide whether it may."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from parley.gateway.v1.gateway_pb2 import SignedIn, TrialPeople, TrialPerson
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from services.gateway.domain.site import app_of
from services.gateway.errors import BadValue
from services.gateway.handlers.sign_ins import ROLES, TRIAL
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.request_bodies import read_into
from services.gateway.inbound.responses import add_call, proto_answer
from services.gateway.ports import Service


class SignInApi:
    def __init__(self, edge: Edge, services: Mapping[str, Service], clock: Clock) -> None:
        self._edge, self._directory, self._clock = edge, services["directory"], clock

    def add_to(self, router: APIRouter) -> None:
        add_call(router, "GET", "/sign-in/api/people", self._people)
        add_call(router, "POST", "/sign-in/api/sign-in", self._sign_in)

    async def _people(self, request: Request) -> Response:
        self._edge.sign_ins.check_trial()
        listed: directory.ListTrialPeopleResponse = await self._directory.call("ListTrialPeople", directory.ListTrialPeopleRequest())
        companies = {company.id: company.name for company in listed.companies}
        boards = {board.id: board.name for board in listed.boards}
        return proto_answer(TrialPeople(people=[_shown(person, companies, boards) for person in listed.people]))

    async def _sign_in(self, request: Request) -> Response:
        self._edge.check_sign_in(request)
        body = _SignInBody()
        await read_into(request, body)
        if not body.person_id:
            raise BadValue("The person who signs in is missing.", field="person_id")
        address, replaces = self._edge.address(request), self._edge.sign_ins_of(request)
        wanted = directory.CreateSignInRequest(person_id=body.person_id, method=TRIAL, address=address, replaces=replaces)
        secret, signed_in = await self._edge.sign_ins.create(wanted)
        app = app_of(signed_in.caller.kind)
        response = proto_answer(SignedIn(redirect=f"{app.path}/", sign_in_id=signed_in.sign_in.id))
        self._edge.set_cookie(request, response, app, secret, signed_in.expires_at - self._clock.now())
        return response


# The body {personId}, which GetPersonRequest describes.
_SignInBody = directory.GetPersonRequest


def _shown(person: directory.DirectoryPerson, companies: Mapping[str, str], boards: Mapping[str, str]) -> TrialPerson:
    if person.kind == directory.PERSON_KIND_CUSTOMER:
        return TrialPerson(id=person.id, name=person.name, kind="customer", company=companies.get(person.company_id, ""))
    access = person.access
    role = ROLES.get(person.role, "engineer").capitalize()
    if access.all_companies and access.all_boards:
        return TrialPerson(id=person.id, name=person.name, kind="engineer", role=role, scope="Sees everything")
    seen = "all companies" if access.all_companies else ", ".join(companies.get(id, id) for id in access.company_ids) or "no company"
    where = "all boards" if access.all_boards else ", ".join(boards.get(id, id) for id in access.board_ids) or "no board"
    return TrialPerson(id=person.id, name=person.name, kind="engineer", role=role, scope=f"Sees {seen} on {where}")
