"""The stories of people who are erased (spec 10.6), for stories.py."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from servicekit.erasing import ErasureTask
from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import ClosingNote
from services.chat.domain.erasing import person_erased
from services.chat.domain.events import CallbackWish, ChatEvent
from services.chat.domain.session import ChatSession
from tests.fakes.chat.desk import AVA, DESK, MIA, SAM, Desk


async def an_open_transfer_of_an_engineer_who_is_erased(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    await desk.chats.transferring.ask_board(SAM, session.id, desk.id(), "service-desk")
    await _erase(desk, session.id, "bo")
    return session.id


async def a_customer_is_erased(desk: Desk) -> str:
    opened = await desk.chats.opening.open_callback(MIA, desk.id(), "Printer", CallbackWish("+44 20 7946 0101", note="Ask for Mia"))
    await desk.clock.advance(60)
    await desk.chats.ending.complete(SAM, opened.session.id, desk.id(), ClosingNote("Rang Mia Torres"))
    await _erase(desk, opened.session.id, "mia")
    return opened.session.id


async def an_engineer_is_erased(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.conversation.post_message(AVA, session.id, "m1", "My own words")
    await desk.chats.conversation.invite(AVA, session.id, desk.id(), "sam")
    await _erase(desk, session.id, "ava")
    return session.id


async def an_engineer_whom_others_named_is_erased(desk: Desk) -> str:
    wish = CallbackWish("+44 20 7946 0101", note="Ava Chen has the details")
    opened = await desk.chats.opening.open_callback(MIA, desk.id(), "Ava Chen asked me to call", wish)
    await desk.clock.advance(60)
    await desk.chats.ending.complete(SAM, opened.session.id, desk.id(), ClosingNote("Ava Chen rang her"))
    await _erase(desk, opened.session.id, "ava", ErasureTask("ava", DESK, False, ("Ava Chen",)).redact)
    return opened.session.id


async def _erase(desk: Desk, session_id: str, person_id: str, redact: Callable[[str], str] = str) -> None:
    """The event alone: the entries before it are as a page holds them."""

    def decide(session: ChatSession, now: datetime) -> list[ChatEvent]:
        return [person_erased(session, person_id, redact)]

    await desk.chats.writer.decide_as_system(DESK, session_id, f"erase:{person_id}", "person_erased", decide)


ERASING_STORIES: list[Callable[[Desk], Awaitable[str]]] = [
    an_open_transfer_of_an_engineer_who_is_erased,
    a_customer_is_erased,
    an_engineer_is_erased,
    an_engineer_whom_others_named_is_erased,
]
