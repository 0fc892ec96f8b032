"""Notifications of new messages, with the ports in memory."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.notify.domain.page import Page
from services.notify.handlers.messages import NewMessage
from tests.fakes.waiting import until
from tests.unit.notify.world import START, World, handled, world_with_pages


@pytest.fixture
def world() -> World:
    return world_with_pages()


def message(revision: int = 3, author: str = "mia", engineers: Sequence[str] = ("ava",), seconds: int = 0) -> NewMessage:
    customers = () if author == "mia" else (("mia", "Mia Torres"),)
    at = START + timedelta(seconds=seconds)
    return NewMessage(handled(by="ava"), author, author.capitalize(), revision, at, customers, tuple(engineers))


@pytest.mark.parametrize(
    ("messages", "asked"),
    [
        ([message()], ["s1:message:ava:3 a1"]),
        ([message(author="ava", engineers=[])], ["s1:message:mia:3 m1"]),
        ([message(), message(4), message()], ["s1:message:ava:3 a1"]),
        ([message(3), message(4)], ["s1:message:ava:4 a1"]),
        ([message(engineers=["ava", "sam", "unknown"])], ["s1:message:ava:3 a1"]),
        ([message(seconds=-61)], []),
    ],
)
async def test_a_message_notifies_the_others_in_the_chat(world: World, messages: list[NewMessage], asked: list[str]) -> None:  # spec 5.2
    for each in messages:
        await world.messages.posted(each)
    await placed(world)

    assert world.asked() == asked
    assert world.owners.page_calls <= 1


async def placed(world: World) -> None:
    """Waits until all messages that were posted are placed."""
    running = asyncio.create_task(world.messages.run())
    await until(lambda: world.messages.idle)
    running.cancel()


async def test_messages_wait_in_a_bounded_queue_and_are_placed_after_a_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.messages.posted(message())
    working = world.owners.pages

    async def broken(desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        raise ConnectionError

    monkeypatch.setattr(world.owners, "pages", broken)
    with pytest.raises(ConnectionError):
        await world.messages.run()
    monkeypatch.setattr(world.owners, "pages", working)
    await placed(world)
    assert world.asked() == ["s1:message:ava:3 a1"]
