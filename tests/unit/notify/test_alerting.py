"""The alerts that notify publishes as sessions, presence and the directory change, with the ports in memory."""

from dataclasses import replace

import pytest

from services.notify.domain.card import Status
from services.notify.domain.decision import PresenceFact
from services.notify.domain.errors import Busy, NoSuchSession, NotAllowed
from services.notify.handlers.alerting import MAX_RACES
from tests.unit.notify.world import AVA, BO, MIA, SAM, START, World, caller, card, engineer, handled

ALL_RAISED = ["+s1:waiting:ava", "+s1:waiting:bo", "+s1:waiting:sam"]
ALL_WITHDRAWN = ["-s1:waiting:ava", "-s1:waiting:bo", "-s1:waiting:sam"]


@pytest.fixture
def world() -> World:
    return World()


async def test_a_new_chat_alerts_every_online_engineer_with_access(world: World) -> None:  # spec 5.1
    await world.session_changes(card())
    await world.session_changes(card("s2", company_id="globex"))

    assert sorted(world.published()) == [*ALL_RAISED, "+s2:waiting:ava", "+s2:waiting:sam"]
    assert await world.alerts(BO) == ["s1:waiting:bo"]
    assert world.metrics.registry.get_sample_value("parley_notify_alerts_raised_total", {"reason": "waiting"}) == 5


async def test_the_time_from_a_request_to_its_first_alerts_is_measured_once(world: World) -> None:  # spec 12.2
    asked = card(waiting_since=world.clock.now())
    await world.clock.advance(2)
    await world.session_changes(asked)
    await world.session_changes(handled(revision=2))
    await world.session_changes(card(revision=3))

    measured = [world.metrics.registry.get_sample_value(f"parley_notify_alert_seconds_{part}") for part in ("count", "sum")]
    assert measured == [1, 2]


async def test_a_repeated_record_publishes_nothing_again(world: World) -> None:
    await world.session_changes(card())
    world.published()

    await world.session_changes(card())

    assert world.published() == []
    assert world.session_alerts.saves == 1


async def test_an_opened_chat_is_read_only_when_its_record_is_repeated(world: World) -> None:  # spec 5.1
    await world.alerting.session_opened(card())
    assert sorted(world.published()) == ALL_RAISED
    assert world.session_alerts.loads == []

    await world.session_changes(handled(revision=2))
    assert sorted(world.published()) == ALL_WITHDRAWN
    await world.alerting.session_opened(card())
    assert world.published() == []
    await world.alerting.session_opened(card("p1", push=True))
    assert await world.session_alerts.load("p1") is None


@pytest.mark.parametrize("status", [Status.HANDLED, Status.ABANDONED, Status.CALLBACK, Status.COMPLETED])
async def test_alerts_are_withdrawn_at_once_when_the_chat_no_longer_waits(world: World, status: Status) -> None:  # spec 5.3
    await world.session_changes(card())
    world.published()

    await world.session_changes(card(revision=2, status=status))

    assert sorted(world.published()) == ALL_WITHDRAWN
    assert await world.alerts(AVA) == []


async def test_an_older_card_raises_nothing(world: World) -> None:
    await world.session_changes(card())
    await world.session_changes(handled(revision=2))
    world.published()

    await world.session_changes(card())

    assert world.published() == []


async def test_a_dismissed_alert_stays_dismissed_for_that_chat_and_engineer(world: World) -> None:  # spec 5.1
    await world.session_changes(card())
    world.published()

    await world.alerting.dismiss(caller(AVA), "s1")
    assert world.published() == ["-s1:waiting:ava"]

    await world.alerting.dismiss(caller(AVA), "s1")
    await world.presence_becomes("ava", "away")
    await world.presence_becomes("ava", "online")
    await world.session_changes(card(revision=2))
    assert world.published() == []

    await world.session_changes(handled(revision=3))
    await world.session_changes(handled(revision=4, unattended=True))
    assert "+s1:unattended:ava" not in world.published()
    assert await world.alerts(AVA) == []


async def test_an_alert_is_withdrawn_while_its_engineer_is_not_online_and_raised_again(world: World) -> None:  # spec 1.10 5.1
    await world.session_changes(card())
    world.published()

    await world.presence_becomes("ava", "busy")
    await world.presence_becomes("ava", "away")
    assert world.published() == ["-s1:waiting:ava"]

    await world.presence_becomes("ava", "online")
    assert world.published() == ["+s1:waiting:ava"]

    await world.presence_becomes("ava", "offline")
    await world.session_changes(handled())
    world.published()
    await world.presence_becomes("ava", "online")
    assert world.published() == []


async def test_older_presence_changes_nothing(world: World) -> None:
    await world.session_changes(card())
    world.published()

    await world.alerting.presence_changed("ava", PresenceFact("offline", 0, START))

    assert world.published() == []


async def test_a_chat_reads_only_engineers_who_can_be_alerted_and_those_it_alerts(world: World) -> None:  # spec 5.1
    await world.presence_becomes("bo", "offline")
    await world.presence_becomes("sam", "busy")
    await world.session_changes(card())
    assert set(world.engineers.read) == {"ava"}

    await world.presence_becomes("ava", "away")
    world.engineers.read.clear()
    await world.session_changes(card(revision=2))
    assert world.engineers.read == []


