"""Archived companies and boards: no new chat names them, and open chats are finished as usual (spec 2.10)."""

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.errors import Refused
from services.chat.domain.events import CallbackWish, NewTicket
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, DESK, LEO, MIA, VPN, Desk

BY_CHAT = CallbackWish(by_chat=True)


@pytest.mark.parametrize(("archived", "code"), [("acme", "company_archived"), ("service-desk", "board_archived")])
async def test_no_new_chat_names_one(desk: Desk, archived: str, code: str) -> None:  # spec 2.10
    desk.directory.archived.add((DESK, archived))
    desk.presence.set("mia", "online")
    opening = desk.chats.opening
    for opened, field in (
        (opening.request_chat(LEO, desk.id(), "Fire", ""), ""),
        (opening.request_chat(MIA, desk.id(), "Fire", VPN.id), "ticket_id"),
        (opening.open_callback(LEO, desk.id(), "Fire", BY_CHAT), ""),
        (opening.push_chat(AVA, desk.id(), VPN.id, "Hello"), "ticket_id"),
    ):
        with pytest.raises(Refused) as refused:
            await opened
        assert (refused.value.code, refused.value.field) == (code, field)

    for pre_ticket_chat in (True, False):
        desk.set(pre_ticket_chat=pre_ticket_chat, call_back=True)
        state = await desk.chats.support.state(MIA, "")
        assert (state.may_chat, state.may_call_back, state.why_not) == (False, False, "archived")


@pytest.mark.parametrize("archived", ["acme", "service-desk"])
async def test_a_waiting_chat_is_finished_as_usual_with_a_ticket(desk: Desk, archived: str) -> None:  # spec 2.10
    session = await desk.waiting()
    desk.directory.archived.add((DESK, archived))

    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.chats.conversation.post_message(MIA, session.id, desk.id(), "Still on fire")
    same = await desk.chats.opening.request_chat(MIA, desk.id(), "Fire", "")
    assert (same.session.id, same.opened) == (session.id, False)
    ended = await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Fire", "high"))

    assert ended.session.status is ChatStatus.COMPLETED


async def test_a_chat_goes_to_no_other_board_that_is_archived(desk: Desk) -> None:  # spec 2.10, 13.2
    session = await desk.handled()
    desk.directory.archived.add((DESK, "projects"))

    with pytest.raises(Refused) as asked:
        await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    with pytest.raises(Refused) as ended:
        await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("projects", "Fire", "high"))

    assert [(error.value.code, error.value.field) for error in (asked, ended)] == [
        ("board_archived", "board_id"),
        ("board_archived", "create.board_id"),
    ]
