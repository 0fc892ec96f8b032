"""The stories of transfers (spec 13.2), for stories.py."""

from collections.abc import Awaitable, Callable

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.transferring import TransferAnswer
from tests.fakes.chat.desk import AVA, BO, SAM, Desk


async def a_chat_is_transferred_to_a_board_after_others_declined(desk: Desk) -> str:
    session, asking = await desk.handled(), desk.chats.transferring
    await asking.ask_engineer(AVA, session.id, desk.id(), "bo")
    await desk.clock.advance(5)
    await asking.answer(BO, session.id, desk.id(), TransferAnswer.DECLINE)
    await asking.ask_engineer(AVA, session.id, desk.id(), "bo")
    await desk.turn(60)
    await asking.ask_engineer(AVA, session.id, desk.id(), "sam")
    await asking.answer(AVA, session.id, desk.id(), TransferAnswer.WITHDRAW)
    await asking.ask_board(AVA, session.id, desk.id(), "projects")
    await asking.answer(BO, session.id, desk.id(), TransferAnswer.DECLINE)
    await desk.clock.advance(3)
    await asking.answer(SAM, session.id, desk.id(), TransferAnswer.ACCEPT)
    return session.id


async def a_transfer_ends_with_the_chat(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    return session.id


async def who_asked_for_a_transfer_leaves_and_who_was_asked_joins(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    await desk.chats.transferring.ask_engineer(AVA, session.id, desk.id(), "bo")
    await desk.chats.conversation.leave(AVA, session.id, desk.id())
    await desk.chats.transferring.ask_engineer(SAM, session.id, desk.id(), "ava")
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.ALSO)
    return session.id


TRANSFER_STORIES: list[Callable[[Desk], Awaitable[str]]] = [
    a_chat_is_transferred_to_a_board_after_others_declined,
    a_transfer_ends_with_the_chat,
    who_asked_for_a_transfer_leaves_and_who_was_asked_joins,
]
