"""The mapping between the domain of tickets and the protos is complete."""

import inspect
from dataclasses import replace

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.tickets.v1 import directory_pb2, tickets_pb2
from servicekit.errors import PermissionDenied, as_typed
from servicekit.identity import Caller
from servicekit.kafka_records import Received
from services.tickets import contract, directory_contract
from services.tickets.contract import records_of
from services.tickets.domain import errors
from services.tickets.domain.attaching import AttachWish, EndedChat, NewTicketWish
from services.tickets.domain.directory import Entry
from services.tickets.domain.errors import InvalidValue, TicketsError
from services.tickets.domain.people import Role, Side
from services.tickets.domain.sign_in import SignIn
from services.tickets.domain.ticket import Priority, TicketStatus
from services.tickets.handlers.access import actor_from
from services.tickets.inbound.chat_events import consume
from services.tickets.inbound.grpc_directory import DirectoryApi
from services.tickets.inbound.grpc_tickets import TicketsApi
from tests.fakes.clock import START
from tests.unit.tickets.desk import AVA, CONTENTS, MIA, TicketsDesk

WISH = chat.TicketWished(attach=chat.ExistingTicket(ticket_id="t1"))
WISHED = chat.SessionEvent(ticket_wished=WISH)
TICKET_RETRIED = chat.SessionEvent(ticket_asked_again=chat.TicketAskedAgain())
MOVED, LEFT = chat.SessionEvent(status_changed=chat.StatusChanged()), chat.SessionEvent(participant_left=chat.ParticipantLeft())


@pytest.mark.parametrize(
    ("service", "api"),
    [
        (tickets_pb2.DESCRIPTOR.services_by_name["TicketsService"], TicketsApi),
        (directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"], DirectoryApi),
    ],
)
def test_each_rpc_has_a_handler(service: object, api: type) -> None:
    rpcs = {method.name for method in service.methods}  # type: ignore[attr-defined]

    assert {name for name in vars(api) if name[0].isupper()} == rpcs


@pytest.mark.parametrize("kind", [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, TicketsError)])
def test_each_error_has_a_status_and_a_code(kind: type[TicketsError]) -> None:
    error = TicketsError("x", field="f", fact="1")
    error.kind, error.code = kind.kind, kind.code
    found = as_typed(error)
    assert found is not None and (found.kind.value, found.code, found.field, found.details) == (kind.kind, kind.code, "f", {"fact": "1"})


def test_every_value_of_the_contract_is_mapped() -> None:
    assert set(contract.STATUSES) == set(TicketStatus) and len(tickets_pb2.TicketStatus.values()) == len(TicketStatus) + 1
    assert set(contract.PRIORITIES) == set(Priority) and len(tickets_pb2.Priority.values()) == len(Priority) + 1
    assert set(directory_contract.ROLES) == set(Role) and len(directory_pb2.Role.values()) == len(Role)
    with pytest.raises(InvalidValue):
        contract.priority_from(99)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.id)
def test_a_directory_entry_round_trips(content: object) -> None:
    entry = Entry(content, 3, 1)  # type: ignore[arg-type]

    proto = directory_pb2.DirectoryEntry.FromString(directory_contract.entry_to_proto(entry).SerializeToString())

    assert (directory_contract.content_from(proto), proto.revision) == (content, 3)


async def test_every_change_publishes_its_events_with_the_new_ticket(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA, text="It smokes.")
    await desk.update(AVA, ticket, status=TicketStatus.IN_PROGRESS, assignee_id="ava")
    await desk.note(AVA, ticket, internal=True)

    records = [record for commit in desk.log.kept for record in records_of(commit)]

    assert [record.headers["kind"] for record in records] == ["created", "timeline_grew", "updated", "timeline_grew"]
    assert {record.key for record in records} == {ticket.id}
    expected = {
        "desk": "harbour",
        "company": "acme",
        "board": "service-desk",
        "people": "mia,ava",
        "kind": "timeline_grew",
        "traceparent": "",
    }
    assert records[-1].headers == expected
    event = tickets_pb2.TicketEvent.FromString(records[-1].value)
    assert (event.ticket.revision, event.ticket.assignee.name, event.timeline_grew.internal) == (5, "Ava Chen", True)
    assert len({tickets_pb2.TicketEvent.FromString(record.value).event_id for record in records}) == 4


