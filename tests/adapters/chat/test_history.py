"""The terms of sessions and the searches that read them: the MongoDB adapter and the fake in memory."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from servicekit.mongo import Mongo
from services.chat.domain.history import REST, HistoryCursor, HistoryPage, HistoryQuery, terms_of
from services.chat.domain.people import Person, Side
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus
from services.chat.outbound import mongo_history
from services.chat.outbound.mongo_history import MongoHistory
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.ports import Sessions
from services.chat.query_ports import History
from tests.adapters.chat.story import DESK, NINE, opening, state
from tests.fakes.chat.history import FakeHistory
from tests.fakes.chat.lists import FakeSessions

ROOT = Path(__file__).parents[3]


@dataclass
class Searched:
    sessions: Sessions
    history: History

    async def add(self, *sessions: ChatSession, words: Sequence[str] = ("printer", "fire")) -> None:
        """Projects the sessions and saves their terms."""
        await self.sessions.project([(session, None) for session in sessions])
        await self.history.save([(session, terms_of(session, words)) for session in sessions])

    async def due(self, until: datetime) -> list[tuple[str, str, datetime]]:
        return [(each.desk_id, each.session_id, each.due) for each in await self.history.due(until, 10)]

    async def page(self, size: int = 50, below: HistoryCursor | None = None, **wanted: Any) -> HistoryPage:
        return await self.history.find(HistoryQuery(**{"desk_id": DESK, **wanted}), size, below)

    async def ids(self, **wanted: Any) -> list[str]:
        return [session.id for session in (await self.page(**wanted)).sessions]


@pytest.fixture(params=["fake", "store"])
def searched(request: pytest.FixtureRequest) -> Searched:
    if request.param == "store":
        mongo: Mongo = request.getfixturevalue("mongo")
        return Searched(MongoSessions(mongo), MongoHistory(mongo))
    sessions = FakeSessions()
    return Searched(sessions, FakeHistory(sessions))


def session(number: int, **changes: Any) -> ChatSession:
    """Opened as many seconds after nine."""
    opened = NINE + timedelta(seconds=number)
    return replace(state([opening(f"s{number:02}", at=opened)]), **{"opened_at": opened, **changes})


def customer(id: str) -> Person:
    return Person(id, id.title(), Side.CUSTOMER)


async def test_a_search_reads_the_sessions_of_a_term_newest_first(searched: Searched) -> None:  # spec 8.1
    await searched.add(*map(session, range(4)))
    await searched.add(session(9, desk_id="other"))
    assert await searched.ids() == ["s03", "s02", "s01", "s00"]
    assert await searched.ids(words=("printer",)) == ["s03", "s02", "s01", "s00"]
    assert await searched.ids(words=("lantern",)) == []


async def test_a_search_for_several_words_and_values_finds_what_has_all(searched: Searched) -> None:  # spec 8.1
    await searched.add(session(1), session(2, customer=customer("leo")), words=("printer",))
    await searched.add(session(3), session(4, company_id="globex", status=ChatStatus.HANDLED), words=("printer", "toner"))
    assert await searched.ids(words=("printer", "toner")) == ["s04", "s03"]
    assert await searched.ids(words=("printer", "toner"), company_id="acme") == ["s03"]
    assert await searched.ids(customer_id="leo", words=("printer",)) == ["s02"]
    assert await searched.ids(status=ChatStatus.HANDLED) == ["s04"]
    assert await searched.ids(status=ChatStatus.COMPLETED) == []


async def test_dates_limit_what_is_read(searched: Searched) -> None:  # spec 8.1
    await searched.add(*map(session, range(5)))
    at = [NINE + timedelta(seconds=number) for number in range(6)]
    assert await searched.ids(opened_from=at[2]) == ["s04", "s03", "s02"]
    assert await searched.ids(opened_until=at[2]) == ["s01", "s00"]
    assert await searched.ids(opened_from=at[1], opened_until=at[3], words=("fire",)) == ["s02", "s01"]
    assert await searched.ids(opened_from=at[5]) == []


async def test_access_limits_the_list_and_the_total(searched: Searched) -> None:  # spec 2.10, 10.2
    await searched.add(session(1), session(2, company_id="globex"), session(3, board_id="projects"), session(4, voided=True))
    companies = frozenset({"acme"})
    for wanted, found in (
        ({"companies": companies}, ["s03", "s01"]),
        ({"companies": companies, "boards": frozenset({"service-desk"})}, ["s01"]),
        ({"companies": companies, "company_id": "globex"}, []),
        ({"companies": frozenset()}, []),
        ({"companies": frozenset(f"c{number}" for number in range(20)) | companies}, ["s03", "s01"]),
    ):
        page = await searched.page(**wanted)
        assert ([one.id for one in page.sessions], page.total, page.more_than_total) == (found, len(found), False)


async def test_sessions_of_several_companies_are_one_list(searched: Searched) -> None:  # spec 8.1
    await searched.add(*(session(number, company_id=("acme", "globex", "initech")[number % 3]) for number in range(9)))
    companies = frozenset({"acme", "globex"})
    first = await searched.page(size=2, companies=companies)
    second = await searched.page(size=10, below=first.next, companies=companies)
    assert [one.id for one in (*first.sessions, *second.sessions)] == ["s07", "s06", "s04", "s03", "s01", "s00"]


async def test_pages_continue_below_a_session_among_those_of_the_same_moment(searched: Searched) -> None:  # spec 8.1
    await searched.add(*(replace(session(number), opened_at=NINE) for number in range(5)))
    found, below = list[str](), None
    while True:
        page = await searched.page(size=2, below=below)
        found += [one.id for one in page.sessions]
        if (below := page.next) is None:
            break
    assert found == ["s04", "s03", "s02", "s01", "s00"]


async def test_the_state_of_a_session_decides_while_its_terms_lag(searched: Searched) -> None:  # spec 10.2
    await searched.add(session(1))
    await searched.sessions.project([(session(1, revision=2, company_id="globex"), None)])
    assert await searched.ids(company_id="acme") == []
    assert await searched.ids(companies=frozenset({"acme"})) == []


async def test_saved_terms_replace_those_of_an_earlier_revision(searched: Searched) -> None:  # spec 8.1
    await searched.add(session(1))
    later = session(1, revision=2, company_id="globex")
    await searched.add(later, words=("printer",))
    await searched.add(later, words=("printer",))
    assert await searched.ids(company_id="globex") == ["s01"]
    assert await searched.ids(words=("fire",)) == []


async def test_a_changed_session_is_due_until_its_terms_are_saved(searched: Searched) -> None:  # spec 8.1
    early, late = session(1), session(1, revision=2, modified_at=NINE + timedelta(minutes=1))
    rested = early.modified_at + REST
    await searched.sessions.project([(early, None)])
    assert await searched.due(rested - timedelta(milliseconds=1)) == []
    assert await searched.due(rested) == [(DESK, "s01", rested)]
    await searched.sessions.project([(late, None)])
    await searched.history.saved([(early, rested)])
    assert await searched.due(late.modified_at + REST) == [(DESK, "s01", late.modified_at + REST)]
    await searched.history.saved([(late, late.modified_at + REST)])
    assert await searched.due(late.modified_at + timedelta(days=1)) == []


async def test_terms_that_another_replica_has_saved_meanwhile_are_saved_again(searched: Searched) -> None:  # spec 10.6
    one, other, due = session(1), session(2), session(1).modified_at + REST
    await searched.sessions.project([(one, None), (other, None)])
    assert await searched.history.saved([(one, due)]) == []
    assert "s01" in [each.id for each in await searched.history.saved([(one, due), (other, other.modified_at + REST)])]
    assert await searched.due(due + timedelta(days=1)) == []


async def test_the_latest_change_is_due_first(searched: Searched) -> None:  # spec 8.1
    await searched.sessions.project([(session(number, modified_at=NINE + timedelta(seconds=number)), None) for number in (2, 3, 1)])
    assert [terms.session_id for terms in await searched.history.due(NINE + timedelta(minutes=1), 2)] == ["s03", "s02"]


async def test_a_postponed_session_is_due_later(searched: Searched) -> None:
    await searched.sessions.project([(session(1), None)])
    await searched.history.postpone(DESK, "s01", NINE + timedelta(hours=1))
    assert await searched.due(NINE + timedelta(minutes=59)) == []
    assert await searched.due(NINE + timedelta(hours=1)) == [(DESK, "s01", NINE + timedelta(hours=1))]


async def test_terms_that_were_read_before_a_person_was_erased_do_not_count_as_saved(searched: Searched) -> None:  # spec 10.6
    one = session(1)
    await searched.add(one, words=("secret",))
    due = one.modified_at + REST
    await searched.history.postpone(DESK, "s01", due)
    await searched.history.saved([(one, due)])
    due_since = await searched.history.due(due + REST, 10)
    assert [terms.session_id for terms in due_since] == ["s01"]

    await searched.add(one, words=("erased",))
    assert await searched.ids(words=("secret",)) == []
    await searched.history.saved([(one, due_since[0].due)])
    assert await searched.due(due + REST) == []


async def test_a_total_is_counted_up_to_a_limit(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 8.1
    monkeypatch.setattr(mongo_history, "MAX_COUNTED", 3)
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    await searched.add(*map(session, range(4)))
    page = await searched.page(size=2)
    assert (len(page.sessions), page.total, page.more_than_total) == (2, 3, True)
    exact = await searched.page(size=2, opened_from=NINE + timedelta(seconds=1))
    assert (exact.total, exact.more_than_total) == (3, False)


async def test_a_page_reads_a_limited_number_of_sessions(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 8.1
    monkeypatch.setattr(mongo_history, "MAX_COUNTED", 2)
    monkeypatch.setattr(mongo_history, "MAX_READ", 3)
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    completed = session(0, status=ChatStatus.COMPLETED)
    await searched.add(completed, *map(session, range(1, 6)))
    page = await searched.page(size=2, status=ChatStatus.COMPLETED)
    assert (list(page.sessions), page.total, page.more_than_total) == ([], 0, True)
    assert page.next == HistoryCursor.of(session(3))
    page = await searched.page(size=2, status=ChatStatus.COMPLETED, below=page.next)
    assert [one.id for one in page.sessions] == ["s00"]
    page = await searched.page(size=2, status=ChatStatus.COMPLETED, below=page.next)
    assert (list(page.sessions), page.next) == ([], None)


async def test_a_page_continues_below_what_was_read_of_several_companies(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 8.1
    monkeypatch.setattr(mongo_history, "MAX_COUNTED", 3)
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    # Neither company fills a read of four, both together do, and the newest four are completed.
    newest = {"status": ChatStatus.COMPLETED}
    of_both = (session(number, company_id=("acme", "globex")[number % 2], **(newest if number > 1 else {})) for number in range(6))
    await searched.add(*of_both)
    page = await searched.page(size=2, companies=frozenset({"acme", "globex"}), status=ChatStatus.COMPLETED)
    assert (page.total, page.more_than_total) == (3, True)
    page = await searched.page(size=2, companies=frozenset({"acme", "globex"}), status=ChatStatus.WAITING)
    assert [one.id for one in page.sessions] == ["s01", "s00"]


@pytest.mark.parametrize(
    "access",
    [
        {"companies": frozenset({"acme"})},
        {"companies": frozenset({"acme", *map(str, range(30))})},
        {"boards": frozenset({"service-desk"})},
        {"companies": frozenset({"acme", "globex"}), "boards": frozenset({"service-desk"})},
        {"companies": frozenset()},
    ],
)
@pytest.mark.parametrize(
    "wanted", [{"words": ("merger",)}, {"customer_id": "zoe"}, {"status": ChatStatus.HANDLED}, {"company_id": "globex"}, {}]
)
async def test_a_page_is_the_same_whether_hidden_sessions_exist_or_not(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch, access: dict[str, Any], wanted: dict[str, Any]
) -> None:  # spec 10.2
    monkeypatch.setattr(mongo_history, "MAX_COUNTED", 2)
    monkeypatch.setattr(mongo_history, "MAX_READ", 3)
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    await searched.add(*map(session, range(2)))
    before = await searched.page(size=2, **access, **wanted)
    hidden = {"company_id": "globex", "board_id": "projects", "customer": customer("zoe"), "status": ChatStatus.HANDLED}
    await searched.add(*(session(number, **hidden) for number in range(2, 9)), words=("merger",))
    assert await searched.page(size=2, **access, **wanted) == before


async def test_the_command_makes_every_session_due(mongo: Mongo, engine_settings: dict[str, str], mongo_prefix: str) -> None:  # spec 8.1
    searched = Searched(MongoSessions(mongo), MongoHistory(mongo))
    await searched.add(session(1), session(2))
    for each in (session(1), session(2)):
        await searched.history.saved([(each, each.modified_at + REST)])
    assert await searched.history.due(NINE + timedelta(days=1), 10) == []
    environ = {**os.environ, **engine_settings, "PARLEY_MONGO_PREFIX": mongo_prefix}
    command = (sys.executable, "-m", "services.chat.reindex")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=PIPE)
    printed, _ = await process.communicate()
    assert (process.returncode, printed.decode().partition(".")[0]) == (0, "2 sessions are due")
    assert sorted(terms.session_id for terms in await searched.history.due(NINE, 10)) == ["s01", "s02"]


async def test_two_replicas_save_the_same_terms(mongo: Mongo) -> None:
    first, second = Searched(MongoSessions(mongo), MongoHistory(mongo)), MongoHistory(mongo)
    await first.add(session(1), words=("printer",))
    newer = session(1, revision=3)
    await second.save([(newer, terms_of(newer, ("printer", "toner")))])
    await first.history.save([(session(1, revision=2), terms_of(session(1), ("printer",)))])
    await first.sessions.project([(newer, None)])
    assert await first.ids(words=("toner",)) == ["s01"]
