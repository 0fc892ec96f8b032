"""A thousand deadlines fall due at once while the replicas that fire them crash (spec 3.13)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from parley.chat.v1 import chat_pb2 as pb
from parley.tickets.v1.directory_pb2 import PERSON_KIND_ENGINEER, DirectoryEntry, DirectoryPerson
from servicekit.faults import NoFaults
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_broker import Broker
from servicekit.kafka_records import Received
from servicekit.kafka_topics import CHAT
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from services.chat.domain import chain
from services.chat.domain.deadlines import Limits
from services.chat.domain.events import Entry, Offer
from services.chat.domain.people import NO_CONTACT, CustomerFacts, Person, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.handlers.build import build
from services.chat.outbound.mongo_claims import MongoClaims
from services.chat.outbound.mongo_session_log import MongoSessionLog, converter
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.outbound.mongo_unpublished import MongoUnpublished
from services.chat.wiring import INDEXES
from tests.adapters.chat.running import EVERYTHING, House
from tests.adapters.chat.story import state
from tests.fakes.chat.desk import AVA, DESK, MOST, VPN, Desk
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until

EACH = 500


class BlocksAt:
    """Blocks until the process ends when `point` is reached for the `visit`-th time; the test then kills the process."""

    def __init__(self, point: str, visit: int) -> None:
        self.point, self.left, self.seen = point, visit, asyncio.Event()

    async def reached(self, point: str) -> None:
        if point != self.point:
            return
        self.left -= 1
        if self.left <= 0:
            self.seen.set()
            await asyncio.Event().wait()


class RecordingRelay:
    """A relay that records the committed sessions, so that the test can update the lists all at once."""

    def __init__(self) -> None:
        self.committed_sessions: list[ChatSession] = []

    def committed(self, entry: Entry, session: ChatSession) -> None:
        self.committed_sessions.append(session)

    async def has_published(self, desk_id: str, session_id: str, up_to: int) -> bool:
        return True


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str, clock: TurnedClock) -> AsyncIterator[House]:
    house = House(tmp_path, engine_settings, unique, clock)
    house.environ["PARLEY_CHAT_SWEEP_SECONDS"] = "0.5"
    # Without access, Ava would be removed from her push chats before they expire.
    ava = DirectoryPerson(id=AVA.person.id, desk_id=DESK, kind=PERSON_KIND_ENGINEER, name=AVA.person.name, access=EVERYTHING)
    house.peers.entries.append(DirectoryEntry(revision=1, person=ava))
    async with house.peers_up():
        yield house


@pytest.fixture
async def mongo(house: House) -> AsyncIterator[Mongo]:
    mongo = Mongo(house.environ["PARLEY_MONGO"], house.environ["PARLEY_MONGO_PREFIX"], "chat", INDEXES)
    await mongo.start()
    await until(lambda: mongo.ready)
    yield mongo
    await mongo.stop()


@pytest.fixture
async def published(house: House) -> AsyncIterator[set[str]]:
    """The sessions whose deadline entry is in the topic, once or, after a crash, repeated."""
    published: set[str] = set()

    def received(record: Received) -> None:
        if pb.SessionChanged.FromString(record.value).entry.command_id.startswith("deadline:"):
            published.add(record.key)

    wait = float(house.environ["PARLEY_KAFKA_FETCH_WAIT"])
    reader = BroadcastReader(Broker(house.environ["PARLEY_KAFKA"]), wait, [CHAT], received, lambda: None, Metrics("test"))
    await reader.start()
    await until(lambda: reader.ready)
    yield published
    await reader.stop()


def batched(sessions: list[ChatSession], size: int) -> Iterable[list[ChatSession]]:
    return (sessions[start : start + size] for start in range(0, len(sessions), size))


async def open_waiting_chats(mongo: Mongo, clock: TurnedClock) -> None:
    """Opens EACH requests and EACH push chats at the same time, all unanswered, published and listed."""
    desk, relay = Desk(clock), RecordingRelay()
    log, lists = MongoSessionLog(mongo, Metrics("chat"), NoFaults()), MongoSessions(mongo)
    chats = build(
        replace(desk.ports(relay), log=log, claims=MongoClaims(mongo), sessions=lists),
        clock=clock,
        faults=NoFaults(),
        limits=Limits(),
        metrics=Metrics("chat"),
        file_bytes=MOST,
    )
    customers = [Person(f"customer-{number}", f"Customer {number}", Side.CUSTOMER) for number in range(EACH)]
    for person in customers:
        desk.directory.people[DESK, person.id] = CustomerFacts(person, "acme", "service-desk", NO_CONTACT)
    request, push = chats.opening.request_chat, chats.opening.push_chat
    await asyncio.gather(
        *(request(Viewer(person, DESK, company_id="acme"), "open", "Printer is on fire", "") for person in customers),
        *(push(AVA, f"push-{number}", VPN.id, "Are you there?") for number in range(EACH)),
    )
    for some in batched(relay.committed_sessions, 100):
        await lists.project([(session, await chats.deadlines.next_due(session)) for session in some])
    await MongoUnpublished(mongo).mark_published([(session.id, session.revision) for session in relay.committed_sessions])


async def logs(mongo: Mongo) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    async for document in mongo.database["log"].find({}):
        found.setdefault(document["session_id"], []).append(converter.structure(document, Entry))
    return {id: sorted(log, key=lambda entry: entry.revision) for id, log in found.items()}


@pytest.mark.timeout(600)
async def test_a_thousand_deadlines_fire_once_each_while_the_replicas_that_fire_them_crash(
    house: House, mongo: Mongo, clock: TurnedClock, published: set[str]
) -> None:  # spec 3.13
    log, lists = mongo.database["log"], MongoSessions(mongo)
    crashes = [BlocksAt("entry_inserted", 15), BlocksAt("entry_inserted", 5), BlocksAt("entry_published", 5)]

    async def all_published() -> bool:
        return not await log.count_documents({"unpublished": {"$exists": True}})

    async with house.replica(crashes[0]) as first, house.replica(crashes[1]) as second:
        await open_waiting_chats(mongo, clock)
        await clock.advance(seconds=121)
        for crash in crashes[:2]:
            await crash.seen.wait()
        await second.kill()
        await first.kill()
    async with house.replica(crashes[2]) as third:
        await crashes[2].seen.wait()
        await third.kill()
    assert 0 < await log.count_documents({"kind": "deadline"}) < 2 * EACH, "the replicas did not crash while deadlines were firing"
    async with house.replica(), house.replica():
        await until(lambda: len(published) == 2 * EACH, seconds=240)
        await until(all_published)
        assert await lists.due(clock.now(), 1) == []

    sessions: dict[str, ChatSession | None] = {}
    for id, log_of_one in (await logs(mongo)).items():
        assert [(entry.revision, entry.kind == "deadline") for entry in log_of_one] == [(1, False), (2, True)]
        assert chain.verify(log_of_one) == 2
        sessions[id] = state(log_of_one)
    states = Counter((session.type, session.status, session.offer) for session in sessions.values() if session)
    assert states == {
        (ChatType.REQUEST, ChatStatus.WAITING, Offer.NOBODY_THERE): EACH,
        (ChatType.PUSH, ChatStatus.ABANDONED, Offer.NONE): EACH,
    }
    assert published == set(sessions)
