"""The alerts of a new chat do not wait for the notifications of the chats before it."""

import asyncio
from collections.abc import Sequence

import pytest

from services.notify.domain.decision import PresenceFact
from services.notify.domain.delivery import Delivery
from services.notify.domain.session_alert import AlertEvent, EngineerWithPresence, SessionAlert
from services.notify.handlers import new_chats
from services.notify.handlers.new_chats import NewChats
from services.notify.handlers.notifying import STEP
from tests.unit.notify.world import START, World, card, engineer, page

MANY = 3 * STEP


def busy_desk() -> World:
    """As many engineers are online as are placed in three steps, each with a page."""
    world = World()
    for number in range(MANY):
        one = engineer(f"e{number}")
        world.engineers.kept[one.id] = EngineerWithPresence(one, PresenceFact("online", 1, START))
        world.owners.open_pages[one.id] = [page(f"p{number}")]
    return world


async def test_a_new_chats_alerts_are_saved_before_the_notifications_of_the_chat_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 5.1, 5.2
    world, steps = busy_desk(), list[str]()
    await world.alerting.session_opened(card())
    save, add = world.session_alerts.save, world.deliveries.add

    async def slow_save(session_alert: SessionAlert, events: Sequence[AlertEvent], before: SessionAlert | None = None) -> bool:
        for _ in range(20):
            await asyncio.sleep(0)
        steps.append(f"alerts of {session_alert.card.session_id}")
        return await save(session_alert, events, before)

    async def noted_add(deliveries: Sequence[Delivery]) -> list[Delivery]:
        steps.append(f"{len(deliveries)} notifications")
        return await add(deliveries)

    monkeypatch.setattr(world.session_alerts, "save", slow_save)
    monkeypatch.setattr(world.deliveries, "add", noted_add)
    notifying = asyncio.create_task(world.repetitions.fire("s1"))
    await asyncio.sleep(0)
    await world.alerting.session_opened(card("s2"))
    await notifying

    assert steps == ["alerts of s2", f"{MANY + 3} notifications", "alerts of s1"]


async def test_notifications_wait_for_a_stuck_chat_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:  # spec 5.2
    monkeypatch.setattr(new_chats, "LONGEST", 0.01)
    world = busy_desk()
    await world.alerting.session_opened(card())
    with world.notifying.new_chats.under_way():
        async with asyncio.timeout(30):
            await world.repetitions.fire("s1")
        assert len(world.deliveries.kept) == MANY + 3


async def test_a_step_waits_until_the_last_of_several_chats_has_passed() -> None:
    chats = NewChats()
    with chats.under_way():
        with chats.under_way():
            waiting = asyncio.create_task(chats.pass_first())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    async with asyncio.timeout(30):
        await waiting
