"""Claims and the projection: the MongoDB adapters and the fakes in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from servicekit.mongo import Mongo
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import SessionVoided
from services.chat.domain.opening import Claim
from services.chat.domain.people import SYSTEM
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.outbound.mongo_claims import MongoClaims
from services.chat.outbound.mongo_history import MongoHistory
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.ports import Claims, SessionQuery, Sessions
from tests.adapters.chat.story import DESK, NINE, completing, entry, opening, state, taking
from tests.fakes.chat.lists import FakeClaims, FakeSessions

# Fields of documents that earlier versions did not write.
ADDED_LATER = ("live", "id", "older", "listed_older", "history_due")
Projected = Sequence[tuple[ChatSession, datetime | None]]


@dataclass
class Lists:
    claims: Claims
    sessions: Sessions
    project: Callable[[Projected], Awaitable[None]]


@pytest.fixture(params=["fake", "store"])
def lists(request: pytest.FixtureRequest) -> Lists:
    if request.param == "store":
        mongo: Mongo = request.getfixturevalue("mongo")
        sessions = MongoSessions(mongo)
        return Lists(MongoClaims(mongo), sessions, sessions.project)
    fake = FakeSessions()
    return Lists(FakeClaims(), fake, fake.project)


def later(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


async def test_a_claim_belongs_to_one_session_until_it_is_taken_over_or_released(lists: Lists) -> None:  # spec 2.3
    claim = Claim(DESK, "mia")
    assert await lists.claims.holder(claim) is None
    holders = await asyncio.gather(*(lists.claims.claim(claim, f"s{n}") for n in range(8)))
    assert len(set(holders)) == 1

    assert not await lists.claims.take_over(claim, "somebody else", "new")
    assert await lists.claims.holder(claim) == holders[0]
    assert await lists.claims.take_over(claim, holders[0], "new")
    assert await lists.claims.claim(claim, "late") == "new"

    await lists.claims.release(claim, holders[0])
    assert await lists.claims.claim(claim, "late") == "new"
    await lists.claims.release(claim, "new")
    await lists.claims.release(claim, "new")
    assert await lists.claims.claim(claim, "late") == "late"


async def test_a_claim_is_per_desk_customer_and_ticket(lists: Lists) -> None:  # spec 2.3
    claims = [Claim("a", "b", "c"), Claim("a", "b"), Claim("a:b", "c"), Claim("a", "b:c"), Claim("a", "b", "-")]
    for number, claim in enumerate(claims):
        assert await lists.claims.claim(claim, f"s{number}") == f"s{number}"


async def test_one_of_two_concurrent_takeovers_succeeds(lists: Lists) -> None:
    claim = Claim(DESK, "mia")
    await lists.claims.claim(claim, "ended")

    assert sorted(await asyncio.gather(*(lists.claims.take_over(claim, "ended", id) for id in ("a", "b")))) == [False, True]


def handled(id: str, **changes: object) -> ChatSession:
    return replace(state([opening(id), taking(id, 2)]), **changes)  # type: ignore[arg-type]


async def test_late_repeated_and_stale_projections_change_nothing(lists: Lists) -> None:
    opened = state([opening("s")])
    both = [(handled("s"), later(9)), (handled("t"), None)]
    await lists.project(both)
    await lists.project([(opened, later(1)), (state([opening("u")]), None)])
    await lists.project(both)

    found = (await lists.sessions.find(SessionQuery(DESK), 10)).sessions
    assert {session.id: session.revision for session in found} == {"s": 2, "t": 2, "u": 1}
    assert await lists.sessions.next_due() == later(9)
    assert next(session for session in found if session.id == "s") == both[0][0]


async def test_pages_follow_without_gap_newest_first(lists: Lists) -> None:
    # Five sessions with the same time, so that the time alone does not identify the end of a page.
    sessions = [replace(handled(f"s{n:02}"), opened_at=later(n // 5)) for n in range(23)]
    await lists.project([(session, None) for session in sessions])

    ids, token, pages = [], "", 0
    while pages == 0 or token:
        page = await lists.sessions.find(SessionQuery(DESK), 4, token)
        ids += [session.id for session in page.sessions]
        token, pages = page.next_token, pages + 1

    assert ids == [f"s{n:02}" for n in reversed(range(23))]
    assert pages == 6


@pytest.mark.parametrize("token", ["!", "bm8gY29sb24=", "eDp5", "ä", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5Ong=", "LTE6eA=="])
async def test_a_forged_page_token_is_refused_by_its_field(lists: Lists, token: str) -> None:  # spec 11.1
    with pytest.raises(BadArgument) as refused:
        await lists.sessions.find(SessionQuery(DESK), 4, token)
    assert refused.value.field == "page_token"


QUERIES = {
    "of another desk": (SessionQuery("other"), {"other-desk"}),
    "of every desk": (SessionQuery(""), {"mine", "globex", "done", "left", "push", "other-desk", "on-ticket"}),
    "companies": (SessionQuery(DESK, companies=frozenset({"globex"})), {"globex"}),
    "no company": (SessionQuery(DESK, companies=frozenset()), set()),
    "boards": (SessionQuery(DESK, boards=frozenset({"projects", "x"})), {"globex"}),
    "customer": (SessionQuery(DESK, customer_id="zoe"), set()),
    "statuses": (SessionQuery(DESK, statuses=frozenset({ChatStatus.WAITING})), {"push", "on-ticket"}),
    "a participant": (SessionQuery(DESK, person_id="ava"), {"mine", "globex", "done", "push"}),
    "ticket": (SessionQuery(DESK, ticket_id="t7"), {"on-ticket"}),
    "a push chat's sender": (SessionQuery(DESK, seen_by="ava"), {"mine", "globex", "done", "left", "push", "on-ticket"}),
    "a colleague of the sender": (SessionQuery(DESK, seen_by="sam"), {"mine", "globex", "done", "left", "on-ticket"}),  # spec 2.9
    "live, for a participant": (SessionQuery(DESK, seen_by="ava", live=True), {"mine", "globex", "done", "push", "on-ticket"}),
    "live, for others": (SessionQuery(DESK, seen_by="sam", live=True), {"mine", "globex", "on-ticket"}),
    "live, for a service": (SessionQuery(DESK, live=True), {"mine", "globex", "push", "done", "on-ticket"}),
    "older": (SessionQuery(DESK, older=True), {"older-callback", "older-abandoned"}),
    "older call-backs": (SessionQuery(DESK, older=True, statuses=frozenset({ChatStatus.CALLBACK})), {"older-callback"}),
    "a customer's older": (SessionQuery(DESK, older=True, customer_id="zoe"), set()),
}


@pytest.mark.parametrize("query, ids", QUERIES.values(), ids=QUERIES.keys())
async def test_a_query_returns_exactly_the_matching_sessions(lists: Lists, query: SessionQuery, ids: set[str]) -> None:  # spec 2.10, 10.2
    sessions = [
        handled("mine"),
        handled("globex", company_id="globex", board_id="projects"),
        state([opening("done"), taking("done", 2), completing("done", 3)]),
        replace(state([opening("left"), taking("left", 2), completing("left", 3)]), participants=()),
        state([opening("push", type=ChatType.PUSH)]),
        state([opening("other-desk", desk_id="other")]),
        state([opening("on-ticket", ticket_id="t7")]),
        state([entry("void", 1, SessionVoided(), by=SYSTEM)]),
    ]
    if query.older:
        sessions += [
            replace(handled("older-callback"), status=ChatStatus.CALLBACK, older=True),
            replace(handled("older-abandoned"), status=ChatStatus.ABANDONED, older=True),
            replace(handled("older-closed"), status=ChatStatus.COMPLETED, older=True),
        ]
    await lists.project([(session, None) for session in sessions])

    assert {session.id for session in (await lists.sessions.find(query, 50)).sessions} == ids
    if query.older:
        assert await lists.sessions.count_older(query, 50) == len(ids)
        assert await lists.sessions.count_older(query, 1) == min(len(ids), 1)


async def test_due_sessions_are_listed_longest_overdue_first(lists: Lists) -> None:  # spec 3.13
    await lists.project([(handled("c"), later(30)), (handled("a"), later(10)), (handled("b"), later(20)), (handled("never"), None)])

    assert await lists.sessions.due(later(20), 10) == [(DESK, "a"), (DESK, "b")]
    assert await lists.sessions.due(later(99), 2) == [(DESK, "a"), (DESK, "b")]
    assert await lists.sessions.next_due() == later(10)


async def test_a_deadline_is_postponed_only_when_the_session_has_not_changed(lists: Lists) -> None:
    await lists.project([(handled("a"), later(10))])
    await lists.sessions.postpone(DESK, "a", 1, later(99))
    await lists.sessions.postpone("other", "a", 2, later(99))
    assert await lists.sessions.next_due() == later(10)

    await lists.sessions.postpone(DESK, "a", 2, later(50))
    assert await lists.sessions.next_due() == later(50)
    await lists.sessions.postpone(DESK, "a", 2, None)
    assert await lists.sessions.next_due() is None


async def test_the_latest_waits_of_handled_requests(lists: Lists) -> None:  # spec 2.11
    waits = [handled(f"s{n}", opened_at=later(0), handled_at=later(n)) for n in (5, 7, 11)]
    push = replace(handled("push"), type=ChatType.PUSH, handled_at=later(13))
    await lists.project([(session, None) for session in (*waits, push, state([opening("waiting")]))])

    assert await lists.sessions.waits_since(DESK, later(6), 10) == [11.0, 7.0]
    assert await lists.sessions.waits_since(DESK, later(0), 1) == [11.0]


async def test_sessions_of_an_earlier_version_are_listed_after_their_completion(mongo: Mongo) -> None:
    sessions = MongoSessions(mongo)
    gone = replace(state([opening("gone"), taking("gone", 2), completing("gone", 3)]), participants=())
    ended = state([opening("ended"), taking("ended", 2), completing("ended", 3)])
    missed = replace(handled("missed"), status=ChatStatus.ABANDONED, participants=())
    await sessions.project([(session, None) for session in (handled("a"), handled("b"), gone, ended, missed)])
    await mongo.database["sessions"].update_many({"desk_id": DESK}, {"$unset": dict.fromkeys(ADDED_LATER, "")})
    live = SessionQuery(DESK, live=True)
    assert (await sessions.find(live, 10)).sessions == []

    await sessions.complete()

    assert [session.id for session in (await sessions.find(live, 10)).sessions] == ["missed", "ended", "b", "a"]
    assert len((await sessions.find(SessionQuery(DESK), 10)).sessions) == 5
    assert {id for _, id in await sessions.due(later(0), 10)} == {"ended", "missed"}  # spec 3.14
    assert len(await MongoHistory(mongo).due(later(0), 10)) == 5  # spec 8.1


async def test_the_completion_keeps_the_deadlines_of_the_version_before(mongo: Mongo) -> None:
    sessions = MongoSessions(mongo)
    await sessions.project([(replace(handled("missed"), status=ChatStatus.ABANDONED), later(50))])
    await mongo.database["sessions"].update_many({"desk_id": DESK}, {"$unset": {"history_due": ""}})

    await sessions.complete()

    assert await sessions.next_due() == later(50)
    assert [terms.session_id for terms in await MongoHistory(mongo).due(later(0), 10)] == ["missed"]
