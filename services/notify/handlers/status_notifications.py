"""Notifies people once when a session is abandoned, becomes a call-back, or starts as a push chat, and when a call-back is to
be called again (spec 4.14, 5.6, 5.7).

The offset of the change is committed after the deliveries are stored; a record that is consumed again finds them by their ids.
"""

from datetime import timedelta

from servicekit.clock import Clock
from services.notify.domain.access import engineer_sees
from services.notify.domain.card import Card, Status
from services.notify.domain.decision import ONLINE
from services.notify.domain.notification import Kind, Recipient, about_chat, about_push_chat
from services.notify.handlers.notifying import Ask, Notifying
from services.notify.ports import Engineers

# After an outage, changes older than this notify nobody.
STALE_AFTER = timedelta(minutes=5)
ENDED = {Status.ABANDONED: Kind.ABANDONED, Status.CALLBACK: Kind.CALLBACK}


class StatusNotifications:
    def __init__(self, engineers: Engineers, notifying: Notifying, clock: Clock) -> None:
        self._engineers, self._notifying, self._clock = engineers, notifying, clock

    async def status_changed(self, card: Card) -> None:
        """Handles a session that was opened or whose status changed. Ends the notification of a push chat that is no longer waiting."""
        if self._clock.now() - card.modified_at > STALE_AFTER:
            return
        if card.push and card.status is Status.WAITING:
            customer = Recipient(card.customer_id, card.customer_name, False)
            await self._notifying.notify([_ask(card, Kind.PUSH_CHAT, customer)])
        elif card.push:
            await self._notifying.push_chat_ends(card.session_id, card.customer_id)
        elif card.status in ENDED:
            await self._notifying.notify([_ask(card, ENDED[card.status], engineer) for engineer in await self._online(card)])

    async def callback_due(self, card: Card) -> None:
        """The time of the next call has come (spec 4.14). A customer can be called without an answer more than once: each is told."""
        if self._clock.now() - card.modified_at <= STALE_AFTER and card.status is Status.CALLBACK:
            engineers = await self._online(card)
            await self._notifying.notify([_ask(card, Kind.CALLBACK, engineer, card.revision) for engineer in engineers])

    async def _online(self, card: Card) -> list[Recipient]:
        return [
            Recipient(engineer.id, engineer.name, True, presence)
            for engineer, presence, _ in await self._engineers.reachable(card, ())
            if presence is not None and presence.presence == ONLINE and engineer_sees(engineer, card)
        ]


def _ask(card: Card, kind: Kind, recipient: Recipient, time: int = 0) -> Ask:
    content = about_push_chat(card) if kind is Kind.PUSH_CHAT else about_chat(card)
    return Ask(f"{card.session_id}:{kind.value}:{recipient.id}:{time}", card.desk_id, card.session_id, kind, 0, content, recipient)
