"""The ports of tickets, in memory and on the chosen store. Both must pass the same tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from servicekit.mongo import Mongo
from services.tickets.outbound.mongo_directory import MongoDirectory
from services.tickets.outbound.mongo_erasures import MongoErasures
from services.tickets.outbound.mongo_sign_ins import MongoSignIns
from services.tickets.outbound.mongo_ticket_list import MongoNumbers, MongoTicketList
from services.tickets.outbound.mongo_ticket_log import MongoTicketLog
from services.tickets.outbound.ticket_files import files_of
from services.tickets.ports import Directory, Erasures, Files, Numbers, SignIns, TicketList, TicketLog
from services.tickets.wiring import INDEXES
from tests.fakes.waiting import until
from tests.unit.tickets.fake_erasures import FakeErasures
from tests.unit.tickets.fake_files import FakeFiles
from tests.unit.tickets.fake_ticket_list import FakeTicketList
from tests.unit.tickets.fakes import FakeDirectory, FakeNumbers, FakeSignIns, FakeTicketLog


@dataclass(frozen=True)
class Ports:
    log: TicketLog
    listed: TicketList
    numbers: Numbers
    files: Files
    directory: Directory
    sign_ins: SignIns
    erasures: Erasures


@pytest.fixture
async def mongo(mongo_url: str, mongo_prefix: str) -> AsyncIterator[Mongo]:
    mongo = Mongo(mongo_url, mongo_prefix, "tickets", INDEXES)
    await mongo.start()
    await until(lambda: mongo.ready)
    yield mongo
    await mongo.stop()


@pytest.fixture(params=["fake", "store"])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "fake":
        log = FakeTicketLog()
        return Ports(log, FakeTicketList(log), FakeNumbers(), FakeFiles(), FakeDirectory(), FakeSignIns(), FakeErasures())
    mongo: Mongo = request.getfixturevalue("mongo")
    return Ports(
        MongoTicketLog(mongo),
        MongoTicketList(mongo),
        MongoNumbers(mongo),
        files_of(mongo),
        MongoDirectory(mongo),
        MongoSignIns(mongo),
        MongoErasures(mongo),
    )
