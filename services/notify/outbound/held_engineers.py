"""The online engineers that this replica has read and that have not changed since, so that a new chat need not wait for the store.

An entry is what the store returned. A record that says that the engineer has changed removes it: what the engineer is by then is read from
the store, which a chat's alerts are compared with after their first save. So an entry is never newer than the store, and older only while
its record is on its way. Every replica consumes these records, because any of them may write the change.
"""

from collections.abc import Callable, Iterable

from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.kafka_records import Received
from servicekit.kafka_topics import DIRECTORY, PRESENCE
from services.notify.contract import presence_from
from services.notify.domain.access import sees_company
from services.notify.domain.card import Card
from services.notify.domain.decision import ONLINE
from services.notify.domain.session_alert import EngineerWithPresence

# About 1 kB each, and 200 bytes for the latest record of a person.
MAX_HELD, MAX_RECORDS = 10_000, 20_000
KINDS = {PRESENCE.name: "presence_changed", DIRECTORY.name: "person"}


class HeldEngineers:
    """`subscribed`: whether the records of all changes are consumed here. Until then nobody is held."""

    def __init__(self, subscribed: Callable[[], bool] = lambda: False) -> None:
        self.subscribed = subscribed
        # By desk and id.
        self._desks: dict[str, dict[str, EngineerWithPresence]] = {}
        self._desk_of: dict[str, str] = {}
        # The latest record of a topic about a person, by both: a read may return what was before it.
        self._latest: dict[tuple[str, str], bytes] = {}

    def of(self, card: Card) -> list[EngineerWithPresence] | None:
        """Those of the card's desk who may see its company; None while nobody of the desk is held."""
        held = self._desks.get(card.desk_id)
        if not held or not self.subscribed():
            return None
        return [each for each in held.values() if sees_company(each.engineer, card)]

    def read(self, card: Card, found: Iterable[EngineerWithPresence]) -> None:
        """What the store returned for this card. Those it did not return are no longer online, or may no longer see the company."""
        online = {each.engineer.id: each for each in found if each.presence is not None and each.presence.presence == ONLINE}
        for each in self.of(card) or ():
            if each.engineer.id not in online:
                self.forget(each.engineer.id)
        for id, each in online.items():
            if self.subscribed() and self._is_newest(each) and (id in self._desk_of or len(self._desk_of) < MAX_HELD):
                self.forget(id)
                self._desk_of[id] = each.engineer.desk_id
                self._desks.setdefault(each.engineer.desk_id, {})[id] = each

    def consume(self, record: Received) -> None:
        """Of parley.presence.v1 and parley.directory.v1, a broadcast: somebody has changed."""
        if record.headers.get("kind") != KINDS[record.topic]:
            return
        id = record.headers["people"] if record.topic == PRESENCE.name else record.key.partition(":")[2]
        self._latest.pop((record.topic, id), None)
        self._latest[record.topic, id] = record.value
        if len(self._latest) > MAX_RECORDS:
            del self._latest[next(iter(self._latest))]
        if (desk_id := self._desk_of.get(id)) is not None and not self._is_newest(self._desks[desk_id][id]):
            self.forget(id)

    def forget(self, person_id: str) -> None:
        """Somebody was changed by this replica."""
        if (desk_id := self._desk_of.pop(person_id, None)) is not None:
            del self._desks[desk_id][person_id]

    def clear(self) -> None:
        """Records may have been missed."""
        for table in (self._desks, self._desk_of, self._latest):
            table.clear()

    def _is_newest(self, each: EngineerWithPresence) -> bool:
        presence_record, person_record = (self._latest.get((topic, each.engineer.id)) for topic in (PRESENCE.name, DIRECTORY.name))
        if presence_record is not None and each.presence is not None:
            fact = presence_from(presence.PresenceChanged.FromString(presence_record).presence)
            if fact is not None and fact.revision > each.presence.revision:
                return False
        return person_record is None or directory.DirectoryEntry.FromString(person_record).revision <= each.engineer.revision
