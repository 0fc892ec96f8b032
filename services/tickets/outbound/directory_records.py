"""What parley.directory.v1 hears: each thing as it is now, and sign-ins that ended (directory.proto)."""

from google.protobuf.message import Message

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import DIRECTORY
from servicekit.tracing import HEADER, current_traceparent
from services.tickets.directory_contract import entry_to_proto
from services.tickets.domain.directory import Entry, Kind, desk_of, kind_of
from services.tickets.domain.sign_in import SignIn

SIGN_IN = "sign_in"


def entry_record(entry: Entry) -> Record:
    kind = kind_of(entry.content)
    people = entry.content.id if kind is Kind.PERSON else ""
    return _record(entry.key, entry_to_proto(entry), desk_of(entry.content), kind, people)


def sign_in_ended_record(sign_in: SignIn) -> Record:
    ended = pb.SignInEnded(sign_in_id=sign_in.id, person_id=sign_in.person_id)
    entry = pb.DirectoryEntry(revision=1, sign_in_ended=ended)
    return _record(f"{SIGN_IN}:{sign_in.id}", entry, sign_in.desk_id, SIGN_IN, sign_in.person_id)


def _record(key: str, entry: Message, desk: str, kind: str, people: str) -> Record:
    headers = {"desk": desk, "company": "", "board": "", "people": people, "kind": kind, HEADER: current_traceparent()}
    return Record(DIRECTORY.name, key, entry.SerializeToString(), headers)
