"""What an engineer of another board may do while they are asked to take a chat over (spec 13.2): read it and answer, and nothing else."""

from collections.abc import Awaitable, Callable

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import NotAllowed, SessionNotFound
from services.chat.domain.people import Person, Side, Viewer
from services.chat.domain.transferring import TransferAnswer
from tests.fakes.chat.desk import AVA, DESK, Desk

# A supervisor of the board projects alone. The chat is on the board service-desk.
PIA = Viewer(Person("pia", "Pia Novak", Side.ENGINEER), DESK, "supervisor", companies=None, boards=frozenset({"projects"}))
Act = Callable[[Desk, str], Awaitable[object]]


async def asked(desk: Desk) -> str:
    """A chat of Ava for which the engineers of projects are asked."""
    desk.directory.engineers[DESK, "pia"] = PIA
    desk.presence.set("pia", "online")
    session = await desk.handled()
    opened = await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    assert opened.session.transfer and opened.session.transfer.asks("pia")
    return session.id


ACTS: dict[str, Act] = {
    "join": lambda desk, id: desk.chats.conversation.join(PIA, id, desk.id(), JoinMode.ALSO),
    "take": lambda desk, id: desk.chats.conversation.join(PIA, id, desk.id(), JoinMode.TAKE),
    "leave": lambda desk, id: desk.chats.conversation.leave(PIA, id, desk.id()),
    "post": lambda desk, id: desk.chats.conversation.post_message(PIA, id, desk.id(), "Hello"),
    "note": lambda desk, id: desk.chats.conversation.post_message(PIA, id, desk.id(), "", note="A note"),
    "invite": lambda desk, id: desk.chats.conversation.invite(PIA, id, desk.id(), "sam"),
    "ask engineer": lambda desk, id: desk.chats.transferring.ask_engineer(PIA, id, desk.id(), "sam"),
    "ask board": lambda desk, id: desk.chats.transferring.ask_board(PIA, id, desk.id(), "projects"),
    "end": lambda desk, id: desk.chats.ending.complete(PIA, id, desk.id(), NoTicket()),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_an_asked_engineer_of_another_board_must_accept_first(desk: Desk, act: Act) -> None:  # spec 2.10, 13.2
    session_id = await asked(desk)
    before = desk.session(session_id)
    with pytest.raises(NotAllowed) as refused:
        await act(desk, session_id)
    assert refused.value.code == "accept_transfer"
    assert desk.session(session_id) == before


async def test_an_asked_engineer_of_another_board_who_accepts_takes_part(desk: Desk) -> None:  # spec 13.2
    session_id = await asked(desk)
    await desk.chats.transferring.answer(PIA, session_id, desk.id(), TransferAnswer.ACCEPT)
    await desk.chats.conversation.post_message(PIA, session_id, desk.id(), "Hello")
    assert desk.session(session_id).board_id == "projects"


async def test_the_repeat_of_a_decline_gets_the_answer_of_a_missing_chat(desk: Desk) -> None:  # spec 2.10, 10.2, 13.2
    session_id = await asked(desk)
    await desk.chats.transferring.answer(PIA, session_id, "k", TransferAnswer.DECLINE)
    for chats in (desk.chats, desk.replica()):
        with pytest.raises(SessionNotFound):
            await chats.transferring.answer(PIA, session_id, "k", TransferAnswer.DECLINE)
