"""Reads from a ticket's log what the list of tickets needs: the words of its notes (spec 9.1), and whether erasing changed them."""

from pymongo import ASCENDING

from servicekit.mongo import Document, Mongo
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_words import MAX_COMMITS, TicketWords, WordCollector
from services.tickets.outbound import mongo_ticket_log
from services.tickets.outbound.ticket_documents import ticket_from_document

AT_ONCE = 50
# The embedded store cannot read parts of a list.
FIELDS = {"revision": 1, "lines": 1}


class NoteWords:
    """Reads a part of the log at a time, and no more than the words need. Raises PyMongoError."""

    def __init__(self, mongo: Mongo) -> None:
        self._log = mongo.database[mongo_ticket_log.COLLECTION]

    async def of(self, ticket: Ticket) -> TicketWords:
        """As of the ticket's revision."""
        collected, above, read = WordCollector(ticket), 0, 0
        while not collected.full and read < MAX_COMMITS:
            wanted = {"ticket_id": {"$eq": ticket.id}, "revision": {"$gt": above, "$lte": ticket.revision}}
            found = await self._log.find(wanted, FIELDS).sort("revision", ASCENDING).limit(AT_ONCE).to_list(AT_ONCE)
            for line in (line for commit in found for line in commit["lines"] if line["kind"] == "note"):
                collected.add(_texts(line), internal=line["internal"])
            if len(found) < AT_ONCE:
                break
            above, read = found[-1]["revision"], read + len(found)
        return collected.words()

    async def erasures(self, ticket_id: str) -> int:
        """How often erasing people has replaced commits of the ticket (spec 10.6). What was read before the number grew is outdated."""
        replaced = self._log.find({"ticket_id": {"$eq": ticket_id}, "replaced": {"$exists": True}}, {"replaced": 1})
        return sum([commit["replaced"] async for commit in replaced])

    async def now(self, ticket: Ticket) -> Ticket:
        """The ticket at its revision, as the log has it now."""
        found = await self._log.find_one({"ticket_id": {"$eq": ticket.id}, "revision": {"$eq": ticket.revision}}, {"ticket": 1})
        return ticket_from_document(found["ticket"]) if found else ticket


def _texts(note: Document) -> list[str]:
    return [note["text"], *(file["name"] for file in note.get("attachments", ()))]
