"""The directory as protos, for RPCs and for the topic parley.directory.v1 (directory.proto)."""

from google.protobuf.message import Message

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import DIRECTORY
from servicekit.protos import numbers_of
from servicekit.tracing import HEADER, current_traceparent
from services.tickets.domain.directory import Board, Company, Content, Desk, Entry, Person
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import NOTHING, Access, Role, Side
from services.tickets.domain.sign_in import SignIn

SIGN_IN = "sign_in"
KINDS: dict[Side, pb.PersonKind.ValueType] = {Side.ENGINEER: pb.PERSON_KIND_ENGINEER, Side.CUSTOMER: pb.PERSON_KIND_CUSTOMER}
ROLES = numbers_of(Role, pb.Role)
_SIDE_OF = {value: side for side, value in KINDS.items()}
_ROLE_OF = {value: role for role, value in ROLES.items()}


def side_from(value: pb.PersonKind.ValueType, field: str) -> Side:
    if value not in _SIDE_OF:
        raise InvalidValue(field, "A person is an engineer or a customer.")
    return _SIDE_OF[value]


def entry_to_proto(entry: Entry) -> pb.DirectoryEntry:
    match entry.content:
        case Desk() as desk:
            return pb.DirectoryEntry(revision=entry.revision, desk=desk_to_proto(desk))
        case Company() as company:
            return pb.DirectoryEntry(revision=entry.revision, company=company_to_proto(company))
        case Board() as board:
            return pb.DirectoryEntry(revision=entry.revision, board=board_to_proto(board))
        case Person() as person:
            return pb.DirectoryEntry(revision=entry.revision, person=person_to_proto(person))


def content_from(entry: pb.DirectoryEntry) -> Content:
    """Raises InvalidValue when the entry is empty or the end of a sign-in, which is read-only."""
    match entry.WhichOneof("entry"):
        case "desk":
            return Desk(entry.desk.id, entry.desk.name, entry.desk.max_file_mb)
        case "company":
            company = entry.company
            return Company(company.id, company.desk_id, company.name, company.default_board_id, company.shared_tickets, company.archived)
        case "board":
            return Board(entry.board.id, entry.board.desk_id, entry.board.name, entry.board.archived)
        case "person":
            return _person_from(entry.person)
        case _:
            raise InvalidValue("entry", "Give a desk, company, board or person.")


def is_whole(entry: pb.DirectoryEntry) -> bool:
    """Whether the entry has the field that clients of earlier versions leave out."""
    return entry.company.HasField("archived") or entry.board.HasField("archived") or entry.desk.HasField("max_file_mb")


def desk_to_proto(desk: Desk) -> pb.Desk:
    return pb.Desk(id=desk.id, name=desk.name, max_file_mb=desk.max_file_mb or None)


def board_to_proto(board: Board) -> pb.Board:
    return pb.Board(id=board.id, desk_id=board.desk_id, name=board.name, archived=board.archived or None)


def company_to_proto(company: Company) -> pb.Company:
    return pb.Company(
        id=company.id,
        desk_id=company.desk_id,
        name=company.name,
        default_board_id=company.default_board_id,
        shared_tickets=company.shared_tickets,
        archived=company.archived or None,
    )


def person_to_proto(person: Person) -> pb.DirectoryPerson:
    return pb.DirectoryPerson(
        id=person.id,
        desk_id=person.desk_id,
        kind=KINDS[person.side],
        name=person.name,
        email=person.email,
        phone=person.phone,
        role=ROLES[person.role],
        company_id=person.company_id,
        access=_access_to_proto(person.access) if person.side is Side.ENGINEER else None,
        trial=person.trial,
        disabled=person.disabled,
        erased=person.erased,
        time_zone=person.time_zone,
    )


def _person_from(person: pb.DirectoryPerson) -> Person:
    side = side_from(person.kind, "entry.person.kind")
    if person.role not in _ROLE_OF:
        raise InvalidValue("entry.person.role", "There is no such role.")
    return Person(
        id=person.id,
        desk_id=person.desk_id,
        side=side,
        name=person.name,
        email=person.email,
        phone=person.phone,
        role=_ROLE_OF[person.role],
        company_id=person.company_id,
        access=_access_from(person.access) if side is Side.ENGINEER else NOTHING,
        trial=person.trial,
        disabled=person.disabled,
        erased=person.erased,
        time_zone=person.time_zone,
    )


def _access_to_proto(access: Access) -> pb.Access:
    return pb.Access(
        all_companies=access.companies is None,
        company_ids=sorted(access.companies or ()),
        all_boards=access.boards is None,
        board_ids=sorted(access.boards or ()),
    )


def _access_from(access: pb.Access) -> Access:
    return Access(
        companies=None if access.all_companies else frozenset(access.company_ids),
        boards=None if access.all_boards else frozenset(access.board_ids),
    )


def entry_record(entry: Entry) -> Record:
    content = entry.content
    people = content.id if isinstance(content, Person) else ""
    return _record(entry.key, entry_to_proto(entry), content.desk_id, content.kind, people)


def sign_in_ended_record(sign_in: SignIn) -> Record:
    ended = pb.SignInEnded(sign_in_id=sign_in.id, person_id=sign_in.person_id)
    entry = pb.DirectoryEntry(revision=1, sign_in_ended=ended)
    # By person, because the topic keeps every key for good.
    return _record(f"{SIGN_IN}:{sign_in.person_id}", entry, sign_in.desk_id, SIGN_IN, sign_in.person_id)


def _record(key: str, entry: Message, desk: str, kind: str, people: str) -> Record:
    headers = {"desk": desk, "company": "", "board": "", "people": people, "kind": kind, HEADER: current_traceparent()}
    return Record(DIRECTORY.name, key, entry.SerializeToString(), headers)
