"""Publishes records on Kafka as the services do, for tests of frames to pages."""

from collections.abc import Awaitable, Callable
from typing import Any

from parley.chat.v1 import chat_pb2 as chat
from servicekit import kafka_topics as topics
from servicekit.kafka_records import Record
from tests.adapters.gateway.browser import Browser, Socket

Open = Callable[[str], Browser]
Publish = Callable[..., Awaitable[None]]
MIA = chat.Person(id="mia", name="Mia Torres", side=chat.SIDE_CUSTOMER)
AVA = chat.Person(id="ava", name="Ava Chen", side=chat.SIDE_ENGINEER)
WAITING, HANDLED, COMPLETED = chat.CHAT_STATUS_WAITING, chat.CHAT_STATUS_HANDLED, chat.CHAT_STATUS_COMPLETED


class Session:
    """Publishes a session of Mia's at Acme, one revision after the other."""

    def __init__(self, publish: Publish, desk_id: str, id: str = "s1", type: chat.ChatType.ValueType = chat.CHAT_TYPE_REQUEST) -> None:
        self._publish = publish
        self.card = chat.SessionCard(session_id=id, desk_id=desk_id, type=type, status=WAITING, company_id="acme", board_id="service-desk")
        self.card.customer.CopyFrom(MIA)
        self.card.creator.CopyFrom(MIA if type == chat.CHAT_TYPE_REQUEST else AVA)
        self.card.participants.append(self.card.creator)
        self.card.contact.phone = "+6491234567"

    def record(self, *events: chat.SessionEvent, **card: Any) -> Record:
        self.card.revision += 1
        for name, value in card.items():
            if name == "participants":
                del self.card.participants[:]
                self.card.participants.extend(value)
            else:
                setattr(self.card, name, value)
        entry = chat.SessionEntry(session_id=self.card.session_id, revision=self.card.revision, by=AVA, events=events)
        value = chat.SessionChanged(entry=entry, card=self.card).SerializeToString()
        headers = {"desk": self.card.desk_id, "company": "acme", "board": "service-desk", "people": "mia", "kind": "message_posted"}
        return Record(topics.CHAT.name, self.card.session_id, value, headers)

    def written(self, text: str) -> Record:
        """Returns the record of an entry with only a message, marked as such in its headers."""
        record = self.record(message(text))
        same = {"card": "same", "revision": str(self.card.revision), "at": str(self.card.modified_at.ToMilliseconds())}
        people = ",".join(person.id for person in self.card.participants)
        return Record(record.topic, record.key, record.value, {**record.headers, **same, "people": people})

    async def publishes(self, *events: chat.SessionEvent, **card: Any) -> None:
        await self._publish(self.record(*events, **card))


def message(text: str) -> chat.SessionEvent:
    return chat.SessionEvent(message_posted=chat.MessagePosted(message_id=text, text=text))


async def tags_until(socket: Socket, tag: str, **fields: Any) -> list[str]:
    """Returns the tags of all frames up to this one, without the periodic ones (beats and digests)."""
    del socket.frames[:]
    await socket.receive(tag, **fields)
    return [frame["t"] for frame in socket.frames if frame["t"] not in ("serverBeat", "digest")]
