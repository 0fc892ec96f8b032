"""Access to alerts and explanations (spec 2.9, 10.2, 10.10)."""

from dataclasses import replace

import pytest

from services.notify.domain.errors import NoSuchSession
from tests.unit.notify.world import AVA, BO, SAM, World, caller, card


@pytest.fixture
def world() -> World:
    return World()


async def test_only_its_sender_can_dismiss_or_explain_a_waiting_push_chat(world: World) -> None:  # spec 2.9, 10.2
    world.owners.sessions["p1"] = card("p1", push=True, creator_id="ava")
    for session_id in ("p1", "no-such"):
        with pytest.raises(NoSuchSession) as refused:
            await world.alerting.dismiss(caller(SAM), session_id)
        assert (str(refused.value), refused.value.field) == ("There is no such session.", "session_id")
        with pytest.raises(NoSuchSession):
            await world.explaining.explain(caller(SAM), session_id, "sam")
    await world.alerting.dismiss(caller(AVA), "p1")


async def test_an_alert_is_listed_only_with_current_access_to_its_session(world: World) -> None:  # spec 10.10
    await world.session_changes(card())
    assert await world.alerting.alerts(caller(BO))
    elsewhere = replace(caller(BO), companies=frozenset({"globex"}))
    assert await world.alerting.alerts(elsewhere) == []
