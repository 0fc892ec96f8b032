"""Notifications of new messages (spec 5.2). Those of 100 ms are placed together, with one call to presence for each desk.

The offset of a message is committed when its notifications are saved: after a crash the next replica gets it again. Alerts of the same
session do not wait for that.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from servicekit.clock import Clock
from servicekit.metrics import Metrics
from services.notify.domain.card import Card
from services.notify.domain.notification import Kind, Recipient, about_message
from services.notify.handlers.notifying import Ask, Notifying
from services.notify.ports import Engineers

GATHER_SECONDS = 0.1
# When more wait, those that have waited longest are dropped. While presence answers, few wait.
MAX_WAITING = 10_000
# After an outage nobody is notified of messages that are older.
STALE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`customers` and `engineers`: ids of the participants without the author; customers with their names."""

    card: Card
    author_id: str
    author_name: str
    revision: int
    at: datetime
    customers: tuple[tuple[str, str], ...]
    engineers: tuple[str, ...]


class _Waiting(NamedTuple):
    message: NewMessage
    done: asyncio.Future[None]


class Messages:
    """Nothing waits for it but the commit of the messages' offsets."""

    def __init__(self, engineers: Engineers, notifying: Notifying, clock: Clock, metrics: Metrics) -> None:
        self._engineers, self._notifying, self._clock = engineers, notifying, clock
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._arrived = asyncio.Event()
        self._dropped = metrics.counter("messages_dropped_total", "Messages that too many others waited after, so that they notify nobody")
        metrics.gauge("messages_waiting", "Messages that wait for their notifications").set_function(lambda: len(self._waiting))

    def posted(self, message: NewMessage) -> asyncio.Future[None]:
        """Done when its notifications are saved, when a later message of its author in the session replaces it, or when it is dropped."""
        key = message.card.session_id, message.author_id
        if (found := self._waiting.get(key)) and found.message.revision > message.revision:
            return found.done
        if found:
            self._end(key)
        elif len(self._waiting) >= MAX_WAITING:
            self._end(next(iter(self._waiting)))
            self._dropped.inc()
        waiting = self._waiting[key] = _Waiting(message, asyncio.get_running_loop().create_future())
        self._arrived.set()
        return waiting.done

    async def run(self) -> None:
        """Runs in a Loop of every replica. What could not be placed is placed first after a restart of the Loop."""
        while True:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                await asyncio.sleep(GATHER_SECONDS)
            oldest = self._clock.now() - STALE_AFTER
            for key in [key for key, waiting in self._waiting.items() if waiting.message.at < oldest]:
                self._end(key)
            gathered = dict(self._waiting)
            await self._notify([waiting.message for waiting in gathered.values()])
            for key, waiting in gathered.items():
                if self._waiting.get(key) is waiting:
                    self._end(key)

    def _end(self, key: tuple[str, str]) -> None:
        self._waiting.pop(key).done.set_result(None)

    async def _notify(self, messages: list[NewMessage]) -> None:
        found = await self._engineers.of_ids(sorted({id for message in messages for id in message.engineers}))
        # The notification of the latest message of a session replaces those of the messages before it.
        asks = dict[tuple[str, str], Ask]()
        for message in messages:
            recipients = [Recipient(id, name, False) for id, name in message.customers]
            those = [found[id] for id in message.engineers if id in found]
            recipients += [
                Recipient(engineer.id, engineer.name, True, presence) for engineer, presence, _ in those if not engineer.disabled
            ]
            for recipient in recipients:
                asks[message.card.session_id, recipient.id] = _ask(message, recipient)
        await self._notifying.notify(list(asks.values()))


def _ask(message: NewMessage, recipient: Recipient) -> Ask:
    card, content = message.card, about_message(message.card, message.author_id, message.author_name)
    id = f"{card.session_id}:{Kind.MESSAGE.value}:{recipient.id}:{message.revision}"
    return Ask(id, card.desk_id, card.session_id, Kind.MESSAGE, 0, content, recipient)
