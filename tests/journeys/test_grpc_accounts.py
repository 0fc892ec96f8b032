"""Service accounts of other teams: scopes, one desk, and acting for people, on the running services."""

from collections.abc import AsyncIterator

import pytest

from parley.chat.v1 import chat_pb2 as c
from parley.presence.v1 import presence_pb2 as p
from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import tickets_pb2 as t
from servicekit.clock import SystemClock
from servicekit.errors import Kind
from servicekit.grpc_access import PERSON
from servicekit.identity import TokenSigner
from stack.keys import key_of
from stack.services import Stack
from tests.contract.rpcs import RPCS
from tests.journeys.desk import TestDesk
from tests.journeys.scene import Scene
from tests.journeys.team import Team

EVERY_SCOPE = sorted({rpc.scope for rpc in RPCS.values()} - {"internal"})


@pytest.fixture
async def team(stack: Stack) -> AsyncIterator[Team]:
    async with Team(stack) as team:
        yield team


async def test_a_call_without_its_scope_is_refused_with_the_name_of_the_scope(team: Team, unique: str) -> None:  # spec 10.3
    token = await team.account(unique, [])
    for key, rpc in RPCS.items():
        if not rpc.descriptor.client_streaming:
            outcome = await team.call(rpc, rpc.request(), token)
            assert (outcome.kind, outcome.details) == (Kind.PERMISSION_DENIED, (("scope", rpc.scope),)), (key, outcome)


async def test_only_the_gateway_signs_in_whom_an_identity_provider_names(team: Team, stack: Stack, desk: TestDesk) -> None:  # spec 10.3
    identity = d.ProviderIdentity(desk_id=desk.id, kind=d.PERSON_KIND_CUSTOMER, person_id=desk.id_of("mia"))
    asked = d.CreateSignInRequest(method="openid:acme", identity=identity)
    chat = TokenSigner(key_of(stack.keys, "chat"), SystemClock()).service_token()
    assert (await team.call(RPCS["DirectoryService.CreateSignIn"], asked, chat)).kind == Kind.PERMISSION_DENIED
    made = await team.do("DirectoryService.CreateSignIn", asked, team.own())
    assert (made.sign_in.person.id, made.sign_in.method) == (desk.id_of("mia"), "openid:acme")


async def test_an_account_of_one_desk_sees_nothing_of_another(team: Team, desk: TestDesk, unique: str) -> None:  # spec 10.2
    scene = Scene(team, desk)
    session_id, ticket_id = await scene.handled(), await scene.ticket()
    token = await team.account(unique, ["desk:elsewhere", *EVERY_SCOPE])
    for key, asked, missing in (
        ("ChatService.GetSession", c.GetSessionRequest(session_id=session_id), c.GetSessionRequest(session_id="s" * 24)),
        ("ChatService.GetChatLog", c.GetChatLogRequest(session_id=session_id, desk_id=desk.id), c.GetChatLogRequest(session_id="s" * 24)),
        ("TicketsService.GetTicket", t.GetTicketRequest(ticket_id=ticket_id), t.GetTicketRequest(ticket_id="t" * 22)),
        ("TicketsService.ListTimeline", t.ListTimelineRequest(ticket_id=ticket_id), t.ListTimelineRequest(ticket_id="t" * 22)),
        ("DirectoryService.GetPerson", d.GetPersonRequest(person_id=desk.id_of("mia")), d.GetPersonRequest(person_id="nobody")),
    ):
        outcome, other = [await team.call(RPCS[key], request, token) for request in (asked, missing)]
        assert outcome == other or (outcome.kind, outcome.code, outcome.field) == (Kind.NOT_FOUND, other.code, other.field), (
            key,
            outcome,
        )
        assert outcome.kind == Kind.NOT_FOUND
    listed = await team.do("ChatService.ListSessions", c.ListSessionsRequest(ticket_id=ticket_id), token)
    tickets = await team.do("TicketsService.ListTickets", t.ListTicketsRequest(), token)
    people = await team.do("DirectoryService.ListPeople", d.ListPeopleRequest(), token)
    assert (len(listed.cards), tickets.total, len(people.people)) == (0, 0, 0)
    as_mia = await team.call(RPCS["TicketsService.ListTickets"], t.ListTicketsRequest(), token, person=desk.id_of("mia"))
    assert as_mia.refusal == (Kind.NOT_FOUND, "person_not_found", PERSON)
    renamed = d.UpsertEntryRequest(entry=d.DirectoryEntry(desk=d.Desk(id=desk.id, name="Ours now")))
    assert (await team.call(RPCS["DirectoryService.UpsertEntry"], renamed, token)).kind == Kind.PERMISSION_DENIED
    watched = p.GetPresenceRequest(desk_id=desk.id, person_ids=[desk.id_of("mia")])
    assert (await team.call(RPCS["PresenceService.GetPresence"], watched, token)).kind == Kind.PERMISSION_DENIED


