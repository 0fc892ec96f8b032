"""Notifications of new messages (spec 5.2). Those of 100 ms are placed together, with one call to presence for each desk.

A crash loses the notifications of the messages that are gathered at that moment; the messages themselves are chat's.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.clock import Clock
from services.notify.domain.card import Card
from services.notify.domain.notification import Kind, Recipient, about_message
from services.notify.handlers.notifying import Ask, Notifying
from services.notify.ports import Engineers

GATHER_SECONDS = 0.1
# The next message waits while as many are gathered.
MOST_GATHERED = 2000
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


class Messages:
    def __init__(self, engineers: Engineers, notifying: Notifying, clock: Clock) -> None:
        self._engineers, self._notifying, self._clock = engineers, notifying, clock
        self._waiting = asyncio.Queue[NewMessage](MOST_GATHERED)
        self._gathered = list[NewMessage]()

    @property
    def idle(self) -> bool:
        """Whether no message waits for its notification."""
        return self._waiting.empty() and not self._gathered

    async def posted(self, message: NewMessage) -> None:
        await self._waiting.put(message)

    async def run(self) -> None:
        """Runs in a Loop of every replica. What could not be placed is placed first after a restart of the Loop."""
        while True:
            if not self._gathered:
                self._gathered.append(await self._waiting.get())
                await asyncio.sleep(GATHER_SECONDS)
            while not self._waiting.empty() and len(self._gathered) < MOST_GATHERED:
                self._gathered.append(self._waiting.get_nowait())
            await self._notify(self._gathered)
            self._gathered.clear()

    async def _notify(self, messages: list[NewMessage]) -> None:
        oldest = self._clock.now() - STALE_AFTER
        fresh = [message for message in messages if message.at >= oldest]
        known = await self._engineers.of_ids(sorted({id for message in fresh for id in message.engineers}))
        # The latest message of a session stands for the ones before it.
        asks = dict[tuple[str, str], Ask]()
        for message in fresh:
            recipients = [Recipient(id, name, False) for id, name in message.customers]
            found = [known[id] for id in message.engineers if id in known]
            recipients += [Recipient(engineer.id, engineer.name, True, presence) for engineer, presence, _ in found if not engineer.gone]
            for recipient in recipients:
                asks[message.card.session_id, recipient.id] = _ask(message, recipient)
        await self._notifying.notify(list(asks.values()))


def _ask(message: NewMessage, recipient: Recipient) -> Ask:
    card, content = message.card, about_message(message.card, message.author_id, message.author_name)
    id = f"{card.session_id}:{Kind.MESSAGE.value}:{recipient.id}:{message.revision}"
    return Ask(id, card.desk_id, card.session_id, Kind.MESSAGE, 0, content, recipient)
