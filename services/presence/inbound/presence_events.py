"""What every replica consumes of parley.presence.v1: presence for WatchPresence, and changed desk settings."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from parley.presence.v1 import presence_pb2 as pb
from servicekit.desk_settings import SettingsChanges
from servicekit.kafka_records import Received
from services.presence.contract import PRESENCE_CHANGED, SETTINGS_CHANGED


class Watcher:
    """One stream of WatchPresence.

    It keeps the newest change of each person until the stream takes it, so a slow reader costs no memory. `stale`: changes may be
    missing, so the stream reads everybody again.
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
        """Waits for changes. May return none when `stale` is set."""
        await self._some.wait()
        self._some.clear()
        changes, self._changes = list(self._changes.values()), {}
        return changes


class PresenceEvents:
    """Passes records on by the header `kind`, presence to the open streams of its person. Records of other kinds are not decoded."""

    def __init__(self, settings: SettingsChanges) -> None:
        self._settings = settings
        self._watchers: dict[str, set[Watcher]] = {}

    def consume(self, record: Received) -> None:
        """Raises DecodeError; the Kafka reader logs and counts it and continues with the next record. Does not wait."""
        kind = record.headers.get("kind")
        if kind == PRESENCE_CHANGED and (watchers := self._watchers.get(record.key)):
            presence = pb.PresenceChanged.FromString(record.value).presence
            for watcher in watchers:
                watcher.add(presence)
        elif kind == SETTINGS_CHANGED:
            self._settings.changed(pb.PresenceSettingsChanged.FromString(record.value).desk_id)

    def resync(self) -> None:
        """Records may be missing."""
        for watcher in {watcher for watchers in self._watchers.values() for watcher in watchers}:
            watcher.mark_stale()
        self._settings.resync()

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
