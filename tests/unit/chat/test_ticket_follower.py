"""A session has the board and company of its ticket (spec 2.10), through the real handlers."""

from dataclasses import replace

import pytest

from services.chat.domain.ending import OwnTicket
from services.chat.domain.errors import SessionNotFound
from services.chat.domain.events import ExistingTicket, NewTicket, PlaceChanged
from services.chat.domain.opening import TicketFacts
from services.chat.domain.people import Person, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.ports import SessionQuery
from tests.fakes.chat.desk import AVA, DESK, LEO, MIA, VPN, Desk
from tests.unit.chat.stories import move_ticket

MADE = TicketFacts("t12", 12, "mia", "acme", "projects", False, 3)


def engineer(board: str) -> Viewer:
    return Viewer(Person(f"of-{board}", "Kim", Side.ENGINEER), DESK, companies=None, boards=frozenset({board}))


async def seen_by(desk: Desk, session: ChatSession) -> set[str]:
    """Returns the boards whose engineers see the session in lists and can open it."""
    await desk.settle()
    seen = set()
    for board in ("service-desk", "projects"):
        listed = await desk.chats.queries.page(engineer(board), SessionQuery(""), 0, "")
        try:
            await desk.chats.queries.get(engineer(board), session.id, 0)
        except SessionNotFound:
            assert listed.sessions == []
        else:
            assert [one.id for one in listed.sessions] == [session.id]
            seen.add(board)
    return seen


async def ended(desk: Desk) -> ChatSession:
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("projects", "Printer", "high"))
    return session


def moves(desk: Desk, session: ChatSession) -> int:
    return sum(isinstance(event, PlaceChanged) for entry in desk.entries(session.id) for event in entry.events)


async def test_a_chat_belongs_to_the_board_of_its_new_ticket(desk: Desk) -> None:  # spec 2.10
    session = await ended(desk)
    assert await seen_by(desk, session) == {"service-desk"}
    desk.tickets.stored[DESK, MADE.id] = MADE

    await desk.chats.ticket_follower.ticket_linked(DESK, session.id, MADE.id, MADE.number)

    assert await seen_by(desk, session) == {"projects"}


@pytest.mark.parametrize("over", [False, True])
async def test_a_chat_moves_with_its_ticket_live_and_in_history(desk: Desk, over: bool) -> None:  # spec 2.10
    session = await desk.handled(ticket_id=VPN.id)
    if over:
        await desk.chats.ending.complete(AVA, session.id, desk.id(), OwnTicket())
    moved = replace(VPN, board_id="projects", revision=5)

    for _ in range(3):
        await move_ticket(desk, moved)

    assert await seen_by(desk, session) == {"projects"}
    assert moves(desk, session) == 1
    await move_ticket(desk, replace(VPN, revision=6))
    assert await seen_by(desk, session) == {"service-desk"}


async def test_all_chats_of_a_ticket_move_and_no_others(desk: Desk) -> None:  # spec 2.10
    on_it, linked, other = await desk.handled(ticket_id=VPN.id), await desk.handled(), await desk.waiting(LEO)
    await desk.chats.ending.complete(AVA, linked.id, desk.id(), ExistingTicket(VPN.id))
    await desk.chats.ticket_follower.ticket_linked(DESK, linked.id, VPN.id, VPN.number)

    await move_ticket(desk, replace(VPN, board_id="projects", revision=5))

    assert [desk.session(session.id).board_id for session in (on_it, linked, other)] == ["projects", "projects", "service-desk"]


@pytest.mark.parametrize("over", [False, True])
async def test_chats_whose_tickets_moved_without_a_record_are_moved_at_the_next_start(desk: Desk, over: bool) -> None:  # spec 2.10
    session, other = await desk.handled(ticket_id=VPN.id), await desk.waiting(LEO)
    if over:
        await desk.chats.ending.complete(AVA, session.id, desk.id(), OwnTicket())
    desk.tickets.stored[DESK, VPN.id] = replace(VPN, board_id="projects", revision=5)
    await desk.settle()

    for _ in range(2):
        await desk.chats.ticket_follower.reconcile_locations()

    assert [desk.session(one.id).board_id for one in (session, other)] == ["projects", "service-desk"]
    assert moves(desk, session) == 1


async def test_a_change_without_a_move_calls_nothing_and_writes_nothing(desk: Desk) -> None:
    session = await desk.handled(ticket_id=VPN.id)
    await desk.settle()
    desk.tickets.stored.clear()

    await desk.chats.ticket_follower.ticket_changed(DESK, VPN.id, VPN.board_id, VPN.company_id)

    assert len(desk.entries(session.id)) == 2


async def test_an_outdated_record_of_a_ticket_moves_nothing(desk: Desk) -> None:  # spec 2.10
    session = await desk.handled(ticket_id=VPN.id)
    await move_ticket(desk, replace(VPN, board_id="projects", revision=6))

    # The record is consumed twice, or late: the ticket is still on projects.
    await desk.chats.ticket_follower.ticket_changed(DESK, VPN.id, "service-desk", "acme")
    assert desk.session(session.id).board_id == "projects"

    # And a response that is older than one already handled.
    await move_ticket(desk, replace(VPN, revision=5))
    assert desk.session(session.id).board_id == "projects"


async def test_a_link_that_is_consumed_late_uses_the_current_board_of_the_ticket(desk: Desk) -> None:  # spec 2.10
    session = await ended(desk)
    await move_ticket(desk, replace(MADE, board_id="service-desk", revision=9))

    await desk.chats.ticket_follower.ticket_linked(DESK, session.id, MADE.id, MADE.number)

    assert (desk.session(session.id).ticket_id, await seen_by(desk, session)) == (MADE.id, {"service-desk"})


async def test_a_session_linked_during_a_move_is_moved_as_well(desk: Desk) -> None:  # spec 2.10
    session = await ended(desk)
    await desk.settle()
    desk.relays[0].lags = True
    desk.tickets.stored[DESK, MADE.id] = MADE
    await desk.chats.ticket_follower.ticket_linked(DESK, session.id, MADE.id, MADE.number)

    desk.tickets.stored[DESK, MADE.id] = replace(MADE, board_id="service-desk", revision=4)
    await desk.chats.ticket_follower.ticket_changed(DESK, MADE.id, "service-desk", "acme")

    assert desk.session(session.id).board_id == "service-desk"


async def test_a_missing_ticket_does_not_move_its_session(desk: Desk) -> None:
    session = await ended(desk)
    await desk.chats.ticket_follower.ticket_linked(DESK, session.id, "gone", 4)
    await desk.chats.ticket_follower.ticket_changed(DESK, "gone", "projects", "acme")
    assert desk.session(session.id).board_id == "service-desk"


async def test_the_customer_keeps_access_to_a_chat_that_moved(desk: Desk) -> None:  # spec 8.3
    session = await desk.handled(ticket_id=VPN.id)
    await move_ticket(desk, replace(VPN, board_id="projects", revision=5))
    assert (await desk.chats.queries.get(MIA, session.id, 0)).session.board_id == "projects"
