"""Client of the DirectoryService, which owns sign-ins."""

from datetime import datetime

from parley.tickets.v1 import directory_pb2 as pb
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import call
from servicekit.moments import to_proto
from services.presence.domain.access import Access


async def end_sign_ins(directory: DirectoryServiceStub, desk_id: str, person_id: str, until: datetime, by: str) -> bool | None:
    """The port EndSignIns."""
    request = pb.EndSignInsOfPersonRequest(desk_id=desk_id, person_id=person_id, made_until=to_proto(until), ended_by=by)
    try:
        answer: pb.EndSignInsOfPersonResponse = await call(directory.EndSignInsOfPerson, request)
    except RemoteError as error:
        if error.kind is Kind.NOT_FOUND:
            return None
        raise
    return answer.kind == pb.PERSON_KIND_ENGINEER


async def read_access(directory: DirectoryServiceStub, desk_id: str, person_id: str) -> Access | None:
    """The port ReadAccess."""
    answer: pb.GetPeopleResponse = await call(directory.GetPeople, pb.GetPeopleRequest(desk_id=desk_id, person_ids=[person_id]))
    for entry in answer.entries:
        person, access = entry.person, entry.person.access
        companies = None if access.all_companies else frozenset(access.company_ids)
        boards = None if access.all_boards else frozenset(access.board_ids)
        return Access(person.company_id, companies, boards)
    return None
