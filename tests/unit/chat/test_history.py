"""The history of a desk, through the real handlers."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat.domain.access import may_see
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, NotAllowed
from services.chat.domain.history import HistoryCursor, HistoryItem, HistoryPage, HistoryQuery, words_from
from services.chat.domain.people import Viewer
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.handlers.history import limited
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, SAM, SERVICE, VPN, ZOE, Desk


async def page(desk: Desk, viewer: Viewer = AVA, size: int = 0, token: str = "", **wanted: Any) -> HistoryPage:
    """After all terms were saved."""
    await desk.settle()
    await desk.turn(4)
    while await desk.chats.history_terms.save_due():
        pass
    return await desk.chats.history.page(viewer, HistoryQuery(**{"desk_id": "", **wanted}), size, token)


async def ids(desk: Desk, viewer: Viewer = AVA, **wanted: Any) -> list[str]:
    found = await page(desk, viewer, **wanted)
    assert found.total == len(found.sessions)
    return [session.id for session in found.sessions]


async def test_it_lists_open_and_completed_sessions_newest_first(desk: Desk) -> None:  # spec 8.1
    first = await desk.handled()
    await desk.chats.ending.complete(AVA, first.id, desk.id(), NoTicket())
    await desk.turn(5)
    second = await desk.waiting(LEO)
    assert await ids(desk) == [second.id, first.id]


async def test_each_filter_leaves_out_the_others(desk: Desk) -> None:  # spec 8.1
    mias, zoes = await desk.handled(MIA), await desk.waiting(ZOE)
    await desk.turn(5)
    pushed = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Hello")).session
    at = pushed.opened_at
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"company_id": "globex"}, [zoes.id]),
        ({"customer_id": "mia"}, [pushed.id, mias.id]),
        ({"status": ChatStatus.HANDLED}, [mias.id]),
        ({"type": ChatType.PUSH}, [pushed.id]),
        ({"type": ChatType.REQUEST, "customer_id": "mia"}, [mias.id]),
        ({"opened_from": at}, [pushed.id]),
        ({"opened_from": at + timedelta(seconds=1)}, []),
        ({"opened_until": at, "company_id": "acme"}, [mias.id]),
    ]
    for wanted, found in cases:
        assert await ids(desk, **wanted) == found, wanted


async def test_a_search_finds_sessions_with_all_its_words_whatever_their_case_and_accents(desk: Desk) -> None:  # spec 8.1
    session = await desk.handled(MIA)
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "The Café's WLAN is gone: code 0x7F")
    other = await desk.waiting(ZOE)
    found = {
        "cafe": [session.id],
        "CAFÉ wlan": [session.id],
        "cafe lantern": [],
        "0x7f": [session.id],
        "fire": [other.id, session.id],
        "torres fire": [session.id],
        "globex": [other.id],
        "chen": [session.id],
        "wla": [],
    }
    await desk.turn(5)
    for search, wanted in found.items():
        assert sorted(await ids(desk, words=words_from(search))) == sorted(wanted), search


async def test_a_note_on_the_close_is_searched(desk: Desk) -> None:  # spec 4.12, 8.1
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    await desk.chats.ending.amend(AVA, session.id, desk.id(), "Replaced the fuser")
    assert await ids(desk, words=words_from("fuser")) == [session.id]


async def test_the_names_of_files_are_searched(desk: Desk) -> None:  # spec 8.1, 13.5
    session = await desk.handled()
    await desk.send(MIA, session.id, await desk.upload(MIA, session.id, name="Toner leak.png"))
    assert await ids(desk, words=words_from("toner")) == [session.id]


async def test_what_an_engineer_may_not_see_is_neither_listed_nor_counted(desk: Desk) -> None:  # spec 2.9, 2.10, 10.2
    mias, zoes = await desk.waiting(MIA), await desk.waiting(ZOE)
    pushed = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Hello")).session
    assert sorted(await ids(desk, BO)) == [mias.id]
    assert await ids(desk, BO, company_id="globex") == await ids(desk, BO, company_id="no-such") == []
    assert await ids(desk, BO, words=words_from("globex")) == []
    assert sorted(await ids(desk, SAM)) == sorted([mias.id, zoes.id])
    assert sorted(await ids(desk, AVA)) == sorted([mias.id, zoes.id, pushed.id])


async def test_the_query_lists_exactly_what_the_rule_of_access_allows(desk: Desk) -> None:  # spec 10.2
    await desk.handled(MIA)
    await desk.waiting(ZOE)
    await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Hello")
    await desk.settle()
    sessions = [session for session, _ in desk.sessions.stored.values()]
    assert {session.type for session in sessions} == set(ChatType)
    for viewer in (AVA, SAM, BO):
        query = limited(viewer, HistoryQuery(desk_id=""))
        assert [query.lists(HistoryItem.of(session)) for session in sessions] == [may_see(viewer, session) for session in sessions]


@pytest.mark.parametrize(
    "viewer",
    [
        BO,
        replace(SAM, companies=frozenset({"globex", *map(str, range(30))})),
        replace(SAM, boards=frozenset({"projects"})),
        replace(BO, boards=frozenset({"projects", "service-desk"})),
        replace(BO, boards=frozenset({"projects"})),
        replace(BO, companies=frozenset()),
    ],
)
@pytest.mark.parametrize(
    "wanted", [{"words": ("fire",)}, {"customer_id": "zoe"}, {"status": ChatStatus.WAITING}, {"company_id": "globex"}, {}]
)
async def test_a_search_reads_only_sessions_that_the_engineer_may_see(
    desk: Desk, viewer: Viewer, wanted: dict[str, Any]
) -> None:  # spec 10.2, 8.1
    for customer in (MIA, ZOE):
        await desk.waiting(customer)
    await page(desk)
    query = limited(viewer, HistoryQuery(**{"desk_id": "", **wanted}))
    for session, _ in desk.sessions.stored.values():
        read = [bool(desk.history.terms[session.id] & set(source)) for source in query.sources()]
        assert may_see(viewer, session) or not any(read)
        assert all(read) or not query.lists(HistoryItem.of(session))


async def test_customers_have_no_history(desk: Desk) -> None:  # spec 8.3
    await desk.waiting(MIA)
    with pytest.raises(NotAllowed):
        await page(desk, MIA)


async def test_a_service_names_a_desk(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting()
    assert await ids(desk, SERVICE, desk_id=DESK) == [session.id]
    assert await ids(desk, SERVICE, desk_id="other") == []
    with pytest.raises(BadArgument) as refused:
        await page(desk, SERVICE)
    assert refused.value.field == "desk_id"


async def test_a_person_reads_their_own_desk_whatever_they_name(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting()
    assert await ids(desk, AVA, desk_id="other") == [session.id]


async def test_pages_continue_below_the_last_session(desk: Desk) -> None:  # spec 8.1
    opened = list[str]()
    for customer in (MIA, LEO, ZOE):
        opened.insert(0, (await desk.waiting(customer)).id)
        await desk.turn(2)
    first = await page(desk, size=2)
    assert ([session.id for session in first.sessions], first.total) == (opened[:2], 3)
    assert first.next is not None
    second = await page(desk, size=2, token=first.next.token())
    assert ([session.id for session in second.sessions], second.next) == (opened[2:], None)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("company_id", {"company_id": "c" * 65}),
        ("customer_id", {"customer_id": "c" * 65}),
        ("page_size", {"size": 101}),
        ("page_token", {"token": "no token"}),
        ("page_token", {"token": urlsafe_b64encode(json.dumps([-1, "s"]).encode()).decode()}),
        ("page_token", {"token": urlsafe_b64encode(json.dumps([10**20, "s"]).encode()).decode()}),
    ],
)
async def test_an_invalid_argument_is_named(desk: Desk, field: str, wanted: dict[str, Any]) -> None:
    with pytest.raises(BadArgument) as refused:
        await page(desk, **wanted)
    assert refused.value.field == field


async def test_dates_in_the_wrong_order_are_refused(desk: Desk) -> None:
    now = desk.clock.now()
    with pytest.raises(BadArgument) as refused:
        await page(desk, opened_from=now, opened_until=now - timedelta(seconds=1))
    assert refused.value.field == "opened_until"


@pytest.mark.parametrize("search", ["x" * 201, "?!", "\U0001f525"])
def test_a_search_without_words_or_of_too_many_characters_is_refused(search: str) -> None:
    with pytest.raises(BadArgument) as refused:
        words_from(search)
    assert refused.value.field == "search"


def test_of_many_words_the_longest_are_searched() -> None:
    assert words_from("a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii")[-1] == "bb"
    assert words_from("  ") == ()


def test_a_cursor_survives_its_token() -> None:
    cursor = HistoryCursor(1_772_442_000_123, "s1")
    assert HistoryCursor.parse(cursor.token()) == cursor
    assert HistoryCursor.parse("") is None
