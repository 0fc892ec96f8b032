"""Notifications of new messages (spec 5.2). Those that are due together are placed together, with one call to presence for each desk.

Messages are due ten times a second. If all readers of a message had the chat on screen when presence was last asked, it is likely to notify
nobody, so it is due at the next whole second: people who write to each other cost one call a second, however much they write. A reader who
has left the chat meanwhile is notified up to a second late.

The offset of a message is committed when its notifications are saved: after a crash the next replica gets it again. Alerts of the same
session do not wait for that.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from servicekit.clock import Clock
from servicekit.metrics import Metrics
from services.notify.domain.card import Card
from services.notify.domain.notification import Kind, Recipient, about_message
from services.notify.domain.page import Page
from services.notify.domain.placement import shows
from services.notify.handlers.notifying import Ask, Notifying
from services.notify.ports import Engineers

GATHER_SECONDS = 0.1
SHOWN_GATHER_SECONDS = 1.0
# How long a reader counts as one who had the chat on screen, and the most of them that a replica remembers.
SHOWN_FOR = 60.0
MAX_SHOWN = 20_000
# When more wait, those that have waited longest are dropped. While presence answers, few wait.
MAX_WAITING = 10_000
# After an outage nobody is notified of messages that are older.
STALE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`customers` and `engineers`: the participants without the author, at least one; customers are ids with names. `card` makes the
    session's card, which is needed only when somebody is notified."""

    desk_id: str
    session_id: str
    author_id: str
    author_name: str
    revision: int
    at: datetime
    customers: tuple[tuple[str, str], ...]
    engineers: tuple[str, ...]
    card: Callable[[], Card]

    @property
    def readers(self) -> list[str]:
        return [*(id for id, _ in self.customers), *self.engineers]


# The session, the author, and whether customers read it.
_Key = tuple[str, str, bool]


class _Waiting(NamedTuple):
    """`due`: by the event loop's clock."""

    message: NewMessage
    due: float
    done: asyncio.Future[None]


