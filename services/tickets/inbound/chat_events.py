"""What tickets consumes of parley.chat.v1: sessions that ended with a wish for a ticket (spec 4.2)."""

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Received
from servicekit.kafka_workers import Unfinished
from servicekit.tracing import span
from services.tickets.contract import ended_chat_from
from services.tickets.handlers.chat_log_attacher import ChatLogAttacher

WISHES = frozenset({"ticket_wished", "ticket_asked_again"})


# tickets does not reconcile at start: until chat has consumed that the log is attached, a deadline of chat publishes
# ticket_asked_again. So chat publishes a lost wish again.
async def consume(attacher: ChatLogAttacher, received: Received) -> Unfinished:
    """Returns what attaches a log with files: the record is finished after it, and the records that follow do not wait."""
    # Only ended sessions have a wish. The header `kind` names the entry's first event alone.
    if received.headers.get("status") != "completed":
        return None
    changed = pb.SessionChanged.FromString(received.value)
    wish = next((event for event in changed.entry.events if event.WhichOneof("event") in WISHES), None)
    if wish is None:
        return None
    # A record of ticket_asked_again also has the wish, except those of an earlier release of chat.
    wished = wish.ticket_wished if wish.HasField("ticket_wished") else changed.wish
    chat = ended_chat_from(changed.card, wished) if wished.WhichOneof("wish") else None
    with span("attach chat log", session=changed.entry.session_id):
        return await attacher.attach(received.headers.get("desk", ""), changed.entry.session_id, chat)
