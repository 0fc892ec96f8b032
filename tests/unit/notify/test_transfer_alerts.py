"""Alerts and notifications of transfers (spec 13.2)."""

import pytest

from services.notify.domain.decision import PresenceFact
from services.notify.domain.session_alert import EngineerWithPresence
from tests.unit.notify.world import AVA, START, World, caller, card, engineer, handled, transfer, world_with_pages


@pytest.fixture
def world() -> World:
    return World()


async def test_each_transfer_alerts_whom_it_asks_even_after_a_dismissal(world: World) -> None:  # spec 5.7, 13.2
    await world.session_changes(card())
    await world.alerting.dismiss(caller(AVA), "s1")
    await world.session_changes(handled())
    world.published()

    await world.session_changes(handled(revision=3, transfer=transfer("ava", "bo")))
    assert sorted(world.published()) == ["+s1:transfer:ava", "+s1:transfer:bo"]
    await world.alerting.dismiss(caller(AVA), "s1")
    assert world.published() == []
    [alert] = await world.alerting.alerts(caller(AVA))
    assert alert.transfer == transfer("ava", "bo")

    await world.session_changes(handled(revision=4, transfer=transfer("bo")))
    assert world.published() == ["-s1:transfer:ava"]
    await world.session_changes(handled(revision=5))
    assert world.published() == ["-s1:transfer:bo"]
    await world.session_changes(handled(revision=6, transfer=transfer("ava")))
    assert world.published() == ["+s1:transfer:ava"]


async def test_an_engineer_of_the_board_that_the_chat_would_have_lists_the_alert(world: World) -> None:  # spec 2.10, 13.2
    kim = engineer("kim", boards=["projects"])
    world.engineers.kept["kim"] = EngineerWithPresence(kim, PresenceFact("online", 1, START))
    await world.session_changes(handled(transfer=transfer("kim", board_id="projects")))
    assert world.published() == ["+s1:transfer:kim"]
    assert [alert.person_id for alert in await world.alerting.alerts(caller(kim))] == ["kim"]
    elsewhere = engineer("kim", boards=["service-desk"])
    assert await world.alerting.alerts(caller(elsewhere)) == []


async def test_each_transfer_notifies_once_and_names_the_board_that_the_chat_would_have() -> None:  # spec 13.2
    world = world_with_pages()
    await world.session_changes(handled(revision=3, transfer=transfer("ava", board_id="projects")))
    await world.seconds_pass(40)
    await world.session_changes(handled(revision=4))
    await world.session_changes(handled(revision=5, transfer=transfer("ava", board_id="projects")))
    await world.seconds_pass(40)

    assert list(world.deliveries.kept) == ["s1:transfer:ava:0", "s1:transfer:ava:1"]
    assert {delivery.content.board_id for delivery in world.deliveries.kept.values()} == {"projects"}
