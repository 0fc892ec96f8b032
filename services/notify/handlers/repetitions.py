"""Asks for the notifications of alerts when they are due: the first at once, then the repetitions of a waiting chat (spec 5.2, 5.3).

When one is due is stored with the alert. A notification is marked as asked for only when its deliveries are saved, so a crash repeats it,
and the ids of the deliveries let it appear once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.clock import Clock
from services.notify.domain.notification import Kind, Recipient, about_chat
from services.notify.domain.session_alert import AlertedEngineer, due, notified
from services.notify.handlers.notifying import Ask, Notifying
from services.notify.ports import Engineers, SessionAlerts, SettingsStore


class Repetitions:
    def __init__(
        self, session_alerts: SessionAlerts, engineers: Engineers, settings: SettingsStore, notifying: Notifying, clock: Clock
    ) -> None:
        self._session_alerts, self._engineers, self._settings = session_alerts, engineers, settings
        self._notifying, self._clock = notifying, clock

    async def due(self, limit: int) -> list[str]:
        return await self._session_alerts.due(self._clock.now(), limit)

    async def next_due(self) -> datetime | None:
        return await self._session_alerts.next_due()

    async def fire(self, session_id: str) -> None:
        """Asks for what is due in the session. When another save comes first, it is still due and is fired again."""
        await self._notifying.new_chats.pass_first()
        # The time is read before the session. Else a repetition could become due in between, after somebody had joined, and be sent because
        # the session was read before.
        now, session_alert = self._clock.now(), await self._session_alerts.load(session_id)
        who = due(session_alert, now) if session_alert else []
        if session_alert is None or not who:
            return
        card, found = session_alert.card, await self._engineers.of_ids([alerted.person_id for alerted in who])
        asks = list[Ask]()
        for alerted in who:
            if alerted.person_id not in found or alerted.reason is None:
                continue
            engineer, presence, _ = found[alerted.person_id]
            kind, recipient = Kind(alerted.reason.value), Recipient(engineer.id, engineer.name, True, presence)
            id = f"{card.session_id}:{kind.value}:{engineer.id}:{alerted.rung}"
            content = replace(about_chat(card), board_id=card.board_for(engineer.id))
            asks.append(Ask(id, card.desk_id, card.session_id, kind, alerted.rung, content, recipient))
        await self._notifying.notify(asks)
        settings = await self._settings.of(card.desk_id)
        if not await self._session_alerts.save(notified(session_alert, who, settings, now), [], session_alert):
            await self._end_withdrawn(session_id, who)

    async def _end_withdrawn(self, session_id: str, who: Sequence[AlertedEngineer]) -> None:
        """If an engineer joined meanwhile, the other notifications are already ended. Ends the new ones."""
        session_alert = await self._session_alerts.load(session_id)
        people = session_alert.people if session_alert else {}
        ended = [each.person_id for each in who if each.person_id not in people or people[each.person_id].reason is not each.reason]
        await self._notifying.alerts_end(session_id, ended)
