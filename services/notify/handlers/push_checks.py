"""Checks pushes at the moment of sending: one query of each store for all that are sent together."""

from collections.abc import Sequence

from services.notify.delivery_ports import PushTask
from services.notify.domain.push_refusal import refusal_of_customer, refusal_of_engineer
from services.notify.ports import Engineers, PreferencesStore, SessionAlerts


class PushChecks:
    def __init__(self, preferences: PreferencesStore, engineers: Engineers, session_alerts: SessionAlerts) -> None:
        self._preferences, self._engineers, self._session_alerts = preferences, engineers, session_alerts

    async def refusals(self, tasks: Sequence[PushTask]) -> dict[str, str]:
        """By delivery, why it is not sent; "" for those that may be sent. What only removes a notification always is."""
        checked = [task for task in tasks if not task.close]
        of_engineers = [task for task in checked if task.engineer]
        preferences = await self._preferences.of_people(sorted({task.person_id for task in checked}))
        engineers = await self._engineers.of_ids(sorted({task.person_id for task in of_engineers}))
        session_ids = sorted({task.session_id for task in of_engineers if task.session_id})
        cards = await self._session_alerts.cards(session_ids) if session_ids else {}
        refusals = {task.delivery_id: refusal_of_customer(preferences.get(task.person_id)) for task in checked if not task.engineer}
        for task in of_engineers:
            found = engineers.get(task.person_id)
            engineer, presence = (found.engineer, found.presence) if found else (None, None)
            refusals[task.delivery_id] = refusal_of_engineer(
                task.kind, preferences.get(task.person_id), engineer, presence, cards.get(task.session_id)
            )
        return refusals
