"""Leaving a session (spec 4.4 to 4.9), through the real handlers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave
from services.chat.domain.errors import Refused
from services.chat.domain.events import Offer
from services.chat.domain.people import Viewer
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, BO, DESK, MIA, SAM, VPN, Desk
from tests.fakes.waiting import until

ALSO = JoinMode.ALSO


async def test_a_waiting_customer_may_leave_only_after_an_offer(desk: Desk) -> None:  # spec 4.4, 4.5
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


async def test_a_customer_who_left_a_quiet_chat_may_open_another(desk: Desk) -> None:  # spec 4.7
    session = await desk.handled()
    assert "idle" in await desk.turn(3601)
    left = await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert left.session.status is ChatStatus.HANDLED and not left.session.has("mia")

    other = await desk.chats.opening.request_chat(MIA, desk.id(), "Something new", "")
    assert other.opened and other.session.id != session.id


@pytest.mark.parametrize(("state", "leaves"), [("online", True), ("away", True), ("busy", False), ("offline", False)])
async def test_an_engineer_may_leave_when_another_participant_is_online_or_away(
    desk: Desk, state: str, leaves: bool
) -> None:  # spec 4.9, 1.14
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


async def test_the_only_engineer_cannot_leave(desk: Desk) -> None:  # spec 4.9
    session = await desk.handled()
    with pytest.raises(Refused):
        await desk.chats.conversation.leave(AVA, session.id, desk.id())


async def test_an_engineer_who_joins_during_the_presence_call_is_checked_as_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 4.9
    session, conversation, of = await desk.waiting(), desk.chats.conversation, desk.settings.of

    async def meanwhile(desk_id: str) -> ChatSettings:
        monkeypatch.undo()
        await conversation.join(BO, session.id, desk.id(), JoinMode.TAKE)
        await conversation.join(SAM, session.id, desk.id(), ALSO)
        return await of(desk_id)

    # Sam leaves while the session has no engineer, for which presence is not called.
    monkeypatch.setattr(desk.settings, "of", meanwhile)
    left = await conversation.leave(SAM, session.id, desk.id())
    assert [person.id for person in left.session.engineers] == ["bo"] and len(left.entries) == 1


async def test_a_repeated_leave_changes_nothing(desk: Desk) -> None:  # spec 3.8
    session = await desk.waiting()
    await desk.turn(41)
    first = await desk.chats.conversation.leave(MIA, session.id, "l1")
    repeated = await desk.chats.conversation.leave(MIA, session.id, "l1")
    assert repeated.entries == first.entries
    assert (await desk.chats.conversation.leave(MIA, session.id, "l2")).entries == []


async def test_an_engineer_whose_access_ends_leaves_the_chat_and_is_not_counted(desk: Desk, looking: None) -> None:  # spec 4.9, 10.10
    session = await desk.handled(engineer=BO)
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    await desk.settle()
    loses_access(desk, BO)
    await until(lambda: not desk.session(session.id).has("bo"))
    assert desk.session(session.id).has("sam") and not desk.session(session.id).unattended
    with pytest.raises(Refused) as refused:
        await desk.chats.conversation.leave(SAM, session.id, desk.id())
    assert refused.value.code == "last_engineer"
    # A repeated event, or another replica's check, changes nothing.
    entries = len(desk.entries(session.id))
    await desk.replica().access_changes.session(desk.session(session.id))
    assert len(desk.entries(session.id)) == entries


async def test_a_chat_whose_only_engineer_loses_access_waits_next_call_at_once(desk: Desk, looking: None) -> None:  # spec 3.12, 10.10
    session = await desk.handled(engineer=BO)
    await desk.settle()
    loses_access(desk, BO)
    await until(lambda: desk.session(session.id).unattended)
    assert not desk.session(session.id).engineers
    joined = await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    assert joined.session.has("ava") and not joined.session.unattended


async def test_a_push_chat_is_withdrawn_when_its_sender_loses_access(desk: Desk, looking: None) -> None:  # spec 2.9, 10.10
    push = (await desk.chats.opening.push_chat(BO, desk.id(), VPN.id, "")).session
    await desk.settle()
    loses_access(desk, BO)
    await until(lambda: desk.session(push.id).status is ChatStatus.ABANDONED)


async def test_an_engineer_without_access_to_the_new_board_leaves_a_moved_chat(desk: Desk) -> None:  # spec 2.10, 4.9
    session = await desk.handled(engineer=BO, ticket_id=VPN.id)
    await desk.settle()
    desk.tickets.stored[DESK, VPN.id] = replace(VPN, company_id="globex", board_id="projects", revision=2)
    await desk.chats.ticket_follower.ticket_changed(DESK, VPN.id, "projects", "globex")
    moved = desk.session(session.id)
    assert (moved.company_id, moved.has("bo"), moved.unattended) == ("globex", False, True)


async def test_access_that_ended_while_no_replica_ran_is_found_at_the_start(desk: Desk) -> None:  # spec 10.10
    session = await desk.handled(engineer=BO)
    await desk.settle()
    desk.directory.engineers[DESK, "bo"] = replace(BO, companies=frozenset({"globex"}))
    started = desk.replica()
    started.access_changes.check_all()
    running = asyncio.create_task(started.access_changes.run())
    await until(lambda: not desk.session(session.id).has("bo"))
    running.cancel()


@pytest.fixture
async def looking(desk: Desk) -> AsyncIterator[None]:
    """A replica that handles changes of access."""
    running = asyncio.create_task(desk.chats.access_changes.run())
    yield
    running.cancel()


def loses_access(desk: Desk, engineer: Viewer) -> None:
    """The directory publishes that the engineer sees Globex and no longer Acme."""
    desk.directory.engineers[DESK, engineer.person.id] = replace(engineer, companies=frozenset({"globex"}))
    desk.chats.access_changes.engineer_changed(DESK, engineer.person.id)
