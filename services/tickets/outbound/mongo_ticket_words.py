"""The words by which searches find tickets: collection `ticket_words`, one document for each word of a ticket:
`{_id: "<ticket_id>\\n<word>", ticket_id, key: "<desk_id>\\n<word>\\n<ticket_id>", revision}`.

The key has all that a search compares, because the embedded store uses only the first field of an index, and none for lists. A word that
only internal notes have is stored with a "+" before it, so that searches of customers do not read it. A ticket has at most MAX_WORDS and
twice MAX_NOTE_WORDS words.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from pymongo import ASCENDING, DeleteMany, IndexModel
from pymongo.errors import BulkWriteError

from servicekit.mongo import Document, Mongo, is_duplicate
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_words import TicketWords

COLLECTION = "ticket_words"
INDEXES = {COLLECTION: [IndexModel([("key", ASCENDING)]), IndexModel([("ticket_id", ASCENDING)])]}
# Words that more stored words begin with are frequent. A list in its order meets tickets often that have all words of a search.
MAX_FOUND = 1_000
# Read of each frequent word, to find the few tickets that have several of them.
MAX_COMPARED = 10_000
# Before a word of internal notes. No word has it.
INTERNAL = "+"
# The last code point: every word that begins with a text is below the text with it.
LAST = "\U0010ffff"


WordsOfTickets = Sequence[tuple[Ticket, TicketWords]]


class MongoTicketWords:
    """Any replica may write the words of the same ticket at any time. Raises PyMongoError."""

    def __init__(self, mongo: Mongo) -> None:
        self._words = mongo.database[COLLECTION]

    async def ids_of(self, ticket_id: str) -> set[str]:
        """The ids of the stored words of a ticket."""
        found = self._words.find({"ticket_id": {"$eq": ticket_id}}, {"_id": 1})
        return {document["_id"] async for document in found}

    async def add(self, tickets: WordsOfTickets, stored: Collection[str] = ()) -> None:
        """Before the tickets are saved in the list. `stored`: ids of words that need not be added."""
        added = [
            {"_id": id, "ticket_id": ticket.id, "key": f"{ticket.desk_id}\n{word}\n{ticket.id}", "revision": ticket.revision}
            for ticket, words in tickets
            for id, word in _ids(ticket, words).items()
            if id not in stored
        ]
        if added:
            try:
                await self._words.insert_many(added, ordered=False)
            except BulkWriteError as error:
                # Another replica saves the same ticket.
                if not is_duplicate(error):
                    raise

    async def remove_outdated(self, tickets: WordsOfTickets, stored: AbstractSet[str] | None = None) -> None:
        """After the tickets were saved. Does nothing if all of `stored` are words of the tickets. Words of a slow writer of an earlier
        revision may stay: they find the ticket, which is then compared with the search. One that such a writer removes is added by the
        next save of the ticket, of which the relay makes one for each change."""
        if stored is None or stored - {id for ticket, words in tickets for id in _ids(ticket, words)}:
            await self._words.bulk_write([_outdated(ticket, words) for ticket, words in tickets], ordered=False)

    async def tickets_of(self, desk_id: str, words: Sequence[str], *, public: bool) -> list[str] | None:
        """The ids of fewer than MAX_FOUND tickets, among them all that have a word with each of these beginnings. None if there are more
        such tickets, or if the words are too frequent to know. `public`: without the words of internal notes."""
        if any(word.startswith(INTERNAL) for word in words):
            return []
        for word in words:
            found = await self._begun(desk_id, word, MAX_FOUND, public=public)
            if found is not None:
                return sorted(found)
        common: set[str] | None = None
        for word in words if len(words) > 1 else ():
            found = await self._begun(desk_id, word, MAX_COMPARED, public=public)
            if found is not None:
                common = found if common is None else common & found
                if len(common) < MAX_FOUND:
                    return sorted(common)
        return None

    async def _begun(self, desk_id: str, word: str, limit: int, *, public: bool) -> set[str] | None:
        """The tickets of the stored words that begin so; None if there are `limit` of them."""
        found = list[str]()
        for start in (f"{desk_id}\n{word}",) if public else (f"{desk_id}\n{word}", f"{desk_id}\n{INTERNAL}{word}"):
            wanted: Document = {"key": {"$gte": start, "$lt": start + LAST}}
            documents = await self._words.find(wanted, {"ticket_id": 1}).limit(limit).to_list(limit)
            found += [document["ticket_id"] for document in documents]
            if len(found) >= limit:
                return None
        return set(found)


def _ids(ticket: Ticket, words: TicketWords) -> Mapping[str, str]:
    """Id -> word, as they are stored."""
    return {f"{ticket.id}\n{word}": word for word in (*words.public, *(INTERNAL + word for word in words.internal))}


def _outdated(ticket: Ticket, words: TicketWords) -> DeleteMany:
    own = list(_ids(ticket, words))
    return DeleteMany({"ticket_id": {"$eq": ticket.id}, "_id": {"$nin": own}, "revision": {"$lte": ticket.revision}})
