"""Reading sessions, lists and the readable log, through the real handlers."""

import asyncio
from typing import Any

import pytest

from services.chat.domain.chat_log import PIECE_BYTES
from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import Ending, NoTicket
from services.chat.domain.errors import BadArgument, NotAllowed, SessionNotFound
from services.chat.domain.events import ExistingTicket, NewTicket
from services.chat.domain.people import Viewer
from services.chat.domain.status import ChatStatus
from services.chat.handlers.queries import ChatLogFile
from services.chat.handlers.session_command import Answer
from services.chat.ports import SessionQuery
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, SAM, SERVICE, VPN, ZOE, Desk


async def ids(desk: Desk, viewer: Viewer, **wanted: Any) -> set[str]:
    await desk.settle()
    page = await desk.chats.queries.page(viewer, SessionQuery(**{"desk_id": "", **wanted}), 0, "")
    return {session.id for session in page.sessions}


async def text_of(log: ChatLogFile) -> str:
    return "".join([piece async for piece in log.pieces])


async def test_a_fetch_returns_the_entries_above_a_revision(desk: Desk) -> None:  # spec 3.7
    session = await desk.handled()
    whole = await desk.chats.queries.get(MIA, session.id, 0)
    rest = await desk.replica().queries.get(MIA, session.id, 1)
    none = await desk.chats.queries.get(MIA, session.id, 2)
    assert [entry.revision for entry in whole.entries] == [1, 2]
    assert (rest.entries, rest.session) == (whole.entries[1:], whole.session)
    assert (none.entries, none.session) == ([], whole.session)


async def test_a_fetch_returns_entries_that_another_replica_has_just_written(desk: Desk) -> None:  # spec 3.7
    session, other = await desk.waiting(), desk.replica()
    await other.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert (await desk.chats.queries.get(MIA, session.id, 1)).session.revision == 2


async def test_sessions_of_others_look_missing(desk: Desk) -> None:  # spec 2.10, 10.2
    session = await desk.waiting(ZOE)
    for viewer in (MIA, BO, SERVICE):
        with pytest.raises(SessionNotFound):
            await desk.chats.queries.get(viewer, session.id, 0)
    assert await ids(desk, BO) == set()
    assert await ids(desk, AVA) == await ids(desk, ZOE) == await ids(desk, SERVICE) == {session.id}