async def test_an_account_of_one_desk_reads_all_of_that_desk(team: Team, desk: TestDesk, unique: str) -> None:  # spec 10.3
    scene = Scene(team, desk)
    session_id = await scene.handled()
    token = await team.account(unique, [f"desk:{desk.id}", "chat:read", "tickets:read", "directory:read", "presence:read"])
    assert (await team.do("ChatService.GetSession", c.GetSessionRequest(session_id=session_id), token)).session.card.desk_id == desk.id
    assert (await team.do("TicketsService.ListTickets", t.ListTicketsRequest(), token)).total == 1
    assert len((await team.do("DirectoryService.ListPeople", d.ListPeopleRequest(), token)).people) == 6
    outcome = await team.do("PresenceService.GetPresence", p.GetPresenceRequest(person_ids=[desk.id_of("mia")]), token)
    assert [(one.person_id, one.presence) for one in outcome.presences] == [(desk.id_of("mia"), p.PRESENCE_OFFLINE)]


async def test_an_account_of_every_desk_finds_a_session_only_on_the_desk_that_it_names(
    team: Team, desk: TestDesk, unique: str
) -> None:  # spec 10.2, 10.3
    session_id = await Scene(team, desk).handled()
    token = await team.account(unique, ["chat:read"])
    for desk_id, found in ((desk.id, True), ("", False), ("elsewhere", False)):
        listed = await team.do("ChatService.ListSessions", c.ListSessionsRequest(desk_id=desk_id), token)
        assert desk_id == "" or (session_id in {card.session_id for card in listed.cards}) is found
        for key, asked in (
            ("ChatService.GetSession", c.GetSessionRequest(session_id=session_id, desk_id=desk_id)),
            ("ChatService.GetChatLog", c.GetChatLogRequest(session_id=session_id, desk_id=desk_id)),
        ):
            outcome = await team.call(RPCS[key], asked, token)
            assert outcome.kind == ("" if found else Kind.NOT_FOUND), (key, desk_id, outcome)


async def test_a_read_that_belongs_to_a_person_needs_a_person(team: Team, desk: TestDesk, unique: str) -> None:  # spec 10.3
    token = await team.account(unique, [f"desk:{desk.id}", "chat:read"])
    for key, who in (("GetSupportState", "mia"), ("GetSettings", "ava"), ("ListHolidays", "ava")):
        rpc = RPCS[f"ChatService.{key}"]
        asked = c.ListHolidaysRequest(country="NZ", year=2026) if key == "ListHolidays" else rpc.request()
        assert (await team.call(rpc, asked, token)).kind == Kind.PERMISSION_DENIED
        assert (await team.call(rpc, asked, token, person=desk.id_of(who))).kind == ""


async def test_an_account_that_acts_for_a_person_may_do_only_what_that_person_may(
    team: Team, desk: TestDesk, unique: str
) -> None:  # spec 10.2, 10.3
    scene = Scene(team, desk)
    session_id = await scene.waiting()
    token = await team.account(unique, [f"desk:{desk.id}", "chat:write", "chat:settings"])
    joining = c.JoinSessionRequest(session_id=session_id, command_id="join", mode=c.JOIN_MODE_TAKE)

    alone = await team.call(RPCS["ChatService.JoinSession"], joining, token)
    as_customer = await team.call(RPCS["ChatService.JoinSession"], joining, token, person=desk.id_of("mia"))
    as_engineer = await team.call(RPCS["ChatService.JoinSession"], joining, token, person=desk.id_of("bo"))
    changing = c.UpdateSettingsRequest(settings=(await scene.do("ChatService.GetSettings", "ava", c.GetSettingsRequest())).settings)
    as_no_admin = await team.call(RPCS["ChatService.UpdateSettings"], changing, token, person=desk.id_of("bo"))

    assert (alone.kind, as_customer.kind) == (Kind.PERMISSION_DENIED, Kind.PERMISSION_DENIED)
    assert isinstance(as_engineer.answer, c.JoinSessionResponse), as_engineer
    assert as_engineer.answer.session.entries[0].by == c.Person(id=desk.id_of("bo"), name="Bo Lindqvist", side=c.SIDE_ENGINEER)
    assert as_no_admin.refusal == (Kind.PERMISSION_DENIED, "admins_only", "")


async def test_an_account_that_acts_for_a_person_has_their_restrictions(team: Team, desk: TestDesk, unique: str) -> None:  # spec 2.10
    scene = Scene(team, desk)
    ticket_id = await scene.ticket("zoe")
    token = await team.account(unique, [f"desk:{desk.id}", "tickets:read"])
    asked = t.GetTicketRequest(ticket_id=ticket_id)
    assert (await team.do("TicketsService.GetTicket", asked, token)).ticket.id == ticket_id
    assert (await team.call(RPCS["TicketsService.GetTicket"], asked, token, person=desk.id_of("bo"))).kind == Kind.NOT_FOUND