class Messages:
    """Nothing waits for it but the commit of the messages' offsets."""

    def __init__(self, engineers: Engineers, notifying: Notifying, clock: Clock, metrics: Metrics) -> None:
        self._engineers, self._notifying, self._clock = engineers, notifying, clock
        self._waiting: dict[_Key, _Waiting] = {}
        self._shown = _Shown()
        self._sooner, self._wakes_at = asyncio.Event(), math.inf
        self._dropped = metrics.counter("messages_dropped_total", "Messages that too many others waited after, so that they notify nobody")
        self._seen = metrics.counter("messages_shown_total", "Readers of messages who had the chat on screen and were not notified")
        metrics.gauge("messages_waiting", "Messages that wait for their notifications").set_function(lambda: len(self._waiting))

    def posted(self, message: NewMessage) -> asyncio.Future[None]:
        """Done when its notifications are saved, when a later message of its author to the same side replaces it, or when it is dropped."""
        # A note to the engineers does not replace a message that the customer waits for.
        key = message.session_id, message.author_id, bool(message.customers)
        if (found := self._waiting.get(key)) and found.message.revision > message.revision:
            return found.done
        due = self._due(message)
        if found:
            due = min(due, found.due)
            self._end(key)
        elif len(self._waiting) >= MAX_WAITING:
            self._end(next(iter(self._waiting)))
            self._dropped.inc()
        waiting = self._waiting[key] = _Waiting(message, due, asyncio.get_running_loop().create_future())
        if due < self._wakes_at:
            self._sooner.set()
        return waiting.done

    async def run(self) -> None:
        """Runs in a Loop of every replica. What could not be placed is placed first after a restart of the Loop."""
        while True:
            oldest, now = self._clock.now() - STALE_AFTER, _now()
            for key in [key for key, waiting in self._waiting.items() if waiting.message.at < oldest]:
                self._end(key)
            due = {key: waiting for key, waiting in self._waiting.items() if waiting.due <= now}
            if not due:
                await self._until_due()
                continue
            await self._notify([waiting.message for waiting in due.values()])
            for key, waiting in due.items():
                if self._waiting.get(key) is waiting:
                    self._end(key)

    def _due(self, message: NewMessage) -> float:
        now = _now()
        shown = all(self._shown.has(message.session_id, reader, now) for reader in message.readers)
        gather = SHOWN_GATHER_SECONDS if shown else GATHER_SECONDS
        # A multiple, so that messages of one time are due together.
        return (now // gather + 1) * gather

    async def _until_due(self) -> None:
        """Until a message is due. One that arrives wakes it only if it is due sooner."""
        self._wakes_at = min((waiting.due for waiting in self._waiting.values()), default=math.inf)
        self._sooner.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(None if self._wakes_at == math.inf else self._wakes_at):
                await self._sooner.wait()

    def _end(self, key: _Key) -> None:
        self._waiting.pop(key).done.set_result(None)

    async def _notify(self, messages: Sequence[NewMessage]) -> None:
        by_desk = defaultdict[str, list[NewMessage]](list)
        for message in messages:
            by_desk[message.desk_id].append(message)
        for desk_id, posted in by_desk.items():
            pages = await self._notifying.pages(desk_id, {reader for message in posted for reader in message.readers})
            away = [(message, self._without_chat(message, pages)) for message in posted]
            await self._notify_those([(message, readers) for message, readers in away if readers], pages)

    def _without_chat(self, message: NewMessage, pages: dict[str, list[Page]]) -> set[str]:
        """The readers who do not have the chat on screen."""
        now, without = _now(), set[str]()
        for reader in message.readers:
            shown = shows(pages.get(reader, ()), message.session_id) is not None
            self._shown.put(message.session_id, reader, now, shown)
            if shown:
                self._seen.inc()
            else:
                without.add(reader)
        return without

    async def _notify_those(self, messages: Sequence[tuple[NewMessage, set[str]]], pages: dict[str, list[Page]]) -> None:
        engineers = {id for message, readers in messages for id in message.engineers if id in readers}
        found = await self._engineers.of_ids(sorted(engineers)) if engineers else {}
        # The notification of the latest message of a session replaces those of the messages before it.
        asks = dict[tuple[str, str], Ask]()
        for message, readers in messages:
            recipients = [Recipient(id, name, False) for id, name in message.customers if id in readers]
            those = [found[id] for id in message.engineers if id in readers and id in found]
            recipients += [
                Recipient(engineer.id, engineer.name, True, presence) for engineer, presence, _ in those if not engineer.disabled
            ]
            card = message.card()
            for recipient in recipients:
                asks[message.session_id, recipient.id] = _ask(message, card, recipient)
        if asks:
            await self._notifying.notify(list(asks.values()), pages)


class _Shown:
    """The readers who had a session on screen when presence was last asked, and when that was, by the event loop's clock."""

    def __init__(self) -> None:
        self._asked_at: dict[tuple[str, str], float] = {}

    def has(self, session_id: str, person_id: str, now: float) -> bool:
        return self._asked_at.get((session_id, person_id), -math.inf) > now - SHOWN_FOR

    def put(self, session_id: str, person_id: str, now: float, shown: bool) -> None:
        self._asked_at.pop((session_id, person_id), None)
        if shown:
            self._asked_at[session_id, person_id] = now
            if len(self._asked_at) > MAX_SHOWN:
                del self._asked_at[next(iter(self._asked_at))]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _ask(message: NewMessage, card: Card, recipient: Recipient) -> Ask:
    content = about_message(card, message.author_id, message.author_name)
    id = f"{message.session_id}:{Kind.MESSAGE.value}:{recipient.id}:{message.revision}"
    return Ask(id, message.desk_id, message.session_id, Kind.MESSAGE, 0, content, recipient)
