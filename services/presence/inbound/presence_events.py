"""Changes that any replica said, for those who watch people through this one (WatchPresence)."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from parley.presence.v1 import presence_pb2 as pb
from servicekit.kafka_records import Received


class Watcher:
    """One stream. Of each person only the newest change is kept until it is taken, so a slow reader costs no memory.

    `stale`: something may have been missed, ask for all again.
    """

    def __init__(self, desk_id: str, person_ids: Sequence[str]) -> None:
        self.desk_id, self.person_ids = desk_id, frozenset(person_ids)
        self.stale = False
        self._changes: dict[str, pb.PersonPresence] = {}
        self._some = asyncio.Event()

    def add(self, presence: pb.PersonPresence) -> None:
        if presence.desk_id == self.desk_id:
            self._changes[presence.person_id] = presence
            self._some.set()

    def mark_stale(self) -> None:
        self.stale = True
        self._some.set()

    async def take(self) -> list[pb.PersonPresence]:
        """Waits for news; empty when all must be asked for again."""
        await self._some.wait()
        self._some.clear()
        changes, self._changes = list(self._changes.values()), {}
        return changes


class PresenceWatchers:
    """Hears that somebody's presence changed; never waits."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[Watcher]] = {}

    def consume(self, record: Received) -> None:
        watchers = self._watchers.get(record.key)
        if not watchers:
            return
        presence = pb.PresenceChanged.FromString(record.value).presence
        for watcher in watchers:
            watcher.add(presence)

    def jumped(self) -> None:
        for watcher in {watcher for watchers in self._watchers.values() for watcher in watchers}:
            watcher.mark_stale()

    @contextmanager
    def watching(self, desk_id: str, person_ids: Sequence[str]) -> Iterator[Watcher]:
        watcher = Watcher(desk_id, person_ids)
        for person_id in watcher.person_ids:
            self._watchers.setdefault(person_id, set()).add(watcher)
        try:
            yield watcher
        finally:
            for person_id in watcher.person_ids:
                self._watchers[person_id].discard(watcher)
                if not self._watchers[person_id]:
                    del self._watchers[person_id]