async def test_a_change_of_presence_loads_only_the_sessions_that_it_changes(world: World) -> None:
    await world.session_changes(card("globex", company_id="globex"))
    for id in ("s1", "s2"):
        await world.session_changes(card(id))
    await world.alerting.dismiss(caller(AVA), "s2")
    world.published()
    for state, changed in (("offline", ["s1"]), ("away", []), ("online", ["s1"])):
        world.session_alerts.loads.clear()
        await world.presence_becomes("bo", state)
        assert set(world.session_alerts.loads) == ({"s1", "s2"} if changed else set())


async def test_presence_of_customers_raises_no_alert(world: World) -> None:
    await world.alerting.presence_changed("mia", PresenceFact("online", 5, START))

    assert "mia" not in world.engineers.kept


async def test_an_invitation_alerts_the_invited_engineer_even_after_a_dismissal(world: World) -> None:  # spec 3.9 5.7
    await world.session_changes(card())
    await world.alerting.dismiss(caller(AVA), "s1")
    await world.session_changes(handled())
    world.published()

    await world.session_changes(handled(revision=3, invited=frozenset({"ava"})))
    assert world.published() == ["+s1:invited:ava"]

    await world.alerting.dismiss(caller(AVA), "s1")
    await world.alerting.dismiss(caller(AVA), "s1")
    await world.session_changes(handled(revision=4, invited=frozenset({"ava"})))
    assert world.published() == ["-s1:invited:ava"]


async def test_an_alert_is_withdrawn_when_the_invited_engineer_joins(world: World) -> None:  # spec 3.9
    await world.session_changes(handled(invited=frozenset({"ava"})))
    await world.session_changes(handled(revision=3, participants=frozenset({"mia", "sam", "ava"})))

    assert world.published() == ["+s1:invited:ava", "-s1:invited:ava"]


async def test_an_unattended_chat_alerts_the_others_again(world: World) -> None:  # spec 3.12
    await world.session_changes(card())
    await world.session_changes(handled(by="sam"))
    world.published()

    await world.session_changes(handled(revision=3, by="sam", unattended=True))
    assert sorted(world.published()) == ["+s1:unattended:ava", "+s1:unattended:bo"]

    await world.session_changes(handled(revision=4, by="sam"))
    assert sorted(world.published()) == ["-s1:unattended:ava", "-s1:unattended:bo"]


async def test_alerts_are_withdrawn_when_an_engineer_loses_access_or_leaves_the_desk(world: World) -> None:  # spec 2.10
    await world.session_changes(card())
    world.published()

    await world.reconciling.engineer(replace(BO, companies=frozenset({"globex"}), revision=2))
    await world.reconciling.engineer(replace(SAM, disabled=True, revision=2))

    assert world.published() == ["-s1:waiting:bo", "-s1:waiting:sam"]


async def test_a_new_engineer_who_is_already_online_gets_the_alerts(world: World) -> None:
    await world.session_changes(card())
    world.published()
    world.owners.presence["kim"] = PresenceFact("online", 7, START)

    await world.reconciling.engineer(engineer("kim"))

    assert world.published() == ["+s1:waiting:kim"]


async def test_only_own_alerts_are_listed_newest_first(world: World) -> None:  # spec 5.1
    await world.session_changes(card())
    await world.clock.advance(5)
    await world.session_changes(card("s2"))

    assert await world.alerts(AVA) == ["s2:waiting:ava", "s1:waiting:ava"]
    assert await world.alerts(engineer("ava", desk_id="other")) == []


async def test_a_conflicting_save_is_retried_and_published_once(world: World) -> None:
    world.session_alerts.races = 4
    await world.session_changes(card())
    assert sorted(world.published()) == ALL_RAISED

    world.session_alerts.races = 2 * MAX_RACES
    with pytest.raises(Busy):
        await world.session_changes(handled())


async def test_an_engineer_who_comes_online_while_a_chat_opens_is_not_missed(world: World) -> None:
    await world.presence_becomes("ava", "offline")
    # Another replica consumes the presence change just before the alert is saved.
    world.session_alerts.after_save = lambda: world.engineers.put_presence("ava", PresenceFact("online", 9, START))
    await world.session_changes(card())

    assert sorted(world.published()) == ALL_RAISED


async def test_an_alert_cannot_be_dismissed_without_access_to_the_session(world: World) -> None:  # spec 10.2
    await world.session_changes(card(company_id="globex"))
    for person, session_id in ((caller(BO), "s1"), (caller(AVA), "unknown"), (caller(engineer("ava", desk_id="other")), "s1")):
        with pytest.raises(NoSuchSession):
            await world.alerting.dismiss(person, session_id)
    with pytest.raises(NotAllowed):
        await world.alerting.dismiss(MIA, "s1")


async def test_old_session_alerts_are_deleted_and_open_ones_are_kept(world: World) -> None:
    await world.session_changes(card("open"))
    await world.session_changes(card("over"))
    await world.session_changes(handled("over"))
    await world.clock.advance(days=31)

    await world.explaining.forget_old()

    assert list(world.session_alerts.session_alerts) == ["open"]
