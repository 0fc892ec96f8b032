"""What becomes of a notification: reports, the next place and tests, with the ports in memory."""

from dataclasses import replace

import pytest

from servicekit.errors import Unavailable
from services.notify.domain.decision import PresenceFact
from services.notify.domain.delivery import Delivery
from services.notify.domain.delivery_report import DeliveryReport, Outcome
from services.notify.domain.errors import NoSuchDelivery, NoSuchPage, WrongArgument
from services.notify.domain.session_alert import EngineerWithPresence
from tests.unit.notify.stores import FakeSubscription
from tests.unit.notify.world import AVA, SAM, START, World, caller, card, engineer, handled, page, world_with_pages


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


@pytest.mark.parametrize("place", ["a1", ""])
async def test_a_confirmed_notification_has_its_place(world: World, asked: Delivery, place: str) -> None:  # spec 5.9
    world.deliveries.saves = 0
    for outcome in (Outcome.RECEIVED, Outcome.RECEIVED, Outcome.SOUNDED, Outcome.CLICKED):
        await world.reporting.report(caller(AVA), asked.id, DeliveryReport(outcome, "join", place))
    await world.clock.advance(10)
    await world.fire_due()

    kept = world.deliveries.kept[asked.id]
    assert (kept.connection_id, kept.received_at, kept.sounded_at, kept.clicked_at, kept.action) == ("a1", START, START, START, "join")
    assert kept.version == 4
    # A report in the usual order of a page that names its place is one update.
    assert world.deliveries.saves == (0 if place else 3)


async def test_a_late_report_of_a_page_does_not_count_for_the_page_after_it(world: World, asked: Delivery) -> None:  # spec 5.4 5.9
    await world.clock.advance(2)
    await world.fire_due()
    before = world.deliveries.kept[asked.id]
    assert before.connection_id == "a2"
    for outcome in (Outcome.RECEIVED, Outcome.SOUND_BLOCKED, Outcome.FAILED):
        await world.reporting.report(caller(AVA), asked.id, DeliveryReport(outcome, "why", "a1"))
    assert world.deliveries.kept[asked.id] == before

    await world.reporting.report(caller(AVA), asked.id, DeliveryReport(Outcome.SOUNDED, "", "a1"))
    after = world.deliveries.kept[asked.id]
    assert (after.sounded_at, after.received_at, after.confirm_at) == (world.clock.now(), None, before.confirm_at)
    await world.reporting.report(caller(AVA), asked.id, DeliveryReport(Outcome.CLICKED, "open", "a1"))
    assert world.deliveries.kept[asked.id].confirm_at is None


async def test_what_a_crash_or_a_broker_that_is_down_left_unsent_is_published_to_the_same_page(world: World) -> None:  # spec 5.4
    world.deliveries.broker_down = True
    await world.session_changes(card())
    with pytest.raises(Unavailable):
        await world.fire_due()
    (kept,) = world.deliveries.kept.values()
    assert kept.unsent
    assert world.deliveries.sent == []

    # The repeated rung sends nothing: another replica may have recorded it, and be about to send it.
    world.deliveries.broker_down = False
    await world.repetitions.fire("s1")
    assert world.deliveries.sent == []
    await world.clock.advance(2)
    await world.fire_due()
    assert (world.deliveries.sent, world.deliveries.kept[kept.id].tried) == (["a1"], ())
    assert world.metrics.registry.get_sample_value("parley_notify_deliveries_unsent_total") == 1


async def test_what_is_due_together_is_decided_and_published_together(world: World) -> None:  # spec 5.4
    for number in range(50):
        who = engineer(f"e{number}")
        world.engineers.kept[who.id] = EngineerWithPresence(who, PresenceFact("online", 1, START))
        world.owners.open_pages[who.id] = [page(f"{who.id}-first"), page(f"{who.id}-second", visible=False)]
    await world.session_changes(card())
    await world.fire_due()
    assert (len(world.deliveries.sent), world.deliveries.batches, world.owners.page_calls) == (51, 1, 1)

    world.deliveries.saves = 0
    await world.clock.advance(2)
    await world.fire_due()
    assert (len(world.deliveries.sent), world.deliveries.batches, world.owners.page_calls) == (102, 2, 2)
    assert world.deliveries.saves == 1
    assert {each.connection_id for each in world.deliveries.kept.values()} == {"a2", *(f"e{number}-second" for number in range(50))}


async def test_a_hidden_page_that_can_do_nothing_loses_to_the_next(world: World) -> None:  # spec 5.4
    world.owners.open_pages["ava"] = [page("a1", visible=False), page("a2", visible=False, sound_allowed=False)]
    await world.session_changes(card())
    await world.fire_due()
    await world.reporting.report(caller(AVA), "s1:waiting:ava:0", DeliveryReport(Outcome.SOUND_BLOCKED, "no gesture"))
    assert world.deliveries.sent == ["a1"]

    world.deliveries.races = 1
    await world.reporting.report(caller(AVA), "s1:waiting:ava:0", DeliveryReport(Outcome.FAILED, "denied"))
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
            await world.reporting.report(person, id, DeliveryReport(Outcome.RECEIVED, ""))
    for field, report in (("reason", DeliveryReport(Outcome.FAILED, "x" * 201)), ("place", DeliveryReport(Outcome.FAILED, "", "x" * 201))):
        with pytest.raises(WrongArgument) as refused:
            await world.reporting.report(caller(AVA), asked.id, report)
        assert refused.value.field == field
    assert world.deliveries.kept[asked.id] == asked


async def test_a_test_goes_to_the_page_or_browser_that_is_named(world: World) -> None:  # spec 5.10
    world.subscriptions.kept["ava"] = [FakeSubscription("https://push/ava")]
    busy = caller(AVA)
    await world.presence_becomes("ava", "busy")
    on_page = await world.tests.send(busy, "a2", "")
    by_push = await world.tests.send(busy, "", "https://push/ava")
    kept = world.deliveries.kept
    assert (kept[on_page].connection_id, kept[on_page].sound, kept[on_page].show) == ("a2", True, True)
    assert (kept[by_push].endpoint, kept[by_push].push_at) == ("https://push/ava", START)

    await world.clock.advance(2)
    await world.fire_due()
    assert kept[on_page].failure == "No page confirmed it."
    for wrong in (("", ""), ("a1", "https://push/ava"), ("", "https://push/sam")):
        with pytest.raises(WrongArgument):
            await world.tests.send(busy, *wrong)
    with pytest.raises(NoSuchPage):
        await world.tests.send(busy, "m1", "")


async def test_an_explanation_has_the_notifications_and_the_reason_for_their_place(world: World, asked: Delivery) -> None:  # spec 5.9 5.11
    await world.reporting.report(caller(AVA), asked.id, DeliveryReport(Outcome.SOUND_BLOCKED, "no gesture yet"))
    await world.clock.advance(5)
    await world.session_changes(handled(modified_at=world.clock.now()))

    alerted, facts, deliveries = await world.explaining.explain(caller(AVA), "s1", "ava")

    assert alerted
    assert [each.failure for each in deliveries] == ["no gesture yet"]
    assert facts[-1].text == "The best place of Ava was a visible page"
