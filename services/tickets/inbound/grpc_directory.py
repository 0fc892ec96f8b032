"""DirectoryService: translation only."""

from datetime import timedelta
from typing import Any

from parley.tickets.v1 import directory_pb2 as pb
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceServicer
from servicekit.accounts import INTERNAL
from servicekit.errors import PermissionDenied
from servicekit.grpc_server import caller_of, require_service
from servicekit.identity import Caller
from servicekit.moments import to_proto
from services.tickets.contract import moment_from
from services.tickets.directory_contract import (
    KINDS,
    board_to_proto,
    company_to_proto,
    content_from,
    desk_to_proto,
    entry_to_proto,
    is_whole,
    person_to_proto,
    side_from,
)
from services.tickets.domain.directory import Kind, key_of
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.refresh import RefreshOutcome
from services.tickets.domain.sign_in import Identity, SignIn
from services.tickets.handlers.access import actor_from
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.handlers.refreshes import RefreshHandlers
from services.tickets.handlers.sign_ins import AtProvider, SignInDetails, SignInHandlers

NAME = pb.DESCRIPTOR.services_by_name["DirectoryService"].full_name
GATEWAY = "gateway"
READ, WRITE = "directory:read", "directory:write"
# The scope a service account needs for each RPC. INTERNAL is for Parley's own services.
SCOPES = {
    "ListDirectory": INTERNAL,
    "UpsertEntry": WRITE,
    "GetPerson": READ,
    "GetPeople": INTERNAL,
    "ListPeople": READ,
    "ListPlaces": READ,
    "ListTrialPeople": INTERNAL,
    "CreateSignIn": INTERNAL,
    "GetSignIn": INTERNAL,
    "EndSignIn": INTERNAL,
    "EndSignInsOfPerson": INTERNAL,
    "TakeDueRefreshes": INTERNAL,
    "FinishRefresh": INTERNAL,
}


# What only a sign-in at an identity provider has.
AT_PROVIDER = ("sealed_id_token", "refresh", "lasts_seconds")
OUTCOMES = {
    pb.REFRESH_OUTCOME_REFRESHED: RefreshOutcome.REFRESHED,
    pb.REFRESH_OUTCOME_REFUSED: RefreshOutcome.REFUSED,
    pb.REFRESH_OUTCOME_FAILED: RefreshOutcome.FAILED,
}
_EMPTY = pb.CreateSignInRequest()


