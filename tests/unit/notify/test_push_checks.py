"""Pushes that have waited are checked at the moment of sending."""

from dataclasses import replace

import pytest

from servicekit.loop import Loop
from services.notify.domain.decision import PresenceFact
from services.notify.domain.notification import Kind
from services.notify.domain.push import PushOutcome
from services.notify.domain.session_alert import EngineerWithPresence, new_session_alert
from tests.fakes.waiting import until
from tests.unit.notify.push_world import PushWorld
from tests.unit.notify.world import BO, START, card

AWAY, DND = PresenceFact("away", 1, START), PresenceFact("busy", 2, START)
LIMITED, GONE = replace(BO, companies=frozenset({"globex"})), replace(BO, disabled=True)


@pytest.mark.parametrize(
    ("found", "disabled", "changes", "refusal"),
    [
        (EngineerWithPresence(BO, AWAY), False, {}, ""),
        (EngineerWithPresence(BO, AWAY), True, {}, "The person may no longer sign in"),
        (EngineerWithPresence(GONE, AWAY), False, {}, "The engineer is no longer at the desk"),
        (None, False, {}, "The engineer is no longer at the desk"),
        (EngineerWithPresence(LIMITED, AWAY), False, {}, "The engineer may no longer see the chat"),
        (EngineerWithPresence(LIMITED, AWAY), False, {"session_id": "unknown"}, ""),
        (EngineerWithPresence(BO, DND), False, {}, "The engineer chose Do Not Disturb before it was sent"),
        (EngineerWithPresence(BO, DND), False, {"kind": Kind.TEST}, ""),
        (EngineerWithPresence(BO, DND), True, {"kind": Kind.TEST}, "The person may no longer sign in"),
        (EngineerWithPresence(GONE, AWAY), True, {"close": True}, ""),
        (None, False, {"engineer": False}, ""),
        (None, True, {"engineer": False}, "The person may no longer sign in"),
    ],
)
async def test_access_sign_in_and_do_not_disturb_are_checked_again_before_sending(
    found: EngineerWithPresence | None, disabled: bool, changes: dict[str, object], refusal: str
) -> None:  # spec 1.10 2.10 5.8 10.10
    world = PushWorld()
    await world.session_alerts.save(new_session_alert(card()), [])
    await world.preferences.put_disabled("harbour", "bo", disabled)
    if found is not None:
        world.engineers.kept["bo"] = found
    await world.subscribed("bo")
    world.ask("d1", "bo")
    kept = world.deliveries.kept["d1"]
    kept.task = kept.task._replace(**{"engineer": True, **changes})  # type: ignore[arg-type]

    loop = Loop("push", world.queue.run, world.metrics)
    await loop.start()
    await until(lambda: world.deliveries.outcome("d1") is not None)
    await loop.stop()

    assert world.deliveries.outcome("d1") == (PushOutcome(0, refusal) if refusal else PushOutcome(1))
    assert len(world.service.sent) == (0 if refusal else 1)