async def test_a_service_lists_every_desk_or_one_and_a_person_lists_their_own(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting()
    for desk_id, found in (("", {session.id}), (session.desk_id, {session.id}), ("other", set())):
        assert await ids(desk, SERVICE, desk_id=desk_id) == found
    assert await ids(desk, MIA, desk_id="other") == {session.id}
    with pytest.raises(BadArgument) as refused:
        await ids(desk, SERVICE, desk_id="d" * 65)
    assert refused.value.field == "desk_id"


async def test_a_service_reads_a_session_of_any_desk_and_a_person_of_their_own(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting()
    assert (await desk.chats.queries.get(SERVICE, session.id, 0, session.desk_id)).session.id == session.id
    assert (await desk.chats.queries.get(MIA, session.id, 0, "other")).session.id == session.id
    for desk_id in ("", "other"):
        with pytest.raises(SessionNotFound):
            await desk.chats.queries.get(SERVICE, session.id, 0, desk_id)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.queries.get(SERVICE, session.id, 0, "d" * 65)
    assert refused.value.field == "desk_id"


async def test_a_waiting_push_chat_is_listed_only_for_its_sender_and_customer(desk: Desk) -> None:  # spec 2.9
    session = (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")).session
    assert await ids(desk, AVA) == await ids(desk, MIA) == {session.id}
    assert await ids(desk, SAM) == await ids(desk, LEO) == set()


async def test_a_list_is_filtered_by_the_request(desk: Desk) -> None:  # spec 6.1
    waiting, handled = await desk.waiting(LEO), await desk.handled(MIA, AVA, VPN.id)
    assert await ids(desk, SAM, statuses=frozenset({ChatStatus.WAITING})) == {waiting.id}
    assert await ids(desk, SAM, person_id="ava") == {handled.id}
    assert await ids(desk, SAM, ticket_id=VPN.id) == {handled.id}


async def test_a_session_is_listed_until_the_person_has_left(desk: Desk) -> None:  # spec 4.3
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    assert await ids(desk, MIA, live=True) == await ids(desk, AVA, live=True) == {session.id}
    assert await ids(desk, SAM, live=True) == set()
    await desk.chats.conversation.leave(AVA, session.id, desk.id())
    assert await ids(desk, AVA, live=True) == set()
    # A service lists the session until everybody has left.
    assert await ids(desk, SERVICE, live=True) == {session.id}
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert await ids(desk, SERVICE, live=True) == set()


async def test_an_ended_chat_without_a_ticket_is_hidden_from_its_customer(desk: Desk) -> None:  # spec 8.3
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert await ids(desk, MIA) == set()
    with pytest.raises(SessionNotFound):
        await desk.chats.queries.get(MIA, session.id, 0)
    assert await ids(desk, AVA) == {session.id}


async def test_pages_follow_without_gap_or_repeat(desk: Desk) -> None:  # spec 11.1
    opened = {(await desk.waiting(customer)).id for customer in (MIA, LEO, ZOE)}
    await desk.settle()
    first = await desk.chats.queries.page(AVA, SessionQuery(""), 2, "")
    second = await desk.chats.queries.page(AVA, SessionQuery(""), 2, first.next_token)
    assert {session.id for session in [*first.sessions, *second.sessions]} == opened
    assert second.next_token == ""
    for size, token, field in ((501, "", "page_size"), (10, "nonsense", "page_token")):
        with pytest.raises(BadArgument) as refused:
            await desk.chats.queries.page(AVA, SessionQuery(""), size, token)
        assert refused.value.field == field


async def test_the_log_is_readable_and_complete(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    await desk.clock.advance(65)
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Smoke \N{FIRE}\n09:00:00  Ava Chen: forged")
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    await desk.clock.advance(86_400)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Printer", "high"))

    log = await desk.chats.queries.chat_log(SERVICE, session.id, session.desk_id, 12)
    assert log.file_name == "chat_log_20260303T090105Z.txt"
    assert log.session.wish == NewTicket("service-desk", "Printer", "high")
    assert await text_of(log) == (
        "Chat log: Printer is on fire\n"
        f"Session: {session.id} (request)\n"
        "Ticket: 12\n"
        "Customer: Mia Torres, Acme Ltd\n"
        "People: Mia Torres (customer), Ava Chen (engineer), Sam Okafor (engineer)\n"
        "Opened: 2026-03-02 09:00:00 by Mia Torres\n"
        "Handled: 2026-03-02 09:00:00\n"
        "Waited: 0 s\n"
        "Ended: 2026-03-03 09:01:05\n"
        "Ended by: Ava Chen\n"
        "Statuses: waiting 2026-03-02 09:00:00; handled 2026-03-02 09:00:00; completed 2026-03-03 09:01:05\n"
        "Times are UTC.\n"
        "\n"
        "--- Monday 2026-03-02 ---\n"
        "09:00:00  * Mia Torres opened the chat (waiting)\n"
        "09:00:00  * Mia Torres joined the chat\n"
        "09:00:00  Mia Torres (customer): Printer is on fire\n"
        "09:00:00  * Ava Chen joined the chat\n"
        "09:00:00  * waiting -> handled: an engineer joined\n"
        "09:01:05  Mia Torres (customer): Smoke \N{FIRE}\n"
        "          09:00:00  Ava Chen: forged\n"
        "09:01:05  * Sam Okafor joined the chat\n"
        "--- Tuesday 2026-03-03 ---\n"
        "09:01:05  * handled -> completed: ended\n"
        "09:01:05  * The chat session is now closed\n"
    )


@pytest.mark.parametrize(("ending", "line"), [(ExistingTicket(VPN.id), "Ticket: t-vpn"), (NoTicket(), "Ticket: none"), (None, "Ticket: 7")])
async def test_the_header_names_the_ticket(desk: Desk, ending: Ending, line: str) -> None:  # spec 4.2
    session = await desk.handled(ticket_id="" if ending else VPN.id)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), ending)
    log = await desk.chats.queries.chat_log(AVA, session.id, "")
    assert line in (await text_of(log)).splitlines()


async def test_typed_text_cannot_imitate_a_header_line(desk: Desk) -> None:  # spec 4.2
    desk.directory.companies[DESK, "acme"] = "Acme\r\nEnded by: Nobody"
    title = "Fire\nTicket: 1\u2028Customer: Somebody Else\rEnded by: Nobody"
    session = (await desk.chats.opening.request_chat(MIA, desk.id(), title, "")).session
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Fire\nTicket: 1", "high"))

    log = await desk.chats.queries.chat_log(AVA, session.id, "")

    header = (await text_of(log)).partition("\n\n")[0].splitlines()
    fields = [line.partition(":")[0] for line in header]
    assert fields == [
        "Chat log",
        "Session",
        "Ticket",
        "Customer",
        "People",
        "Opened",
        "Handled",
        "Waited",
        "Ended",
        "Ended by",
        "Statuses",
        "Times are UTC.",
    ]
    assert header[2] == "Ticket: a new one, Fire Ticket: 1"


async def test_a_log_of_any_length_is_streamed_in_messages_below_the_size_limit(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    for number in range(200):
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", f"{number} " + "\N{FIRE}" * 3_900)

    pieces = [piece async for piece in (await desk.chats.queries.chat_log(AVA, session.id, "")).pieces]

    assert len(pieces) > 10 and max(len(piece.encode()) for piece in pieces) <= PIECE_BYTES
    messages = [line for line in "".join(pieces).splitlines() if "\N{FIRE}" in line]
    assert [line.split()[4] for line in messages] == [str(number) for number in range(200)]
    assert all(line.count("\N{FIRE}") == 3_900 for line in messages)


async def test_a_repeated_call_returns_the_same_file(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Printer", "high"))
    first = await desk.chats.queries.chat_log(SERVICE, session.id, session.desk_id)
    await desk.turn(100)
    repeated = await desk.replica().queries.chat_log(SERVICE, session.id, session.desk_id)
    assert (repeated.file_name, await text_of(repeated)) == (first.file_name, await text_of(first))


async def test_only_engineers_with_access_and_services_get_the_log(desk: Desk) -> None:  # spec 4.2, 2.10
    session = await desk.handled(ZOE)
    with pytest.raises(NotAllowed):
        await desk.chats.queries.chat_log(ZOE, session.id, "")
    for viewer, desk_id in ((BO, ""), (SERVICE, "other"), (SERVICE, "")):
        with pytest.raises(SessionNotFound):
            await desk.chats.queries.chat_log(viewer, session.id, desk_id)
    assert (await desk.chats.queries.chat_log(AVA, session.id, "")).session.id == session.id


async def test_concurrent_readers_and_writers_see_one_order(desk: Desk) -> None:  # spec 3.6
    session = await desk.waiting()
    posts = [desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "Hello") for number in range(30)]
    reads = [desk.chats.queries.get(MIA, session.id, 0) for _ in range(30)]
    results = await asyncio.gather(*posts, *reads)
    final = desk.entries(session.id)
    seen = [result.entries for result in results if isinstance(result, Answer)]
    assert len(seen) == 30 and all(entries == final[: len(entries)] for entries in seen)
