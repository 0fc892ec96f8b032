"""Notifications of new messages, with the ports in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify.domain.page import Page
from services.notify.handlers import messages
from services.notify.handlers.messages import NewMessage
from tests.unit.notify.world import START, World, handled, page, world_with_pages


@pytest.fixture
def world() -> World:
    return world_with_pages()


def message(revision: int = 3, author: str = "mia", engineers: Sequence[str] = ("ava",), seconds: int = 0) -> NewMessage:
    customers = () if author == "mia" else (("mia", "Mia Torres"),)
    at = START + timedelta(seconds=seconds)
    card = handled(by="ava")
    names = (card.desk_id, card.session_id, author, author.capitalize())
    return NewMessage(*names, revision, at, customers, tuple(engineers), lambda: card)


def note(revision: int) -> NewMessage:
    """An internal note of Sam's."""
    return replace(message(revision, author="sam"), customers=())


@pytest.mark.parametrize(
    ("posted", "asked"),
    [
        ([message()], ["s1:message:ava:3 a1"]),
        ([message(author="ava", engineers=[])], ["s1:message:mia:3 m1"]),
        ([message(), message(4), message()], ["s1:message:ava:4 a1"]),
        ([message(3), message(4)], ["s1:message:ava:4 a1"]),
        ([message(engineers=["ava", "sam", "unknown"])], ["s1:message:ava:3 a1"]),
        ([message(seconds=-61)], []),
        ([message(author="sam", engineers=[]), note(4)], ["s1:message:mia:3 m1", "s1:message:ava:4 a1"]),
    ],
)
async def test_a_message_notifies_the_others_in_the_chat(world: World, posted: list[NewMessage], asked: list[str]) -> None:  # spec 5.2
    await placed(world, *(world.messages.posted(each) for each in posted))

    assert world.asked() == asked
    assert world.owners.page_calls <= 1


async def placed(world: World, *notified: asyncio.Future[None]) -> None:
    """Waits until these messages are placed."""
    running = asyncio.create_task(world.messages.run())
    await asyncio.wait_for(asyncio.gather(*notified), 60)
    running.cancel()


async def test_a_message_is_done_when_its_notifications_are_saved_also_after_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 5.2
    notified = world.messages.posted(message())
    working = world.owners.pages

    async def broken(desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        raise ConnectionError

    monkeypatch.setattr(world.owners, "pages", broken)
    with pytest.raises(ConnectionError):
        await world.messages.run()
    assert not notified.done()
    monkeypatch.setattr(world.owners, "pages", working)
    await placed(world, notified)
    assert world.asked() == ["s1:message:ava:3 a1"]


async def test_waiting_messages_are_bounded_and_delay_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 5.2
    monkeypatch.setattr(messages, "MAX_WAITING", 2)
    first, other = world.messages.posted(message(3)), world.messages.posted(message(4, author="ava"))
    assert world.messages.posted(message(2)) is first

    later = world.messages.posted(message(5))
    assert (first.done(), other.done(), later.done()) == (True, False, False)

    third = world.messages.posted(message(6, author="bo"))
    assert (other.done(), later.done(), third.done()) == (True, False, False)
    assert world.metrics.registry.get_sample_value("parley_notify_messages_dropped_total") == 1
    assert world.metrics.registry.get_sample_value("parley_notify_messages_waiting") == 2


async def test_a_message_to_people_with_the_chat_on_screen_waits_for_a_common_call_to_presence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 5.2
    world.owners.open_pages["ava"] = [page("a1", session_ids=frozenset({"s1"}))]
    await placed(world, world.messages.posted(message(3)))
    assert (world.asked(), world.owners.page_calls) == ([], 1)
    assert world.metrics.registry.get_sample_value("parley_notify_messages_shown_total") == 1

    monkeypatch.setattr(messages, "SHOWN_GATHER_SECONDS", 1e9)
    shown, other = world.messages.posted(message(4)), world.messages.posted(message(5, author="ava", engineers=[]))
    await placed(world, other)
    assert (shown.done(), world.asked(), world.owners.page_calls) == (False, ["s1:message:mia:5 m1"], 2)

    world.owners.open_pages["ava"] = [page("a1")]
    monkeypatch.setattr(messages, "SHOWN_GATHER_SECONDS", 0.01)
    await placed(world, world.messages.posted(message(6)))
    assert (shown.done(), world.asked()[1:], world.owners.page_calls) == (True, ["s1:message:ava:6 a1"], 3)
