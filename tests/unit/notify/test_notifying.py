"""Which notifications are asked for, when, and what becomes of them, with the ports in memory."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.card import Card, Status
from services.notify.domain.desk_settings import AlertSettings
from services.notify.domain.errors import NotAllowed
from services.notify.domain.page import Page
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import PushOutcome
from services.notify.domain.session_alert import SessionAlert
from services.notify.handlers.desk_settings import DeskSettingsHandlers
from tests.unit.notify.stores import FakeSubscription
from tests.unit.notify.world import AVA, BO, MIA, START, World, caller, card, handled, page, world_with_pages


@pytest.fixture
def world() -> World:
    return world_with_pages()


LATER = START + timedelta(seconds=20)


def wants_push(world: World, person_id: str) -> None:
    world.preferences.kept[person_id] = Preferences(push_when_away=True)
    world.engineers.kept[person_id] = world.engineers.kept[person_id]._replace(push_when_away=True)
    world.subscriptions.kept[person_id] = [FakeSubscription(f"https://push/{person_id}")]


def times(world: World) -> list[tuple[int, int]]:
    """The rung and the seconds after START of each delivery."""
    return [(each.rung, int((each.asked_at - START).total_seconds())) for each in world.deliveries.kept.values()]


async def test_a_waiting_chat_notifies_at_once_and_repeats_until_90_s(world: World) -> None:  # spec 5.2 5.3
    await world.session_changes(card())
    await world.fire_due()
    assert world.asked() == ["s1:waiting:ava:0 a1"]
    await world.confirm_all()

    await world.seconds_pass(200)

    assert times(world) == [(0, 0), *((rung, 10 + 10 * rung) for rung in range(1, 9))]
    assert world.deliveries.sent == ["a1"] * 9


async def test_a_session_that_was_read_before_its_repetition_is_due_repeats_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 5.3
    await world.session_changes(card())
    await world.seconds_pass(15)
    load = world.session_alerts.load

    async def slow_load(session_id: str) -> SessionAlert | None:
        found = await load(session_id)
        world.clock.set_forward(10)
        return found

    monkeypatch.setattr(world.session_alerts, "load", slow_load)
    await world.repetitions.fire("s1")
    assert times(world) == [(0, 1)]


async def test_all_that_is_known_of_a_person_is_asked_for_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 5.4
    asked, all_asked = list[object](), asyncio.Event()

    def answers_when_all_are_asked(owner: Any, name: str) -> None:
        read = getattr(owner, name)

        async def answer(*args: Any) -> Any:
            asked.append(owner)
            if len(asked) == 3:
                all_asked.set()
            await all_asked.wait()
            return await read(*args)

        monkeypatch.setattr(owner, name, answer)

    answers_when_all_are_asked(world.owners, "pages")
    answers_when_all_are_asked(world.preferences, "of_people")
    answers_when_all_are_asked(world.subscriptions, "of_people")
    await world.session_changes(card())
    async with asyncio.timeout(60):
        await world.fire_due()
    assert world.asked() == ["s1:waiting:ava:0 a1"]


@pytest.mark.parametrize("status", [Status.HANDLED, Status.ABANDONED, Status.CALLBACK, Status.COMPLETED])
async def test_the_repetitions_stop_when_the_chat_no_longer_waits(world: World, status: Status) -> None:  # spec 5.3
    await world.session_changes(card())
    await world.seconds_pass(25)
    await world.session_changes(card(revision=2, status=status, participants=frozenset({"mia", "sam"})))
    await world.seconds_pass(100)

    assert times(world) == [(0, 1), (1, 20)]


async def test_the_repetitions_stop_for_an_engineer_who_dismisses_it_or_is_not_online(world: World) -> None:  # spec 1.10 5.1 5.3
    await world.session_changes(card())
    await world.session_changes(card("s2"))
    await world.seconds_pass(25)
    await world.alerting.dismiss(caller(AVA), "s1")
    await world.seconds_pass(6)
    await world.presence_becomes("ava", "away")
    await world.seconds_pass(20)

    assert [id for id in world.deliveries.kept if id.startswith("s1")] == ["s1:waiting:ava:0", "s1:waiting:ava:1"]
    assert [id for id in world.deliveries.kept if id.startswith("s2")] == [f"s2:waiting:ava:{rung}" for rung in range(3)]

    # Back at second 51: the card returns with a notification, and the repetitions go on.
    await world.presence_becomes("ava", "online")
    await world.seconds_pass(10)
    assert times(world)[-2:] == [(3, 52), (4, 60)]


async def test_two_replicas_and_a_crash_ask_for_a_rung_once(world: World) -> None:  # spec 5.3
    await world.session_changes(card())
    world.session_alerts.races = 2
    # Both saves of the marks fail, as after a crash between the delivery and the mark.
    await asyncio.gather(world.repetitions.fire("s1"), world.repetitions.fire("s1"))
    await world.repetitions.fire("s1")
    await world.repetitions.fire("s1")

    assert (world.asked(), world.deliveries.sent) == (["s1:waiting:ava:0 a1"], ["a1"])


async def test_the_desk_sets_the_times(world: World) -> None:  # spec 5.3
    settings = DeskSettingsHandlers(world.settings, world.clock)
    assert await settings.update(caller(AVA, "admin"), AlertSettings(5, 6, 12), 0) == 1
    assert await settings.get(caller(BO)) == (AlertSettings(5, 6, 12), 1)
    for refused in (caller(AVA, "supervisor"), MIA):
        with pytest.raises(NotAllowed):
            await settings.update(refused, AlertSettings(), 1)
    with pytest.raises(NotAllowed):
        await settings.get(MIA)

    await world.session_changes(card())
    await world.fire_due()
    await world.seconds_pass(60)
    assert times(world) == [(0, 0), (1, 5), (2, 11)]


async def test_an_invitation_and_an_unattended_chat_notify_once_each_time(world: World) -> None:  # spec 3.9 3.12 5.7
    for revision, unattended in enumerate((True, False, True), 2):
        await world.session_changes(handled(revision=revision, unattended=unattended))
        await world.seconds_pass(40)
    await world.session_changes(handled(revision=9, invited=frozenset({"ava"})))
    await world.seconds_pass(40)

    assert list(world.deliveries.kept) == ["s1:unattended:ava:0", "s1:unattended:ava:1", "s1:invited:ava:0"]


async def test_an_away_engineer_who_asked_for_it_gets_web_push_and_no_card(world: World) -> None:  # spec 1.10 5.8
    wants_push(world, "bo")
    await world.session_changes(card())
    await world.fire_due()

    assert world.published() == ["+s1:waiting:ava"]
    assert world.asked() == ["s1:waiting:ava:0 a1", "s1:waiting:bo:0 web_push"]
    assert await world.alerts(BO) == []

    world.owners.open_pages["bo"] = [page("b1")]
    await world.presence_becomes("bo", "online")
    await world.fire_due()
    assert world.published() == ["+s1:waiting:bo"]
    assert "s1:waiting:bo:1 b1" in world.asked()


async def test_web_push_can_be_asked_for_while_a_chat_waits(world: World) -> None:  # spec 5.12
    world.subscriptions.kept["bo"] = [FakeSubscription("https://push/bo")]
    await world.session_changes(card())
    await world.wishes.update(caller(BO), Preferences(push_when_away=True))
    await world.fire_due()
    assert "s1:waiting:bo:0 web_push" in world.asked()


async def test_what_was_pushed_is_removed_when_somebody_joins(world: World) -> None:  # spec 5.3
    wants_push(world, "bo")
    await world.session_changes(card())
    await world.fire_due()
    (task,) = await world.deliveries.claim_pushes(START, LATER, 10)
    await world.deliveries.pushed(task.delivery_id, PushOutcome(1), START)

    await world.session_changes(handled())

    (close,) = await world.deliveries.claim_pushes(START, LATER, 10)
    assert close.delivery_id == "s1:waiting:bo:0:close"
    assert b'"close":true' in close.payload
    assert b'"tag":"s1"' in close.payload


async def test_a_push_that_was_not_sent_when_somebody_joins_is_not_sent(world: World) -> None:  # spec 5.3
    wants_push(world, "bo")
    await world.session_changes(card())
    await world.fire_due()
    await world.session_changes(handled())
    assert await world.deliveries.claim_pushes(START, LATER, 10) == []


async def test_a_rung_on_its_way_when_somebody_joins_is_not_pushed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 5.3
    wants_push(world, "bo")
    await world.session_changes(card())
    pages = world.owners.pages

    async def joined_meanwhile(desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        monkeypatch.setattr(world.owners, "pages", pages)
        await world.session_changes(handled())
        return await pages(desk_id, person_ids)

    monkeypatch.setattr(world.owners, "pages", joined_meanwhile)
    await world.fire_due()

    assert "s1:waiting:bo:0" in world.deliveries.kept
    assert await world.deliveries.claim_pushes(START, LATER, 10) == []


async def test_a_pushed_push_chat_is_removed_when_the_customer_answers(world: World) -> None:  # spec 5.6
    del world.owners.open_pages["mia"]
    world.subscriptions.kept["mia"] = [FakeSubscription("https://push/mia")]
    await world.statuses.status_changed(card(push=True, creator_id="ava"))
    (task,) = await world.deliveries.claim_pushes(START, LATER, 10)
    await world.deliveries.pushed(task.delivery_id, PushOutcome(1), START)

    await world.statuses.status_changed(handled(push=True, creator_id="ava"))

    assert [task.delivery_id for task in await world.deliveries.claim_pushes(START, LATER, 10)] == ["s1:push_chat:mia:0:close"]


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        (card(status=Status.ABANDONED), ["s1:abandoned:ava:0 a1"]),
        (card(status=Status.CALLBACK), ["s1:callback:ava:0 a1"]),
        (card(status=Status.ABANDONED, push=True, creator_id="ava"), []),
        (card(push=True, creator_id="ava", creator_name="Ava"), ["s1:push_chat:mia:0 m1"]),
        (card(), []),
        (handled(), []),
        (card(status=Status.COMPLETED), []),
        (card(status=Status.ABANDONED, modified_at=START - timedelta(minutes=6)), []),
    ],
)
async def test_other_changes_notify_once(world: World, changed: Card, asked: list[str]) -> None:  # spec 5.6 5.7
    for _ in range(2):
        await world.statuses.status_changed(changed)
    assert world.asked() == asked
    assert world.published() == []


async def test_somebody_who_may_no_longer_sign_in_gets_nothing(world: World) -> None:  # spec 10.10
    await world.preferences.put_disabled("harbour", "mia", True)
    await world.statuses.status_changed(card(push=True, creator_id="ava"))
    assert world.asked() == []
