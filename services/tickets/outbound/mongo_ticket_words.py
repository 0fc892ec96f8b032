"""The words by which searches find tickets: collection `ticket_words`, one document for each word of a ticket:
`{_id: "<ticket_id>\\n<word>", ticket_id, key: "<desk_id>\\n<word>\\n<ticket_id>", revision}`.

The key has all that a search compares, because the embedded store uses only the first field of an index, and none for lists. A ticket has
at most MAX_WORDS words.
"""

from collections.abc import Sequence

from pymongo import ASCENDING, DeleteMany, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.mongo import Document, Mongo, is_duplicate
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import searched_words

COLLECTION = "ticket_words"
INDEXES = {COLLECTION: [IndexModel([("key", ASCENDING)]), IndexModel([("ticket_id", ASCENDING)])]}
# Words of more tickets are frequent: a list in its order meets such tickets often.
MAX_FOUND = 1_000
# The last code point: every word that begins with a text is below the text with it.
LAST = "\U0010ffff"


class TicketWords:
    """Any replica may write the words of the same ticket at any time. Raises PyMongoError."""

    def __init__(self, mongo: Mongo) -> None:
        self._words = mongo.database[COLLECTION]

    async def add(self, tickets: Sequence[Ticket]) -> None:
        """Before the tickets are saved in the list. Words that a later revision has added stay as they are."""
        written = [_word(ticket, word) for ticket in tickets for word in searched_words(ticket)]
        if written:
            try:
                await self._words.bulk_write(written, ordered=False)
            except BulkWriteError as error:
                # This or a later revision has the word: the condition fails, and the upsert tries to insert a second one.
                if not is_duplicate(error):
                    raise

    async def remove_outdated(self, tickets: Sequence[Ticket]) -> None:
        """After the tickets were saved. A slow writer of an earlier revision may leave words; they find the ticket, which is then compared
        with the search."""
        if tickets:
            await self._words.bulk_write([_outdated(ticket) for ticket in tickets], ordered=False)

    async def tickets_of(self, desk_id: str, words: Sequence[str]) -> list[str] | None:
        """The ids of the tickets that have a word with one of these beginnings, the first that fewer than MAX_FOUND have. None without such
        a word."""
        for word in words:
            start = f"{desk_id}\n{word}"
            wanted: Document = {"key": {"$gte": start, "$lt": start + LAST}}
            found = await self._words.find(wanted, {"ticket_id": 1}).limit(MAX_FOUND).to_list(MAX_FOUND)
            if len(found) < MAX_FOUND:
                return list({document["ticket_id"]: None for document in found})
        return None


def _word(ticket: Ticket, word: str) -> UpdateOne:
    fields = {"ticket_id": ticket.id, "key": f"{ticket.desk_id}\n{word}\n{ticket.id}", "revision": ticket.revision}
    return UpdateOne({"_id": f"{ticket.id}\n{word}", "revision": {"$lt": ticket.revision}}, {"$set": fields}, upsert=True)


def _outdated(ticket: Ticket) -> DeleteMany:
    own = [f"{ticket.id}\n{word}" for word in searched_words(ticket)]
    return DeleteMany({"ticket_id": {"$eq": ticket.id}, "_id": {"$nin": own}, "revision": {"$lte": ticket.revision}})
