"""What the figures count: the MongoDB adapter and the fake in memory."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from servicekit.mongo import Mongo
from services.chat.domain.events import FeedbackCommented, FeedbackGiven, SessionVoided, Solved
from services.chat.domain.figures import CountedChat
from services.chat.domain.people import SYSTEM
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.outbound.mongo_figures import MongoFigures
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.query_ports import FigureSource
from tests.adapters.chat.story import DESK, NINE, completing, entry, opening, state, taking
from tests.fakes.chat.figures import FakeFigures
from tests.fakes.chat.lists import FakeSessions

DAY = timedelta(days=1)


@dataclass
class Projection:
    source: FigureSource
    project: Callable[[Sequence[tuple[ChatSession, datetime | None]]], Awaitable[None]]


@pytest.fixture(params=["fake", "store"])
def projection(request: pytest.FixtureRequest) -> Projection:
    if request.param == "store":
        mongo: Mongo = request.getfixturevalue("mongo")
        return Projection(MongoFigures(mongo), MongoSessions(mongo).project)
    sessions = FakeSessions()
    return Projection(FakeFigures(sessions), sessions.project)


def ordered(chats: list[CountedChat]) -> list[CountedChat]:
    return sorted(chats, key=repr)


async def test_chats_that_were_opened_in_the_time_count_once_as_they_are_now(projection: Projection) -> None:  # spec 13.4
    opened, joined, completed = opening("s"), taking("s", 2), completing("s", 3)
    moved = replace(state([opened, joined, completed]), company_id="globex", board_id="projects")
    asked = replace(state([opening("b")]), status=ChatStatus.CALLBACK, statuses=((ChatStatus.CALLBACK, NINE),))
    gone = replace(state([opening("g")]), statuses=((ChatStatus.WAITING, NINE), (ChatStatus.ABANDONED, NINE + timedelta(seconds=5))))
    for part in ([state([opened])], [moved], [state([opened, joined])], [state([opening("w")]), asked, gone]):
        await projection.project([(session, None) for session in part])

    chats = await projection.source.chats(DESK, NINE, NINE + DAY)

    assert ordered(chats) == ordered(
        [
            CountedChat("globex", "projects", NINE, ChatStatus.HANDLED, NINE + timedelta(seconds=2), 1),
            CountedChat("acme", "service-desk", NINE, ChatStatus.WAITING),
            CountedChat("acme", "service-desk", NINE, ChatStatus.CALLBACK),
            CountedChat("acme", "service-desk", NINE, ChatStatus.ABANDONED, NINE + timedelta(seconds=5)),
        ]
    )


@pytest.mark.parametrize("solved", Solved)
async def test_a_chat_counts_with_its_customers_answer(projection: Projection, solved: Solved) -> None:  # spec 4.15, 13.4
    ended = [opening("s"), taking("s", 2), completing("s", 3)]
    await projection.project([(state(ended), None)])
    assert [chat.solved for chat in await projection.source.chats(DESK, NINE, NINE + DAY)] == [None]

    await projection.project([(state([*ended, entry("s", 4, FeedbackGiven(solved), FeedbackCommented("It smokes"))]), None)])

    assert [chat.solved for chat in await projection.source.chats(DESK, NINE, NINE + DAY)] == [solved]


async def test_other_times_desks_push_chats_and_voids_do_not_count(projection: Projection) -> None:  # spec 13.4, 10.2
    sessions = [
        state([opening("before", at=NINE - timedelta(milliseconds=1))]),
        state([opening("first")]),
        state([opening("last", at=NINE + DAY - timedelta(milliseconds=1))]),
        state([opening("after", at=NINE + DAY)]),
        state([opening("other", desk_id="other")]),
        state([opening("push", type=ChatType.PUSH)]),
        state([entry("void", 1, SessionVoided(), by=SYSTEM, at=NINE)]),
    ]
    await projection.project([(session, None) for session in sessions])

    chats = await projection.source.chats(DESK, NINE, NINE + DAY)

    assert sorted(chat.opened_at for chat in chats) == [NINE, NINE + DAY - timedelta(milliseconds=1)]


async def test_more_chats_than_a_batch_are_all_counted(projection: Projection) -> None:  # spec 13.4
    sessions = [state([opening(f"s{number:03}", at=NINE + timedelta(seconds=number))]) for number in range(600)]
    await projection.project([(session, None) for session in sessions])
    assert len(await projection.source.chats(DESK, NINE, NINE + DAY)) == 600
