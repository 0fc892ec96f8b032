"""Sessions made by the real handlers, as test cases for all code that applies entries: tests/cases/session/story_*.json.

`python -m tests.unit.chat.stories` rewrites the files. test_cases.py fails when they differ from what the handlers make now.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from services.chat.contract import sessions as contract
from services.chat.contract.sessions import card_to_proto
from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.events import CallbackWish, NewTicket, Solved, TimeWindow
from services.chat.domain.hours import OfficeHours, WeeklySpan
from services.chat.domain.opening import TicketFacts
from services.chat.domain.session import ChatSession
from tests.fakes.chat.desk import AVA, BO, DESK, MIA, SAM, VPN, Desk
from tests.unit.chat.erasing_stories import ERASING_STORIES
from tests.unit.chat.transfer_stories import TRANSFER_STORIES

FOLDER = Path(__file__).parents[2] / "cases" / "session"
Case = dict[str, Any]
Story = Callable[[Desk], Awaitable[str]]


async def a_request_with_messages(desk: Desk) -> str:
    session = await desk.waiting()
    await desk.clock.advance(3)
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Smoke now \N{FIRE}\nand a second line")
    return session.id


async def two_engineers_and_one_leaves(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.conversation.invite(AVA, session.id, desk.id(), "sam")
    await desk.clock.advance(2)
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    await desk.chats.conversation.post_message(SAM, session.id, "m1", "I know that printer")
    await desk.chats.conversation.leave(AVA, session.id, desk.id())
    return session.id


async def a_waiting_customer_asks_to_be_called_back(desk: Desk) -> str:
    session = await desk.waiting()
    await desk.turn(40)
    window = TimeWindow(desk.clock.now(), desk.clock.now().replace(hour=17))
    wish = CallbackWish("+44 20 7946 0101", note="Ask for the warehouse", windows=(window,))
    await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), wish)
    return session.id


async def a_callback_from_the_request_page_is_closed_with_a_note(desk: Desk) -> str:
    opened = await desk.chats.opening.open_callback(MIA, desk.id(), "Printer", CallbackWish(by_chat=True))
    await desk.clock.advance(60)
    await desk.chats.ending.complete(SAM, opened.session.id, desk.id(), ClosingNote("Wrote to her"))
    await desk.clock.advance(60)
    await desk.chats.ending.amend(SAM, opened.session.id, desk.id(), "Wrote to her twice")
    return opened.session.id


async def a_customer_cancels_their_callback(desk: Desk) -> str:
    session_id = await a_waiting_customer_asks_to_be_called_back(desk)
    await desk.clock.advance(60)
    await desk.chats.ending.cancel_callback(MIA, session_id, desk.id())
    return session_id


async def a_customer_changes_their_callback(desk: Desk) -> str:
    session_id = await nobody_answered_and_the_next_call_is_due(desk)
    await desk.clock.advance(60)
    changed = CallbackWish("+44 20 7946 0102", note="My other number")
    await desk.chats.conversation.ask_callback(MIA, session_id, desk.id(), changed)
    return session_id


async def nobody_answered_and_the_next_call_is_due(desk: Desk) -> str:
    session_id = await a_waiting_customer_asks_to_be_called_back(desk)
    for engineer in (AVA, SAM):
        await desk.clock.advance(60)
        next_call_at = desk.clock.now() + timedelta(hours=1)
        await desk.chats.conversation.postpone_callback(engineer, session_id, desk.id(), next_call_at)
    await desk.turn(3600)
    return session_id


async def no_engineer_joined_and_the_customer_left(desk: Desk) -> str:
    session = await desk.waiting()
    await desk.turn(45)
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    return session.id


async def no_engineer_joined_while_the_customer_was_away(desk: Desk) -> str:
    session = await desk.waiting()
    desk.presence.set("mia", "offline", desk.clock.now())
    await desk.turn(341)
    await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Wrote to her"))
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    return session.id


async def ended_and_its_ticket_was_made(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Printer is on fire", "high"))
    await desk.turn(15)
    await desk.chats.ticket_follower.ticket_linked(session.desk_id, session.id, "t12", 12)
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    return session.id


async def ended_and_its_ticket_is_still_being_made(desk: Desk) -> str:
    session = await desk.handled(ticket_id=VPN.id)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), None)
    return session.id


async def ended_with_a_ticket_on_another_board_that_was_moved_later(desk: Desk) -> str:
    session = await desk.handled()
    await desk.clock.advance(61)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("projects", "Printer is on fire", "high"))
    await move_ticket(desk, TicketFacts("t12", 12, "mia", "acme", "projects", False, 3))
    await desk.chats.ticket_follower.ticket_linked(session.desk_id, session.id, "t12", 12)
    await move_ticket(desk, TicketFacts("t12", 12, "mia", "globex", "service-desk", False, 4))
    return session.id


async def ended_and_the_customer_gives_feedback(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    await desk.clock.advance(5)
    await desk.chats.ending.give_feedback(MIA, session.id, desk.id(), Solved.NO, "")
    await desk.clock.advance(20)
    await desk.chats.ending.give_feedback(MIA, session.id, desk.id(), Solved.NO, "It still smokes")
    return session.id


async def no_engineer_joined_and_it_was_closed_with_a_note(desk: Desk) -> str:
    session_id = await no_engineer_joined_and_the_customer_left(desk)
    await desk.clock.advance(600)
    await desk.chats.ending.complete(SAM, session_id, desk.id(), ClosingNote("Called her"))
    return session_id


async def move_ticket(desk: Desk, ticket: TicketFacts) -> None:
    """The ticket changes, and chat consumes the change."""
    desk.tickets.stored[DESK, ticket.id] = ticket
    await desk.settle()
    await desk.chats.ticket_follower.ticket_changed(DESK, ticket.id, ticket.board_id, ticket.company_id)


async def a_push_chat_is_accepted_and_ended(desk: Desk) -> str:
    session = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Is it better today?")).session
    await desk.clock.advance(8)
    await desk.chats.conversation.answer_push(MIA, session.id, desk.id(), PushAnswer.ACCEPT)
    return session.id


async def a_push_chat_that_nobody_answers(desk: Desk) -> str:
    session = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "")).session
    await desk.turn(120)
    return session.id


async def a_quiet_chat_is_offered_an_end_twice(desk: Desk) -> str:
    session = await desk.handled()
    await desk.turn(3600)
    await desk.chats.conversation.post_message(AVA, session.id, "m1", "Still there?")
    await desk.turn(3600)
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    return session.id


async def outside_hours_until_the_desk_opens(desk: Desk) -> str:
    desk.set(hours=OfficeHours("Europe/London", (WeeklySpan(1, 9 * 60 + 5, 17 * 60),)), waiting_gone_after=3600)
    session = await desk.waiting()
    await desk.turn(345)
    return session.id


async def unattended_until_another_engineer_takes_it(desk: Desk) -> str:
    session = await desk.handled()
    desk.presence.set("ava", "offline", desk.clock.now())
    await desk.turn(120)
    await desk.chats.conversation.join(BO, session.id, desk.id(), JoinMode.TAKE)
    return session.id


async def internal_notes_change_no_state(desk: Desk) -> str:
    desk.set(idle_after=600)
    session = await desk.handled()
    await desk.turn(600)
    await desk.chats.conversation.post_message(AVA, session.id, "n1", "", "Is that the one from March?")
    await desk.clock.advance(5)
    await desk.chats.conversation.post_message(SAM, session.id, "n2", "", "Yes. Offer a new one.")
    return session.id


STORIES: list[Story] = [
    *TRANSFER_STORIES,
    *ERASING_STORIES,
    a_request_with_messages,
    two_engineers_and_one_leaves,
    a_waiting_customer_asks_to_be_called_back,
    a_callback_from_the_request_page_is_closed_with_a_note,
    a_customer_cancels_their_callback,
    nobody_answered_and_the_next_call_is_due,
    a_customer_changes_their_callback,
    no_engineer_joined_and_the_customer_left,
    no_engineer_joined_while_the_customer_was_away,
    ended_and_its_ticket_was_made,
    ended_and_its_ticket_is_still_being_made,
    ended_with_a_ticket_on_another_board_that_was_moved_later,
    ended_and_the_customer_gives_feedback,
    no_engineer_joined_and_it_was_closed_with_a_note,
    a_push_chat_is_accepted_and_ended,
    a_push_chat_that_nobody_answers,
    a_quiet_chat_is_offered_an_end_twice,
    outside_hours_until_the_desk_opens,
    unattended_until_another_engineer_takes_it,
    internal_notes_change_no_state,
]


def file_of(story: Story) -> Path:
    return FOLDER / f"story_{_name(story)}.json"


def case_of(story: Story) -> Case:
    """Returns {name, entries: [proto JSON SessionEntry], after: proto JSON SessionCard}. Fields with default values are left out."""
    return asyncio.run(_case_of(story))


async def _case_of(story: Story) -> Case:
    desk = Desk()
    session_id = await story(desk)
    entries = [MessageToDict(contract.entry_to_proto(entry)) for entry in desk.entries(session_id)]
    return {"name": _name(story).replace("_", " "), "entries": entries, "after": card_of(desk.session(session_id))}


def card_of(session: ChatSession) -> Case:
    """Returns the card without the desk, because entries don't name it."""
    card = card_to_proto(session)
    card.ClearField("desk_id")
    return MessageToDict(card)


def _name(story: Story) -> str:
    return str(getattr(story, "__name__", ""))


if __name__ == "__main__":
    for story in STORIES:
        file_of(story).write_text(json.dumps(case_of(story), indent=2, ensure_ascii=False) + "\n")
