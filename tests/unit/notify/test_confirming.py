"""What becomes of a notification: reports, the next place and tests, with the ports in memory."""

from dataclasses import replace

import pytest

from services.notify.domain.delivery import Delivery, Outcome
from services.notify.domain.errors import NoSuchDelivery, NoSuchPage, WrongArgument
from tests.unit.notify.stores import FakeSubscription
from tests.unit.notify.world import AVA, SAM, START, World, caller, card, handled, page, world_with_pages


@pytest.fixture
def world() -> World:
    return world_with_pages()


@pytest.fixture
async def asked(world: World) -> Delivery:
    """A notification in Ava's visible page, not confirmed yet."""
    await world.session_changes(card())
    await world.fire_due()
    (delivery,) = world.deliveries.kept.values()
    return delivery


async def test_a_page_that_does_not_confirm_within_2_s_loses_to_the_next(world: World, asked: Delivery) -> None:  # spec 5.4
    world.subscriptions.kept["ava"] = [FakeSubscription("https://push/ava")]
    for seconds, place in ((1, "a1"), (1, "a2"), (2, "web_push")):
        await world.clock.advance(seconds)
        await world.fire_due()
        assert world.asked() == [f"s1:waiting:ava:0 {place}"]
    assert world.deliveries.sent == ["a1", "a2"]
    assert world.metrics.registry.get_sample_value("parley_notify_deliveries_unconfirmed_total") == 2


async def test_nothing_left_is_a_failure(world: World, asked: Delivery) -> None:  # spec 5.9
    for _ in range(3):
        await world.clock.advance(2)
        await world.fire_due()
    kept = world.deliveries.kept[asked.id]
    assert (kept.failure, kept.tried) == ("No page confirmed it.", ("a1", "a2"))
    assert world.metrics.registry.get_sample_value("parley_notify_notifications_failed_total", {"reason": "not_confirmed"}) == 1


async def test_a_confirmed_notification_has_its_place(world: World, asked: Delivery) -> None:  # spec 5.9
    for outcome in (Outcome.RECEIVED, Outcome.RECEIVED, Outcome.SOUNDED, Outcome.CLICKED):
        await world.confirming.report(caller(AVA), asked.id, outcome, "join")
    await world.clock.advance(10)
    await world.fire_due()

    kept = world.deliveries.kept[asked.id]
    assert (kept.connection_id, kept.received_at, kept.sounded_at, kept.clicked_at, kept.action) == ("a1", START, START, START, "join")
    assert kept.version == 4


async def test_a_hidden_page_that_can_do_nothing_loses_to_the_next(world: World) -> None:  # spec 5.4
    world.owners.open_pages["ava"] = [page("a1", visible=False), page("a2", visible=False, sound_allowed=False)]
    await world.session_changes(card())
    await world.fire_due()
    await world.confirming.report(caller(AVA), "s1:waiting:ava:0", Outcome.SOUND_BLOCKED, "no gesture")
    assert world.deliveries.sent == ["a1"]

    world.deliveries.races = 1
    await world.confirming.report(caller(AVA), "s1:waiting:ava:0", Outcome.FAILED, "denied")
    assert world.deliveries.sent == ["a1", "a2"]
    assert world.deliveries.kept["s1:waiting:ava:0"].failure == "denied"


async def test_an_unconfirmed_notification_of_an_alert_that_ended_goes_nowhere(world: World, asked: Delivery) -> None:  # spec 5.3
    await world.session_changes(handled())
    await world.clock.advance(2)
    await world.fire_due()
    assert world.deliveries.sent == ["a1"]
    assert world.deliveries.kept[asked.id].failure == "The alert ended before a page confirmed it."


async def test_a_report_is_refused_that_is_not_the_persons_own(world: World, asked: Delivery) -> None:  # spec 10.2
    for person, id in ((caller(SAM), asked.id), (caller(replace(AVA, desk_id="other")), asked.id), (caller(AVA), "unknown")):
        with pytest.raises(NoSuchDelivery):
            await world.confirming.report(person, id, Outcome.RECEIVED, "")
    with pytest.raises(WrongArgument) as refused:
        await world.confirming.report(caller(AVA), asked.id, Outcome.FAILED, "x" * 201)
    assert refused.value.field == "reason"
    assert world.deliveries.kept[asked.id] == asked


async def test_a_test_goes_to_the_page_or_browser_that_is_named(world: World) -> None:  # spec 5.10
    world.subscriptions.kept["ava"] = [FakeSubscription("https://push/ava")]
    busy = caller(AVA)
    await world.presence_becomes("ava", "busy")
    on_page = await world.confirming.test(busy, "a2", "")
    by_push = await world.confirming.test(busy, "", "https://push/ava")
    kept = world.deliveries.kept
    assert (kept[on_page].connection_id, kept[on_page].sound, kept[on_page].show) == ("a2", True, True)
    assert (kept[by_push].endpoint, kept[by_push].push_at) == ("https://push/ava", START)

    await world.clock.advance(2)
    await world.fire_due()
    assert kept[on_page].failure == "No page confirmed it."
    for wrong in (("", ""), ("a1", "https://push/ava"), ("", "https://push/sam")):
        with pytest.raises(WrongArgument):
            await world.confirming.test(busy, *wrong)
    with pytest.raises(NoSuchPage):
        await world.confirming.test(busy, "m1", "")


async def test_an_explanation_has_the_notifications_and_the_reason_for_their_place(world: World, asked: Delivery) -> None:  # spec 5.9 5.11
    await world.confirming.report(caller(AVA), asked.id, Outcome.SOUND_BLOCKED, "no gesture yet")
    await world.clock.advance(5)
    await world.session_changes(handled(modified_at=world.clock.now()))

    alerted, facts, deliveries = await world.explaining.explain(caller(AVA), "s1", "ava")

    assert alerted
    assert [each.failure for each in deliveries] == ["no gesture yet"]
    assert facts[-1].text == "The best place of Ava was a visible page"
