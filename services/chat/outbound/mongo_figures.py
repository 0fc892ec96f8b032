"""What the figures count, read from the projection of sessions in MongoDB (mongo_sessions.py).

The projection has one document per session, which every entry of the log brings up to date, also after a crash and with any number of
replicas. So counting its documents is exact. Incremented counters would not be: the store has no transaction that joins them with the log,
and a session moves between companies and boards.

The index of desk_id and opened_at serves the query; it reads a day's sessions of one desk, and only the fields below.
"""

from datetime import datetime

from pymongo import DESCENDING

from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Document, Mongo, store_errors
from services.chat.domain.events import Solved
from services.chat.domain.figures import CountedChat
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.outbound.mongo_sessions import COLLECTION

# The embedded store returns nothing for the path feedback.solved.
FIELDS = dict.fromkeys(
    ("company_id", "board_id", "opened_at", "type", "voided", "status", "statuses", "handled_at", "closed_at", "feedback"), 1
)
# The loop answers other calls between two batches.
BATCH = 250


class MongoFigures:
    """The port FigureSource."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]

    async def chats(self, desk_id: str, start: datetime, end: datetime) -> list[CountedChat]:
        condition = {"desk_id": {"$eq": desk_id}, "opened_at": {"$gte": to_ms(start), "$lt": to_ms(end)}}
        with store_errors():
            found = self._collection.find(condition, FIELDS).sort([("opened_at", DESCENDING), ("id", DESCENDING)]).batch_size(BATCH)
            return [_chat(document) async for document in found if _counts(document)]


def _counts(document: Document) -> bool:
    return document["type"] == ChatType.REQUEST and not document["voided"]


def _chat(document: Document) -> CountedChat:
    first, *rest = document["statuses"]
    waited = first[0] == ChatStatus.WAITING and rest
    handled_at, closed_at = document["handled_at"], document["closed_at"]
    completed = document["status"] == ChatStatus.COMPLETED and handled_at is not None and closed_at is not None
    # Absent in documents of earlier versions.
    feedback = document.get("feedback")
    return CountedChat(
        company_id=document["company_id"],
        board_id=document["board_id"],
        opened_at=from_ms(document["opened_at"]),
        outcome=ChatStatus(rest[0][0] if waited else first[0]),
        waited_until=from_ms(rest[0][1]) if waited else None,
        duration=(closed_at - handled_at) // 1000 if completed else None,
        solved=Solved(feedback["solved"]) if feedback else None,
    )
