"""Searches of engineers with access to many companies and many boards, of whose pairs few have sessions."""

from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorCollection

from servicekit.mongo import Mongo
from services.chat.outbound.mongo_history import MongoHistory
from services.chat.outbound.mongo_sessions import MongoSessions
from tests.adapters.chat.test_history import Searched, session

MANY = [f"c{number}" for number in range(20)]


async def test_a_search_looks_up_each_company_and_not_each_pair_of_company_and_board(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 2.10, 8.1, 10.9
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    await searched.add(session(1), session(2, company_id="globex"), session(3, board_id="projects"), session(4, board_id="secret"))
    await searched.add(session(5, company_id="acme-2"), session(6), session(7, desk_id="other"))
    access: dict[str, Any] = {"companies": frozenset({*MANY, "acme"}), "boards": frozenset({*MANY, "service-desk", "projects"})}
    asked, find = list[Any](), AsyncIOMotorCollection.find

    def counted(terms: Any, *query: Any) -> Any:
        asked.append(query)
        return find(terms, *query)

    monkeypatch.setattr(AsyncIOMotorCollection, "find", counted)
    page = await searched.page(size=2, **access)
    assert ([one.id for one in page.sessions], page.total, page.more_than_total) == (["s06", "s03"], 3, False)
    assert len(asked) < 40
    assert [one.id for one in (await searched.page(below=page.next, **access)).sessions] == ["s01"]


async def test_without_a_session_of_any_pair_nothing_is_found(mongo: Mongo) -> None:  # spec 2.10, 10.2
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    await searched.add(session(1), session(2, board_id="secret"))
    boards = frozenset({"projects", *MANY})
    page = await searched.page(companies=frozenset({*MANY, "acme"}), boards=boards)
    assert (page.sessions, page.next, page.total, page.more_than_total) == ([], None, 0, False)
    assert await searched.ids(companies=frozenset(MANY), boards=boards | {"service-desk"}) == []
