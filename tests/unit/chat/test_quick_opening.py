"""An opening whose facts are at hand does not read its session's log, and keeps the promises of one that does (spec 2.3, 3.8, 2.8)."""

import asyncio

import pytest

from services.chat.domain.errors import CommandIdReused, NotAllowed
from services.chat.domain.events import CallbackWish
from services.chat.domain.opening import Claim
from services.chat.domain.people import CustomerFacts
from tests.fakes.chat.desk import DESK, MIA, VPN, Desk
from tests.fakes.faults import Crash, CrashesAt

PHONE = CallbackWish(phone="+44 20 7946 0101")


@pytest.fixture
async def warm(desk: Desk) -> Desk:
    """A desk whose settings chat knows."""
    await desk.settings.of(DESK)
    return desk


def changed_elsewhere(desk: Desk, **changes: object) -> None:
    """Another replica changes the settings, and its event has not come yet."""
    held = desk.settings.held(DESK)
    desk.set(**changes)
    assert held is not None and desk.settings.held(DESK) is held


async def test_a_new_chat_is_claimed_and_inserted_without_a_read_of_its_log(warm: Desk) -> None:  # spec 2.3
    assert (await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")).opened
    assert warm.log.loads == 0


async def test_a_repeat_gets_its_first_result_from_any_replica(warm: Desk) -> None:  # spec 3.8
    first = await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")
    for chats in (warm.chats, warm.replica()):
        repeated = await chats.opening.request_chat(MIA, "c1", "Fire", "")
        assert (repeated.session, repeated.entries, repeated.opened) == (first.session, first.entries, True)
        with pytest.raises(CommandIdReused):
            await chats.opening.request_chat(MIA, "c1", "Flood", "")
    assert warm.claims.held == {Claim(DESK, "mia"): first.session.id}


async def test_a_repeat_of_an_ended_chat_leaves_no_claim(warm: Desk) -> None:  # spec 2.3, 3.8
    first = await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")
    await warm.chats.conversation.ask_callback(MIA, first.session.id, "call", PHONE)
    await warm.settle()
    for chats in (warm.chats, warm.replica()):
        assert (await chats.opening.request_chat(MIA, "c1", "Fire", "")).session.id == first.session.id
        with pytest.raises(CommandIdReused):
            await chats.opening.request_chat(MIA, "c1", "Fire", VPN.id)
        assert not warm.claims.held

    second = await warm.chats.opening.request_chat(MIA, "c2", "Flood", "")
    assert (await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")).session.id == first.session.id
    assert warm.claims.held == {Claim(DESK, "mia"): second.session.id}


async def test_one_of_several_simultaneous_requests_opens_a_chat(warm: Desk) -> None:  # spec 2.3
    replicas = [warm.chats, warm.replica(), warm.replica()]
    asked = [replica.opening.request_chat(MIA, id, "Fire", "") for replica in replicas for id in ("c1", "c2", "c3")]
    answers = await asyncio.gather(*asked)
    assert len({answer.session.id for answer in answers}) == 1
    assert warm.claims.held == {Claim(DESK, "mia"): answers[0].session.id}


async def test_a_repeat_completes_a_request_that_crashed_after_its_claim(desk: Desk) -> None:  # spec 2.3
    await desk.settings.of(DESK)
    with pytest.raises(Crash):
        await desk.replica(CrashesAt("claimed")).opening.request_chat(MIA, "c1", "Fire", "")
    other = await desk.chats.opening.request_chat(MIA, "c2", "Fire", "")
    assert other.opened
    late = await desk.replica().opening.request_chat(MIA, "c1", "Fire", "")
    assert (late.opened, late.session.id) == (False, other.session.id)


async def test_settings_that_changed_elsewhere_count_at_once(warm: Desk) -> None:  # spec 2.8
    changed_elsewhere(warm, pre_ticket_chat=False)
    with pytest.raises(NotAllowed):
        await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")
    assert not warm.log.entries

    changed_elsewhere(warm, pre_ticket_chat=True)
    assert (await warm.chats.opening.request_chat(MIA, "c2", "Fire", "")).opened


async def test_a_refusal_by_settings_that_changed_elsewhere_does_not_block_the_next_request(warm: Desk) -> None:  # spec 2.3, 2.8
    changed_elsewhere(warm, pre_ticket_chat=False)
    with pytest.raises(NotAllowed):
        await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")
    changed_elsewhere(warm, pre_ticket_chat=True)
    opened = await warm.replica().opening.request_chat(MIA, "c2", "Fire", "")
    assert opened.opened and warm.claims.held == {Claim(DESK, "mia"): opened.session.id}


async def test_a_repeat_does_not_wait_for_facts_that_are_not_at_hand(warm: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 9.5
    first = await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")

    async def hangs(desk_id: str, person_ids: object) -> dict[str, CustomerFacts]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(warm.directory, "customers", hangs)
    async with asyncio.timeout(60):
        assert (await warm.chats.opening.request_chat(MIA, "c1", "Fire", "")).session == first.session
