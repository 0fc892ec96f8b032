"""The client of the services that store data of people beside tickets: chat, presence and notify. Calls carry the token of tickets."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from grpc.aio import Channel

from parley.chat.v1 import chat_pb2
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.notify.v1 import delivery_pb2
from parley.notify.v1.delivery_pb2_grpc import DeliveryServiceStub
from parley.presence.v1 import presence_pb2
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from servicekit.errors import Kind, RemoteError, Unavailable
from servicekit.grpc_client import call, pages, stream
from services.tickets.ports import Record

SESSIONS_A_PAGE = 100
# Of a session: what says which chat it was; what was written in its title, by whom it was opened; and what only its customer gave.
OF_SESSION = ("sessionId", "type", "status", "openedAt", "closedAt", "companyName", "ticketNumber")
OF_OPENER, OF_CUSTOMER = ("title",), ("callback", "contact", "feedback")


class PersonDataClients:
    """The port PersonData. Raises RemoteError, or Unavailable while a service does not answer."""

    def __init__(self, chat: Channel, presence: Channel, notify: Channel) -> None:
        self._chat, self._presence, self._notify = ChatServiceStub(chat), PresenceServiceStub(presence), DeliveryServiceStub(notify)

    async def sessions(self, desk_id: str, person_id: str, *, customer: bool) -> AsyncIterator[Record]:
        # Chat finds the sessions of a customer, but those of an engineer only until they have left.
        request = chat_pb2.ListSessionsRequest(desk_id=desk_id, person_id=person_id if customer else "", page_size=SESSIONS_A_PAGE)
        async for page in pages(partial(call, self._chat.ListSessions), request):
            for card in page.cards:
                record = await self._session(desk_id, person_id, card)
                if customer or record["entries"]:
                    yield record

    async def _session(self, desk_id: str, person_id: str, card: chat_pb2.SessionCard) -> Record:
        of_customer = card.customer.id == person_id
        fields = OF_SESSION + (OF_OPENER if of_customer or card.creator.id == person_id else ()) + (OF_CUSTOMER if of_customer else ())
        shown, entries, more, after = _record(card), list[Record](), True, 0
        while more:
            request = chat_pb2.GetSessionRequest(desk_id=desk_id, session_id=card.session_id, after_revision=after)
            answer: chat_pb2.GetSessionResponse = await call(self._chat.GetSession, request)
            entries += [_own(entry) for entry in answer.session.entries if entry.by.id == person_id]
            more = answer.more and bool(answer.session.entries)
            after = answer.session.entries[-1].revision if more else after
        return {**{field: shown[field] for field in fields if field in shown}, "entries": entries}

    async def canned_replies(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        request = chat_pb2.ListCannedRepliesRequest(engineer_id=person_id, desk_id=desk_id)
        try:
            answer = await call(self._chat.ListCannedReplies, request)
        except RemoteError as error:
            if error.kind is Kind.PERMISSION_DENIED:
                raise Unavailable("This chat is of the version before; repeat it after the upgrade.") from error
            raise
        for reply in answer.own:
            yield _record(reply)

    async def presence(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        asked: dict[str, Any] = {"desk_id": desk_id, "person_ids": [person_id]}
        now = await call(self._presence.GetPresence, presence_pb2.GetPresenceRequest(**asked))
        open_pages = await call(self._presence.ListPages, presence_pb2.ListPagesRequest(**asked))
        for message in (*now.presences, *open_pages.pages):
            yield _record(message)

    async def notifications(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        request = delivery_pb2.GetPersonDataRequest(desk_id=desk_id, person_id=person_id)
        async for part in stream(self._notify.GetPersonData, request):
            if part.HasField("preferences"):
                yield {"preferences": _record(part.preferences)}
            for kind, messages in (("subscription", part.subscriptions), ("change", part.changes), ("delivery", part.deliveries)):
                for message in messages:
                    yield {kind: _record(message)}


def _own(entry: chat_pb2.SessionEntry) -> Record:
    record = _record(entry)
    return {"revision": entry.revision, "at": record["at"], "events": record.get("events", [])}


def _record(message: Message) -> Record:
    return MessageToDict(message)
