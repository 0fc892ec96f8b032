"""The command that has the words of tickets saved anew."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

from servicekit.mongo import Mongo
from services.tickets.domain.ticket_list import TicketQuery
from services.tickets.outbound.mongo_ticket_list import MongoTicketList
from stack.services import ROOT
from tests.adapters.tickets.test_ticket_list import EVERYTHING
from tests.unit.tickets.desk import a_ticket


async def test_tickets_whose_words_were_lost_are_found_again(
    mongo: Mongo, engine_settings: dict[str, str], mongo_prefix: str
) -> None:  # spec 9.1
    listed, printers = MongoTicketList(mongo), TicketQuery(visibility=EVERYTHING, words=("printer",))
    for number in (1, 2):
        await listed.project(a_ticket(id=f"t{number}", number=number))
        await mongo.database["ticket_words"].delete_many({"ticket_id": {"$eq": f"t{number}"}})
    # A word that the ticket does not have any more.
    await mongo.database["ticket_words"].insert_one({"_id": "t1\nfax", "ticket_id": "t1", "key": "harbour\nfax\nt1", "revision": 1})
    assert (await listed.find(printers)).total == 0

    environ = {**os.environ, **engine_settings, "PARLEY_MONGO_PREFIX": mongo_prefix}
    command = (sys.executable, "-m", "services.tickets.reindex")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=PIPE)
    printed, _ = await process.communicate()
    assert (process.returncode, printed.decode().partition(".")[0]) == (0, "2 tickets are marked")
    assert (await listed.find(TicketQuery(visibility=EVERYTHING))).total == 2
    # A running replica does this each minute.
    await listed.complete()

    assert {ticket.id for ticket in (await listed.find(printers)).tickets} == {"t1", "t2"}
    assert await mongo.database["ticket_words"].count_documents({"_id": "t1\nfax"}) == 0
    assert await mongo.database["tickets"].count_documents({"folded": {"$gte": ""}}) == 0
