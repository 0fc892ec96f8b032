"""What tickets hears from parley.chat.v1: chats that ended and wish for a ticket (spec 4.2)."""

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Received
from servicekit.tracing import span
from services.tickets.handlers.chat_log_attacher import ChatLogAttacher

WISHES = frozenset({"ticket_wished", "ticket_asked_again"})


class ChatEvents:
    def __init__(self, attacher: ChatLogAttacher) -> None:
        self._attacher = attacher

    # Nothing rests on Kafka keeping a record: chat asks again by a deadline of its own until it has heard of the log, so
    # a wish that was made while we were away, or that the broker forgot, comes again. That is why nothing is reconciled.
    async def handle(self, received: Received) -> None:
        # Only ended sessions wish for a ticket; `kind` names no more than the entry's first event.
        if received.headers.get("status") != "completed":
            return
        entry = pb.SessionChanged.FromString(received.value).entry
        if any(event.WhichOneof("event") in WISHES for event in entry.events):
            with span("attach chat log", session=entry.session_id):
                await self._attacher.attach(received.headers.get("desk", ""), entry.session_id)
