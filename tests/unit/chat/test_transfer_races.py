"""Commands that race with a transfer on two replicas: each leaves the customer with an engineer, and has one result (spec 13.2)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import ChatError, Refused
from services.chat.domain.status import ChatStatus
from services.chat.domain.transferring import TransferAnswer
from services.chat.handlers.build import Handlers
from services.chat.handlers.session_command import Answer
from tests.adapters.chat.story import state
from tests.fakes.chat.desk import AVA, BO, SAM, Desk
from tests.unit.chat.test_transferring import hired

ACCEPT, DECLINE, WITHDRAW = TransferAnswer.ACCEPT, TransferAnswer.DECLINE, TransferAnswer.WITHDRAW
Act = Callable[[Desk, Handlers, str], Awaitable[Answer | str]]


async def _end(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.ending.complete(AVA, id, desk.id(), NoTicket())


async def _leave(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.conversation.leave(AVA, id, desk.id())


async def _withdraw(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.transferring.answer(AVA, id, desk.id(), WITHDRAW)


async def _decline(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.transferring.answer(BO, id, desk.id(), DECLINE)


async def _accept(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.transferring.answer(BO, id, desk.id(), ACCEPT)


async def _ask(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.transferring.ask_engineer(AVA, id, desk.id(), "bo")


async def _join(desk: Desk, chats: Handlers, id: str) -> Answer:
    return await chats.conversation.join(SAM, id, desk.id(), JoinMode.ALSO)


async def _expire(desk: Desk, chats: Handlers, id: str) -> str:
    return str(await chats.deadlines.fire("harbour", id))


def always_has_an_engineer(desk: Desk, session_id: str) -> bool:
    """After each entry of the handled chat."""
    entries = desk.entries(session_id)
    states = [state(entries[: number + 1]) for number in range(len(entries))]
    return all(session.engineers for session in states if session.status is ChatStatus.HANDLED)


# For each act: the codes with which it, or the accept, may be refused after the other one.
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("act", "refused", "accept_refused"),
    [
        (_end, {"not_in_session"}, {"transfer_over"}),
        (_leave, {"last_engineer"}, set()),
        (_withdraw, {"transfer_over"}, {"transfer_over"}),
        (_decline, {"transfer_over"}, set()),
        (_accept, {"transfer_over"}, {"transfer_over"}),
        (_ask, {"transfer_open", "not_in_session"}, set()),
        (_join, set(), {"transfer_over", "not_yours"}),
        (_expire, set(), {"transfer_over"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_an_accept_races_with(desk: Desk, act: Act, refused: set[str], accept_refused: set[str], first: bool) -> None:  # spec 13.2
    session, other = await desk.handled(), desk.replica()
    await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "service-desk")
    await desk.settle()
    if act is _expire:
        await desk.clock.advance(60)
    accepting = desk.chats.transferring.answer(SAM, session.id, desk.id(), ACCEPT)
    acting = act(desk, other, session.id)
    results = await asyncio.gather(*((accepting, acting) if first else (acting, accepting)), return_exceptions=True)
    accepted, acted = results if first else reversed(results)

    assert isinstance(accepted, Answer) or (isinstance(accepted, ChatError) and accepted.code in accept_refused), accepted
    assert not isinstance(acted, BaseException) or (isinstance(acted, ChatError) and acted.code in refused), acted
    assert isinstance(accepted, Answer) or not isinstance(acted, BaseException), "neither was accepted"
    assert always_has_an_engineer(desk, session.id)
    after = desk.session(session.id)
    assert after.transfer is None
    if isinstance(accepted, Answer):
        assert after.has("sam") and not after.has("ava")


async def test_of_two_engineers_who_accept_one_takes_the_chat_and_the_other_gets_the_name(desk: Desk) -> None:  # spec 13.2
    session, other = await desk.handled(), desk.replica()
    await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    results = await asyncio.gather(
        desk.chats.transferring.answer(SAM, session.id, desk.id(), ACCEPT), _accept(desk, other, session.id), return_exceptions=True
    )
    [won] = [result for result in results if isinstance(result, Answer)]
    [lost] = [result for result in results if isinstance(result, Refused)]
    assert lost.code == "transfer_over" and lost.details["person_id"] == won.session.engineers[0].id
    assert len(won.session.engineers) == 1


async def test_of_two_engineers_who_ask_one_is_refused(desk: Desk) -> None:  # spec 13.2
    session, other = await desk.handled(), desk.replica()
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    results = await asyncio.gather(
        _ask(desk, desk.chats, session.id),
        other.transferring.ask_board(SAM, session.id, desk.id(), "projects"),
        return_exceptions=True,
    )
    [lost] = [result for result in results if isinstance(result, Refused)]
    assert lost.code == "transfer_open" and sum(isinstance(result, Answer) for result in results) == 1


async def test_who_asked_may_leave_or_end_meanwhile_and_the_transfer_is_over(desk: Desk) -> None:  # spec 4.9, 13.2
    session = await desk.handled()
    await _join(desk, desk.chats, session.id)
    await _ask(desk, desk.chats, session.id)
    await _leave(desk, desk.chats, session.id)
    assert desk.session(session.id).transfer is None
    await desk.chats.transferring.ask_engineer(SAM, session.id, desk.id(), "bo")
    await desk.chats.ending.complete(SAM, session.id, desk.id(), NoTicket())
    assert desk.session(session.id).transfer is None
    with pytest.raises(Refused):
        await _accept(desk, desk.chats, session.id)


async def test_another_engineer_who_leaves_does_not_end_the_transfer(desk: Desk) -> None:  # spec 13.2
    session = await desk.handled()
    await _join(desk, desk.chats, session.id)
    await _ask(desk, desk.chats, session.id)
    await desk.chats.conversation.leave(SAM, session.id, desk.id())
    accepted = await desk.chats.transferring.answer(BO, session.id, desk.id(), ACCEPT)
    assert [person.id for person in accepted.session.engineers] == ["bo"]


async def test_an_asked_engineer_who_joins_is_not_asked_any_more_and_the_other_may_leave(desk: Desk) -> None:  # spec 4.9, 13.2
    session = await desk.handled()
    await desk.chats.transferring.ask_engineer(AVA, session.id, desk.id(), "sam")
    joined = await _join(desk, desk.chats, session.id)
    assert joined.session.transfer is None
    await _leave(desk, desk.chats, session.id)
    assert [person.id for person in desk.session(session.id).engineers] == ["sam"]


@pytest.mark.parametrize("end", [_withdraw, _expire])
@pytest.mark.parametrize("first", [True, False])
async def test_a_join_without_access_leaves_the_chat_to_who_asked(desk: Desk, end: Act, first: bool) -> None:  # spec 4.9, 13.2
    pia = hired(desk, "pia", "projects")
    session, other = await desk.handled(), desk.replica()
    await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    await desk.settle()
    if end is _expire:
        await desk.clock.advance(60)
    joining = desk.chats.conversation.join(pia, session.id, desk.id(), JoinMode.ALSO)
    ending = end(desk, other, session.id)
    results = await asyncio.gather(*((joining, ending) if first else (ending, joining)), return_exceptions=True)
    joined, ended = results if first else reversed(results)

    assert isinstance(joined, ChatError) and joined.code in {"accept_transfer", "session_not_found"}
    assert not isinstance(ended, BaseException)
    assert [person.id for person in desk.session(session.id).engineers] == ["ava"]
    with pytest.raises(Refused) as alone:
        await _leave(desk, desk.chats, session.id)
    assert alone.value.code == "last_engineer"