class DirectoryApi(DirectoryServiceServicer):
    def __init__(self, directory: DirectoryHandlers, sign_ins: SignInHandlers, refreshes: RefreshHandlers) -> None:
        self._directory, self._sign_ins, self._refreshes = directory, sign_ins, refreshes

    async def ListDirectory(self, request: pb.ListDirectoryRequest, context: Any) -> pb.ListDirectoryResponse:
        require_service(caller_of(context))
        entries, token = await self._directory.page(
            request.page_size, request.page_token, customers=not request.without_customers, only_engineers=request.only_engineers
        )
        return pb.ListDirectoryResponse(entries=[entry_to_proto(entry) for entry in entries], next_page_token=token)

    async def UpsertEntry(self, request: pb.UpsertEntryRequest, context: Any) -> pb.UpsertEntryResponse:
        by = actor_from(caller_of(context))
        content, keeps = content_from(request.entry), not is_whole(request.entry)
        entry = await self._directory.upsert(by, content, request.if_revision, keeps_newer=keeps)
        return pb.UpsertEntryResponse(entry=entry_to_proto(entry))

    async def GetPerson(self, request: pb.GetPersonRequest, context: Any) -> pb.GetPersonResponse:
        person, revision = await self._directory.person(actor_from(caller_of(context)), request.person_id)
        return pb.GetPersonResponse(person=person_to_proto(person), revision=revision)

    async def GetPeople(self, request: pb.GetPeopleRequest, context: Any) -> pb.GetPeopleResponse:
        require_service(caller_of(context))
        entries = await self._directory.entries_of(request.desk_id, request.person_ids)
        companies = await self._directory.companies_of(entries) if request.with_companies else []
        return pb.GetPeopleResponse(entries=map(entry_to_proto, entries), companies=map(entry_to_proto, companies))

    async def ListPeople(self, request: pb.ListPeopleRequest, context: Any) -> pb.ListPeopleResponse:
        side = side_from(request.kind, "kind") if request.kind else None
        wanted = (request.company_id, request.page_size, request.page_token, request.search)
        by, only_active = actor_from(caller_of(context)), request.only_active
        people, token = await self._directory.people(by, side, *wanted, only_active=only_active)
        return pb.ListPeopleResponse(people=map(person_to_proto, people), next_page_token=token)

    async def ListPlaces(self, request: pb.ListPlacesRequest, context: Any) -> pb.ListPlacesResponse:
        desk, companies, boards = await self._directory.desk_directory(actor_from(caller_of(context)))
        return pb.ListPlacesResponse(
            desk=desk_to_proto(desk[0]),
            companies=[company_to_proto(company) for company, _ in companies],
            boards=[board_to_proto(board) for board, _ in boards],
            revisions={key_of(Kind.COMPANY, company.id): revision for company, revision in companies}
            | {key_of(Kind.BOARD, board.id): revision for board, revision in boards}
            | {key_of(Kind.DESK, desk[0].id): desk[1]},
        )

    async def ListTrialPeople(self, request: pb.ListTrialPeopleRequest, context: Any) -> pb.ListTrialPeopleResponse:
        require_service(caller_of(context))
        people, companies, boards = await self._directory.trial_people()
        return pb.ListTrialPeopleResponse(
            people=map(person_to_proto, people), companies=map(company_to_proto, companies), boards=map(board_to_proto, boards)
        )

    async def CreateSignIn(self, request: pb.CreateSignInRequest, context: Any) -> pb.CreateSignInResponse:
        require_service(caller_of(context))
        if request.HasField("identity"):
            _require_gateway(caller_of(context))
            identity = _identity(request.identity)
            kept, replaces = _kept(request), request.replaces
            secret, details = await self._sign_ins.create_for(identity, request.method, request.address, kept, replaces)
        elif field := next((field for field in AT_PROVIDER if getattr(request, field) != getattr(_EMPTY, field)), ""):
            raise InvalidValue(field, "Only a sign-in at an identity provider has one.")
        else:
            secret, details = await self._sign_ins.create(request.person_id, request.method, request.address, request.replaces)
        return pb.CreateSignInResponse(secret=secret, sign_in=_sign_in(details))

    async def GetSignIn(self, request: pb.GetSignInRequest, context: Any) -> pb.GetSignInResponse:
        require_service(caller_of(context))
        return pb.GetSignInResponse(sign_in=_sign_in(await self._sign_ins.get(request.secret)))

    async def EndSignIn(self, request: pb.EndSignInRequest, context: Any) -> pb.EndSignInResponse:
        require_service(caller_of(context))
        ended = await self._sign_ins.end(request.secret)
        if ended is None:
            return pb.EndSignInResponse()
        answer = pb.EndSignInResponse(sealed_id_token=ended.sealed_id_token)
        if ended.refresh:
            answer.method, answer.sealed_refresh_token = ended.method, ended.refresh.sealed_token
        return answer

    async def EndSignInsOfPerson(self, request: pb.EndSignInsOfPersonRequest, context: Any) -> pb.EndSignInsOfPersonResponse:
        require_service(caller_of(context))
        if not request.HasField("made_until"):
            raise InvalidValue("made_until", "The moment up to which sign-ins end is missing.")
        until = moment_from(request.made_until, "made_until")
        ended, person = await self._sign_ins.end_of_person(request.desk_id, request.person_id, until, request.ended_by)
        return pb.EndSignInsOfPersonResponse(sign_ins=ended, kind=KINDS[person.side])

    async def TakeDueRefreshes(self, request: pb.TakeDueRefreshesRequest, context: Any) -> pb.TakeDueRefreshesResponse:
        _require_gateway(caller_of(context))
        return pb.TakeDueRefreshesResponse(refreshes=map(_due_refresh, await self._refreshes.take(request.limit)))

    async def FinishRefresh(self, request: pb.FinishRefreshRequest, context: Any) -> pb.FinishRefreshResponse:
        _require_gateway(caller_of(context))
        if not request.HasField("taken_until"):
            raise InvalidValue("taken_until", "The moment until which the sign-in is taken is missing.")
        if request.outcome not in OUTCOMES:
            raise InvalidValue("outcome", "Name how the refresh ended.")
        until, outcome = moment_from(request.taken_until, "taken_until"), OUTCOMES[request.outcome]
        token, after = request.refresh.sealed_token, timedelta(seconds=request.refresh.after_seconds)
        return pb.FinishRefreshResponse(counted=await self._refreshes.finish(request.sign_in_id, until, outcome, token, after))


def _require_gateway(caller: Caller) -> None:
    """Only the gateway calls identity providers and checks what they sign. Raises PermissionDenied for other services."""
    if caller.id != GATEWAY:
        raise PermissionDenied("Only the gateway may call this.")


def _identity(identity: pb.ProviderIdentity) -> Identity:
    side = side_from(identity.kind, "identity.kind")
    return Identity(desk_id=identity.desk_id, side=side, email=identity.email, person_id=identity.person_id)


def _kept(request: pb.CreateSignInRequest) -> AtProvider:
    if request.HasField("refresh") and not request.refresh.sealed_token:
        raise InvalidValue("refresh.sealed_token", "A refresh needs a token.")
    return AtProvider(
        sealed_id_token=request.sealed_id_token,
        sealed_refresh_token=request.refresh.sealed_token,
        refresh_after=timedelta(seconds=request.refresh.after_seconds),
        lasts=timedelta(seconds=request.lasts_seconds),
    )


def _due_refresh(sign_in: SignIn) -> pb.DueRefresh:
    assert sign_in.refresh is not None, "it was taken by its refresh"
    until = to_proto(sign_in.refresh.next_at)
    return pb.DueRefresh(sign_in_id=sign_in.id, method=sign_in.method, sealed_token=sign_in.refresh.sealed_token, taken_until=until)


def _sign_in(details: SignInDetails) -> pb.SignIn:
    return pb.SignIn(
        id=details.id,
        person=person_to_proto(details.person),
        company=company_to_proto(details.company) if details.company else None,
        desk=desk_to_proto(details.desk),
        expires_at=to_proto(details.expires_at),
        method=details.method,
    )
