"""Why an engineer was or was not alerted, with the ports in memory."""

import pytest

from services.notify.domain.errors import NoSuchEngineer, NoSuchSession, NotAllowed
from tests.unit.notify.world import AVA, MIA, SAM, World, caller, card, handled

ALL_RAISED = ["+s1:waiting:ava", "+s1:waiting:bo", "+s1:waiting:sam"]
ALL_WITHDRAWN = ["-s1:waiting:ava", "-s1:waiting:bo", "-s1:waiting:sam"]


@pytest.fixture
def world() -> World:
    return World()


async def test_an_explanation_has_the_reason_for_an_alert_or_for_none(world: World) -> None:  # spec 5.11
    await world.presence_becomes("sam", "busy")
    await world.session_changes(card())
    await world.clock.advance(5)
    await world.session_changes(handled(modified_at=world.clock.now()))
    await world.presence_becomes("sam", "online")

    alerted, facts, _ = await world.explaining.explain(caller(AVA), "s1", "ava")
    assert alerted
    assert [fact.passed for fact in facts] == [True, True, True, True, False]
    assert facts[-1].text == "The chat alerts nobody: it is handled"

    alerted, facts, _ = await world.explaining.explain(caller(SAM), "s1", "sam")
    assert not alerted
    assert [fact.text for fact in facts if not fact.passed] == [
        "Sam had chosen Do Not Disturb",
        "The chat alerts nobody: it is handled",
    ]


async def test_a_push_chat_is_explained_without_an_alert(world: World) -> None:  # spec 5.11
    world.owners.sessions["p1"] = card("p1", push=True, creator_id="ava")

    alerted, facts, _ = await world.explaining.explain(caller(AVA), "p1", "ava")

    assert not alerted
    assert "push chat" in facts[0].text


async def test_only_the_engineer_supervisors_and_admins_get_an_explanation(world: World) -> None:  # spec 5.11 10.2
    await world.session_changes(card())
    assert (await world.explaining.explain(caller(SAM, "supervisor"), "s1", "ava"))[0]
    with pytest.raises(NotAllowed):
        await world.explaining.explain(caller(SAM), "s1", "ava")
    with pytest.raises(NotAllowed):
        await world.explaining.explain(MIA, "s1", "ava")
    with pytest.raises(NoSuchEngineer):
        await world.explaining.explain(caller(AVA, "admin"), "s1", "nobody")
    with pytest.raises(NoSuchSession):
        await world.explaining.explain(caller(AVA, "admin"), "unknown", "ava")
