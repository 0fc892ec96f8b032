"""Sessions by their terms alone, also those that no search lists: the MongoDB adapter and the fake in memory."""

from collections.abc import Sequence

from services.chat.domain.history import CUT, HistoryCursor, terms_of
from services.chat.domain.status import ChatStatus, ChatType
from tests.adapters.chat.story import DESK
from tests.adapters.chat.test_history import Searched, session
from tests.adapters.chat.test_history import searched as searched


async def pages(searched: Searched, terms: Sequence[str], size: int) -> list[list[str]]:
    """The ids of the sessions, page by page."""
    found, below = list[list[str]](), None
    while True:
        sessions, below = await searched.history.with_terms(DESK, terms, size, below)
        found.append([each.id for each in sessions])
        if below is None:
            return found


async def test_sessions_with_all_terms_come_newest_first_page_by_page(searched: Searched) -> None:  # spec 10.6
    await searched.add(*map(session, range(4)), words=("mia", "torres"))
    await searched.add(session(4), session(5), words=("mia",))
    await searched.add(session(6, desk_id="other"), words=("mia", "torres"))
    found = await pages(searched, ["mia", "torres"], 3)
    assert [id for page in found for id in page] == ["s03", "s02", "s01", "s00"]
    assert len(found) > 1 and max(map(len, found)) <= 3
    assert [id for page in await pages(searched, ["mia"], 50) for id in page] == ["s05", "s04", "s03", "s02", "s01", "s00"]
    assert await pages(searched, ["torres", "nobody"], 50) == [[]]


async def test_sessions_that_no_search_lists_are_found_too(searched: Searched) -> None:  # spec 10.6, 2.9
    await searched.add(session(1, type=ChatType.PUSH, status=ChatStatus.WAITING), words=("mia",))
    assert await pages(searched, ["mia"], 50) == [["s01"]]


async def test_sessions_of_the_same_moment_are_each_found_once(searched: Searched) -> None:  # spec 10.6
    opened = session(1).opened_at
    await searched.add(*(session(number, opened_at=opened) for number in range(5)), words=("mia",))
    assert sorted(id for page in await pages(searched, ["mia"], 2) for id in page) == ["s00", "s01", "s02", "s03", "s04"]


async def test_a_session_with_more_words_than_are_kept_is_found_by_that(searched: Searched) -> None:  # spec 10.6
    cut, whole = session(1), session(2)
    await searched.sessions.project([(cut, None), (whole, None)])
    await searched.history.save([(cut, terms_of(cut, ["fire"], cut=True)), (whole, terms_of(whole, ["fire"]))])
    assert await pages(searched, [CUT], 50) == [["s01"]]
    found, _ = await searched.history.with_terms(DESK, [CUT], 50, HistoryCursor.of(cut))
    assert found == []
