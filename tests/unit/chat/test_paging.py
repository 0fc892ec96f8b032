"""The cost of reading a session does not grow with its log (spec 10.9)."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.events import Entry, MessagePosted
from services.chat.ports import ENTRIES_AT_ONCE
from tests.fakes.chat.desk import AVA, DESK, MIA, SERVICE, Desk


@pytest.mark.parametrize(
    ("after", "lagging"), [(0, False), (3, False), (14, False), (19, False), (21, False), (99, False), (3, True), (14, True)]
)
async def test_a_page_loads_only_the_entries_that_it_returns(desk: Desk, after: int, lagging: bool) -> None:  # spec 3.7, 10.9
    session = await desk.waiting()
    for number in range(20):
        await desk.settle()
        desk.relays[0].lags = lagging and number > 15
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "Hello")
    await desk.settle()
    for chats in (desk.chats, desk.replica()):
        desk.log.loaded.clear()
        page = await chats.queries.get(MIA, session.id, after, most=5)
        assert page.session == desk.session(session.id)
        assert page.entries == desk.entries(session.id)[after : after + 5]
        assert sum(desk.log.loaded) <= 5 + 4 * lagging


async def test_a_page_of_long_messages_ends_at_the_response_size_limit(desk: Desk) -> None:  # spec 3.7, 10.9
    session = await desk.waiting()
    for number in range(300):
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "\N{FIRE}" * 4_000)
    await desk.settle()
    after, pages = 0, 0
    while after < 301:
        desk.log.loaded.clear()
        page = await desk.chats.queries.get(MIA, session.id, after, most=500)
        assert page.entries == desk.entries(session.id)[after : after + len(page.entries)] != []
        assert page.session.revision == 301 and sum(desk.log.loaded) == len(page.entries) <= 64
        after, pages = page.entries[-1].revision, pages + 1
    assert pages == 5


async def test_a_call_that_needs_only_the_state_does_not_load_the_log(desk: Desk) -> None:  # spec 2.3, 3.8, 3.13, 7.6
    session = (await desk.chats.opening.request_chat(MIA, "open", "Fire", "")).session
    await desk.chats.conversation.join(AVA, session.id, "join", JoinMode.TAKE)
    for number in range(20):
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "Hello")
    await desk.settle()
    for chats in (desk.chats, desk.replica()):
        desk.log.loaded.clear()
        await chats.deadlines.fire(DESK, session.id)
        await chats.read_positions.mark(AVA, session.id, 22)
        assert not (await chats.opening.request_chat(MIA, desk.id(), "Fire again", "")).opened
        assert (await chats.opening.request_chat(MIA, "open", "Fire", "")).entries == desk.entries(session.id)[:1]
        assert sum(desk.log.loaded) == 1


class Counted(Entry):
    """An entry as a store decodes it: each load makes a new one."""

    held, most_held = 0, 0

    def __init__(self, entry: Entry) -> None:
        super().__init__(**{field.name: getattr(entry, field.name) for field in fields(Entry)})
        Counted.held += 1
        Counted.most_held = max(Counted.held, Counted.most_held)

    def __del__(self) -> None:
        Counted.held -= 1


@pytest.fixture
def counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Counted]]:
    load = desk.log.load

    async def decoded(*wanted: Any) -> list[Entry]:
        return [Counted(entry) for entry in await load(*wanted)]

    monkeypatch.setattr(desk.log, "load", decoded)
    yield Counted
    Counted.held = Counted.most_held = 0


async def test_a_log_of_any_length_is_read_in_parts(desk: Desk, counted: type[Counted]) -> None:  # spec 4.2, 10.9
    session = await desk.handled()
    last = desk.entries(session.id)[-1]
    text = "Hello " * 20
    desk.log.entries[DESK, session.id] += [
        replace(last, revision=n, command_id=f"m{n}", events=(MessagePosted(f"m{n}", text),)) for n in range(3, 10_001)
    ]
    log = await desk.replica().chat_logs.write(SERVICE, session.id, DESK)
    size = sum([len(piece.text) async for piece in log.pieces])
    assert log.session.revision == 10_000 and size > 9_998 * len(text)
    assert (await desk.replica().conversation.post_message(MIA, session.id, "last", "Bye")).revision == 10_001
    assert ENTRIES_AT_ONCE <= counted.most_held <= 3 * ENTRIES_AT_ONCE
