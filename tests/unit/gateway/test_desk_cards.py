"""A desk's table of cards is loaded in the end, even when calls to chat fail."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.gateway.handlers.desk_cards import DeskCards, facts_of
from tests.unit.gateway.facts import card, card_message
from tests.unit.gateway.fakes import FakeService, until
from tests.unit.gateway.granting import World, tags

METRICS = Metrics("gateway")


@pytest.fixture
def service() -> FakeService:
    return FakeService(ListSessions=chat.ListSessionsResponse(cards=[chat.SessionCard(session_id="s1", desk_id="desk", revision=3)]))


@pytest.fixture
async def cards(service: FakeService) -> AsyncIterator[DeskCards]:
    cards = DeskCards(service)
    loop = Loop("desk_cards", cards.load, METRICS)
    await loop.start()
    yield cards
    await loop.stop()


def crashes() -> float:
    return METRICS.registry.get_sample_value("parley_gateway_loop_crashes_total", {"loop": "desk_cards"}) or 0


def test_unknown_values_of_a_newer_chat_count_as_not_completed() -> None:
    card = chat.SessionCard(session_id="s1", desk_id="desk", revision=1, status=99, type=77)  # type: ignore[arg-type]
    facts = facts_of(card)
    assert (facts.status, facts.type, facts.ordinary) == ("unknown", "unknown", True)


@pytest.mark.parametrize(("ticket_id", "board_id", "then"), [("", "b2", "b2"), ("", "", "b1"), ("t1", "b2", "b1")])
def test_the_facts_have_who_is_asked_and_the_board_that_the_session_then_has(ticket_id: str, board_id: str, then: str) -> None:
    # spec 2.10, 13.2
    transfer = chat.Transfer(asked=[chat.Person(id="bo")], board_id=board_id)
    facts = facts_of(chat.SessionCard(session_id="s1", desk_id="desk", board_id="b1", ticket_id=ticket_id, transfer=transfer))
    assert (facts.asked, facts.asked_board_id) == (frozenset({"bo"}), then)


async def test_an_unreadable_response_is_counted_and_fetched_again(cards: DeskCards, service: FakeService) -> None:  # spec 3.7
    good, before = service.answers["ListSessions"], crashes()

    def answer(request: Any) -> Any:
        if request.desk_id == "desk" and crashes() == before:
            raise KeyError("a value of a newer version")
        return good

    service.answers["ListSessions"] = answer
    cards.subscribe("desk")
    cards.subscribe("other")
    await until(lambda: cards.complete("other"))
    await until(lambda: cards.complete("desk"))
    assert crashes() == before + 1


async def test_missed_events_are_fetched_until_chat_is_available(cards: DeskCards, service: FakeService) -> None:  # spec 3.7
    cards.subscribe("desk")
    await until(lambda: cards.complete("desk"))
    service.down = Unavailable("down")
    cards.reload()
    assert not cards.complete("desk")
    service.down = None
    await until(lambda: cards.complete("desk"))
    assert cards.of("desk").get("s1") is not None


async def test_an_answer_ahead_of_the_events_hides_no_leaver() -> None:  # spec 3.7, 6.3
    world = World()
    ava, bo = await world.socket("ava"), await world.socket("bo")
    with_both = card(status="handled", participants=frozenset({"mia", "ava", "bo"}))
    without_bo = card(status="handled", participants=frozenset({"mia", "ava"}), revision=3)
    ended = card(status="completed", participants=frozenset(), revision=4)
    world.publish_entry(with_both)
    # A page fetches its list, which is two entries ahead of the topic.
    world.cards.answered("desk", [card_message(ended)])
    for socket in (ava, bo):
        socket.frames.clear()

    world.publish_entry(card(status="handled", participants=with_both.participants, revision=2))
    assert (tags(ava), tags(bo)) == (["entry", "card"], ["entry", "card"])
    world.publish_entry(without_bo)
    assert (tags(ava)[2:], tags(bo)[2:]) == (["entry", "card"], ["entry", "card"])
    world.publish_entry(ended)

    assert (tags(ava)[4:], tags(bo)[4:]) == (["entry", "cardGone"], ["cardGone"])
    assert world.cards.before("desk", ended.session_id) is None