async def test_a_moved_ticket_is_published_with_where_it_was_before(desk: TicketsDesk) -> None:  # spec 9.6
    ticket = await desk.create(MIA)
    await desk.update(AVA, ticket, customer_id="zoe", board_id="projects")

    [record] = records_of(desk.log.kept[-1])

    moved = tickets_pb2.TicketUpdated(former_customer_id="mia", former_company_id="acme", former_board_id="service-desk")
    assert tickets_pb2.TicketEvent.FromString(record.value).updated == moved
    former = {"former_company_id": "acme", "former_board_id": "service-desk"}
    assert record.headers == {
        "desk": "harbour",
        "company": "globex",
        "board": "projects",
        "people": "zoe",
        "kind": "updated",
        "traceparent": "",
        **former,
    }


def test_the_wish_of_a_session_is_parsed() -> None:
    card = chat.SessionCard(session_id="s", desk_id="harbour", ticket_id="t")
    create = chat.TicketWished(create=chat.NewTicket(board_id="b", summary="s", priority="low"))
    attach = chat.TicketWished(attach=chat.ExistingTicket(ticket_id="t"))

    assert contract.ended_chat_from(card, create).wish == NewTicketWish("b", "s", "low")
    assert contract.ended_chat_from(card, attach).wish == AttachWish("t")
    assert contract.ended_chat_from(card, chat.TicketWished()).wish is None


@pytest.mark.parametrize(
    ("status", "events", "wish", "attached"),
    [
        ("completed", [MOVED, WISHED], None, [("harbour", "s1", AttachWish("t1"))]),
        ("completed", [TICKET_RETRIED], WISH, [("harbour", "s1", AttachWish("t1"))]),
        # As an earlier release of chat published it: the wish is fetched.
        ("completed", [TICKET_RETRIED], None, [("harbour", "s1", None)]),
        ("completed", [LEFT], None, []),
        ("handled", [WISHED], None, []),
    ],
)
async def test_only_wishes_of_ended_sessions_are_attached(
    status: str, events: list[chat.SessionEvent], wish: chat.TicketWished | None, attached: list[object]
) -> None:
    calls: list[object] = []

    class Attacher:
        async def attach(self, desk_id: str, session_id: str, chat: EndedChat | None) -> None:
            calls.append((desk_id, session_id, chat.wish if chat else None))

    entry, card = chat.SessionEntry(session_id="s1", events=events), chat.SessionCard(session_id="s1")
    changed = chat.SessionChanged(entry=entry, card=card, wish=wish)
    headers = {"desk": "harbour", "status": status, "kind": "status_changed"}

    record = Received("parley.chat.v1", 0, 0, "s1", changed.SerializeToString(), headers)
    await consume(Attacher(), record)  # type: ignore[arg-type]

    assert calls == attached


def test_a_caller_is_converted_to_an_actor() -> None:  # spec 10.3
    engineer = Caller("engineer", "bo", "Bo", "harbour", role="engineer", companies=frozenset({"acme"}))
    assert actor_from(engineer).access.company("acme") and not actor_from(engineer).access.company("globex")
    assert actor_from(Caller("service", "chat", "chat", "", scopes=frozenset({"internal"}))).side is Side.SERVICE
    assert actor_from(Caller("service", "crm", "crm", "harbour", scopes=frozenset({"tickets:read"}))).desk_id == "harbour"
    with pytest.raises(PermissionDenied):
        actor_from(Caller("engineer", "x", "X", ""))


def test_the_ends_of_a_persons_sign_ins_share_a_key() -> None:
    """The topic keeps the last record of each key for good."""
    first = SignIn(
        id="s1", secret_hash="", desk_id="harbour", person_id="mia", method="trial", address="", created_at=START, expires_at=START
    )
    ends = [directory_contract.sign_in_ended_record(one) for one in (first, replace(first, id="s2"), replace(first, person_id="leo"))]

    assert [end.key for end in ends] == ["sign_in:mia", "sign_in:mia", "sign_in:leo"]
    assert [directory_pb2.DirectoryEntry.FromString(end.value).sign_in_ended.sign_in_id for end in ends] == ["s1", "s2", "s1"]
