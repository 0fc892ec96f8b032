"""Who may leave, and when (spec 4.4 to 4.9), through the real handlers."""

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.errors import Refused
from services.chat.domain.events import Offer
from services.chat.domain.settings import CustomerLeave
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, MIA, SAM, Desk

ALSO = JoinMode.ALSO


async def test_a_waiting_customer_leaves_only_when_it_was_offered(desk: Desk) -> None:  # spec 4.4, 4.5
    session = await desk.waiting()
    with pytest.raises(Refused) as refused:
        await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert refused.value.code == "leave_not_offered"

    await desk.turn(41)
    assert desk.session(session.id).offer is Offer.NOBODY_THERE
    left = await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert (left.session.status, left.session.has("mia"), left.session.offer) == (ChatStatus.ABANDONED, False, Offer.NONE)


async def test_a_desk_may_let_customers_leave_at_any_time(desk: Desk) -> None:  # spec 4.4
    desk.set(customer_leave=CustomerLeave.ALWAYS)
    session = await desk.waiting()
    assert (await desk.chats.conversation.leave(MIA, session.id, desk.id())).session.status is ChatStatus.ABANDONED


async def test_a_customer_who_leaves_a_quiet_chat_may_open_another_meanwhile(desk: Desk) -> None:  # spec 4.7
    session = await desk.handled()
    assert "idle" in await desk.turn(3601)
    left = await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert left.session.status is ChatStatus.HANDLED and not left.session.has("mia")

    other = await desk.chats.opening.request_chat(MIA, desk.id(), "Something new", "")
    assert other.opened and other.session.id != session.id


@pytest.mark.parametrize(("state", "leaves"), [("online", True), ("away", True), ("busy", False), ("offline", False)])
async def test_an_engineer_leaves_while_another_in_it_is_there(desk: Desk, state: str, leaves: bool) -> None:  # spec 4.9, 1.14
    session = await desk.handled()
    await desk.chats.conversation.join(SAM, session.id, desk.id(), ALSO)
    desk.presence.set("sam", state)
    if leaves:
        left = await desk.chats.conversation.leave(AVA, session.id, desk.id())
        assert [person.id for person in left.session.engineers] == ["sam"]
        return
    with pytest.raises(Refused) as refused:
        await desk.chats.conversation.leave(AVA, session.id, desk.id())
    assert refused.value.code == "last_engineer"


async def test_the_only_engineer_does_not_leave(desk: Desk) -> None:  # spec 4.9
    session = await desk.handled()
    with pytest.raises(Refused):
        await desk.chats.conversation.leave(AVA, session.id, desk.id())


async def test_leaving_twice_is_leaving_once(desk: Desk) -> None:  # spec 3.8
    session = await desk.waiting()
    await desk.turn(41)
    first = await desk.chats.conversation.leave(MIA, session.id, "l1")
    again = await desk.chats.conversation.leave(MIA, session.id, "l1")
    assert again.entries == first.entries
    assert (await desk.chats.conversation.leave(MIA, session.id, "l2")).entries == []
