"""The live sessions of customers, whose pages ask for them at the same time: the MongoDB adapter, and the fake in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from servicekit.mongo import Mongo
from services.chat.domain.people import Person, Side
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatType
from services.chat.outbound import mongo_sessions
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.ports import SessionQuery, Sessions
from tests.adapters.chat.story import DESK, NINE, completing, opening, state, taking
from tests.fakes.chat.lists import FakeSessions

CUSTOMERS = [f"customer{number}" for number in range(5)]


@pytest.fixture(params=["fake", "store"])
def sessions(request: pytest.FixtureRequest) -> Sessions:
    if request.param == "fake":
        return FakeSessions()
    mongo: Mongo = request.getfixturevalue("mongo")
    return MongoSessions(mongo)


def of(customer_id: str, session: ChatSession, minute: int = 0, **changes: Any) -> tuple[ChatSession, None]:
    customer = Person(customer_id, customer_id, Side.CUSTOMER)
    return replace(session, customer=customer, opened_at=NINE + timedelta(minutes=minute), **changes), None


async def asked_at_once(sessions: Sessions, size: int = 50, desk_id: str = DESK) -> list[list[str]]:
    queries = [SessionQuery(desk_id, seen_by=id, customer_id=id, live=True) for id in CUSTOMERS]
    found = await asyncio.gather(*(sessions.find(query, size) for query in queries))
    return [[session.id for session in page.sessions] for page in found]


async def test_customers_who_ask_at_once_get_their_own_live_sessions_newest_first(sessions: Sessions) -> None:  # spec 2.10
    ended = [opening("ended"), taking("ended", 2), completing("ended", 3)]
    push = state([opening("push", type=ChatType.PUSH)])
    await sessions.project(
        [
            of(CUSTOMERS[0], state([opening("first")])),
            of(CUSTOMERS[0], state([opening("second", ticket_id="t7")]), minute=1),
            of(CUSTOMERS[1], state(ended), participants=()),
            # A waiting push chat is shown to its customer, and to nobody else but its sender (spec 2.9).
            of(CUSTOMERS[2], push),
            of(CUSTOMERS[3], state([opening("elsewhere", desk_id="other")])),
            of("somebody else", state([opening("of somebody else")])),
        ]
    )

    assert await asked_at_once(sessions) == [["second", "first"], [], ["push"], [], []]
    assert await asked_at_once(sessions, desk_id="other") == [[], [], [], ["elsewhere"], []]


async def test_a_customer_with_more_than_a_page_gets_a_page_and_its_token(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [of(CUSTOMERS[0], state([opening(f"s{number}")]), number) for number in range(4)]
    await sessions.project([*many, of(CUSTOMERS[1], state([opening("other")]))])
    query = SessionQuery(DESK, seen_by=CUSTOMERS[0], customer_id=CUSTOMERS[0], live=True)

    for most in (mongo_sessions.MOST_OF_CUSTOMERS, 2):
        # With 2 the store has more sessions than customers may get together, so each is read alone.
        monkeypatch.setattr(mongo_sessions, "MOST_OF_CUSTOMERS", most)
        assert await asked_at_once(sessions) == [["s3", "s2", "s1", "s0"], ["other"], [], [], []]
        page = await sessions.find(query, 3)
        rest = await sessions.find(query, 3, page.next_token)
        assert [[session.id for session in one.sessions] for one in (page, rest)] == [["s3", "s2", "s1"], ["s0"]]


async def test_the_queries_of_many_customers_are_gathered(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = MongoSessions(mongo)
    collection, filters = sessions._collection, list[Any]()

    class Counted:
        def find(self, condition: Any, *others: Any) -> Any:
            filters.append(condition)
            return collection.find(condition, *others)

    monkeypatch.setattr(sessions, "_collection", Counted())
    await asked_at_once(sessions)

    asked: Sequence[Any] = [condition["customer.id"] for condition in filters]
    assert asked == [{"$eq": CUSTOMERS[0]}, {"$in": CUSTOMERS[1:]}] or asked == [{"$in": CUSTOMERS}]
