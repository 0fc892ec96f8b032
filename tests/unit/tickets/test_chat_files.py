"""The files of a chat reach its ticket with the log: once, whatever crashes, and beside other tickets (spec 13.5)."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from servicekit.errors import Unavailable
from services.tickets.domain.attaching import NewTicketWish
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Attachment, Commit, Note
from services.tickets.handlers import chat_file_copies
from services.tickets.handlers.chat_file_copies import CHATS_AT_ONCE, PutOff
from tests.fakes.faults import Crash, CrashesAt
from tests.fakes.waiting import until
from tests.unit.tickets.desk import AVA, HARBOUR, MIA, TicketsDesk

POINTS = ["ticket_made", "blob_stored", "chat_file_copied", "note_inserted", "log_published"]
CREATE = NewTicketWish("projects", "Printer on fire", "high")


async def begin(desk: TicketsDesk, session_id: str = "s1") -> asyncio.Task[None] | None:
    return await desk.chat_logs.attach(HARBOUR, session_id, desk.chat_client.chats[session_id])


async def attach(desk: TicketsDesk, session_id: str = "s1") -> None:
    if task := await begin(desk, session_id):
        await task


async def only_ticket(desk: TicketsDesk) -> Ticket:
    (listed,) = desk.listed.shown.values()
    return await desk.reads.get(AVA, listed.id)


async def files_on(desk: TicketsDesk, ticket: Ticket) -> list[Attachment]:
    """Returns the files after the log, of the one note that has files."""
    notes = [entry.body for entry in await desk.timeline(AVA, ticket) if isinstance(entry.body, Note) and entry.body.attachments]
    ((log, *files),) = [note.attachments for note in notes]
    assert log.name.startswith("chat_log_")
    return files


async def content_of(desk: TicketsDesk, file: Attachment) -> bytes:
    return b"".join([piece async for piece in desk.reads.content(file)])


def with_files(desk: TicketsDesk, count: int) -> list[str]:
    """Adds so many ended chats with a file each."""
    sessions = [desk.ended_chat(CREATE, f"s{number}") for number in range(count)]
    for session_id in sessions:
        desk.chat_file(f"a of {session_id}", session_id=session_id)
    return sessions


def counted(desk: TicketsDesk, name: str) -> float | None:
    return desk.metrics.registry.get_sample_value(f"parley_tickets_chat_files_{name}")


class SlowFiles:
    """chat sends no file before `go` is set."""

    def __init__(self, desk: TicketsDesk) -> None:
        self.go, self.asked, self._file = asyncio.Event(), 0, desk.chat_client.file
        desk.chat_client.file = self.file  # type: ignore[method-assign]

    async def file(self, desk_id: str, session_id: str, file_id: str) -> AsyncGenerator[bytes]:
        self.asked += 1
        await self.go.wait()
        async for piece in self._file(desk_id, session_id, file_id):
            yield piece


async def test_the_files_are_on_the_note_of_the_log_and_internal_like_it(desk: TicketsDesk) -> None:  # spec 9.3, 9.4, 13.5
    desk.ended_chat(CREATE)
    desk.chat_file("screen.png", b"x" * 3_500)
    desk.chat_file("screen.png 2", b"")

    await attach(desk)

    ticket = await only_ticket(desk)
    files = await files_on(desk, ticket)
    assert [(file.name, file.content_type, file.size) for file in files] == [
        ("screen.png", "image/png", 3_500),
        ("screen.png 2", "image/png", 0),
    ]
    assert [await content_of(desk, file) for file in files] == [b"x" * 3_500, b""]
    assert desk.files.named == desk.files.kept.keys() and desk.chat_client.log_calls == 1
    for file in files:
        with pytest.raises(AttachmentNotFound):
            await desk.reads.attachment(MIA, ticket.id, file.id)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("crashes", [1, 3])
async def test_a_crash_at_any_point_leaves_each_file_once(point: str, crashes: int) -> None:  # spec 4.2, 13.5
    faults = CrashesAt(point, crashes)
    desk = TicketsDesk(faults)
    desk.ended_chat(CREATE)
    for name in ("a", "b"):
        desk.chat_file(name)

    for _ in range(crashes + 1):
        try:
            await attach(desk)
        except Crash:
            desk.begin(faults)
    assert faults.visits
    await desk.clock.advance(hours=2)
    await desk.sweep.once()

    files = await files_on(desk, await only_ticket(desk))
    assert [file.name for file in files] == ["a", "b"]
    assert len(desk.files.kept) == 3 and {file.id for file in files} < desk.files.kept.keys() == desk.files.named


async def test_no_other_ticket_waits_and_a_repeated_wish_copies_nothing_twice(desk: TicketsDesk) -> None:  # spec 4.2, 9.5, 13.5
    slow = SlowFiles(desk)
    desk.ended_chat(CREATE)
    desk.chat_file("a")
    desk.ended_chat(CREATE, "s2")

    task = await begin(desk)
    assert await begin(desk) is task
    await attach(desk, "s2")
    assert task and not task.done() and len(desk.listed.shown) == 2

    slow.go.set()
    await task
    await attach(desk)
    assert (slow.asked, desk.chat_client.log_calls) == (1, 2)


async def test_more_chats_than_are_copied_at_once_wait_beside_other_tickets(desk: TicketsDesk) -> None:  # spec 10.9, 13.5
    slow = SlowFiles(desk)
    sessions = with_files(desk, CHATS_AT_ONCE + 1)
    tasks = [await begin(desk, session_id) for session_id in sessions]
    await until(lambda: slow.asked == CHATS_AT_ONCE)
    await attach(desk, desk.ended_chat(CREATE, "without files"))
    assert not any(task and task.done() for task in tasks) and slow.asked == CHATS_AT_ONCE

    slow.go.set()
    await asyncio.gather(*filter(None, tasks))

    named = [commit.attachments for commit in desk.log.kept if commit.session_id in sessions]
    assert list(map(len, named)) == [2] * len(sessions) and slow.asked == len(sessions)


async def test_a_chat_without_a_place_is_left_to_its_next_wish(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 10.9
    monkeypatch.setattr(chat_file_copies, "MOST_CHATS", 2)
    slow = SlowFiles(desk)
    first, second, third = with_files(desk, 3)
    tasks = [await begin(desk, first), await begin(desk, second)]
    await until(lambda: slow.asked == 2)
    before = len(desk.files.kept)
    assert await begin(desk, third) is None and counted(desk, "waiting") == 3 and len(desk.files.kept) == before
    # It is known to have files now, so its log is not fetched for nothing.
    assert await begin(desk, third) is None and desk.chat_client.log_calls == 3
    assert await begin(desk, desk.ended_chat(CREATE, "without files")) is None and desk.chat_client.log_calls == 4

    slow.go.set()
    await asyncio.gather(*filter(None, tasks))
    await attach(desk, third)
    assert (slow.asked, counted(desk, "waiting")) == (3, 0)


async def test_files_that_cannot_be_copied_hold_no_record_for_long(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 4.2, 9.5, 10.6, 13.5
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 0.0)
    desk.ended_chat(CREATE)
    desk.chat_file("a")
    desk.chat_file("b", b"x" * 2_500)
    desk.chat_client.file_breaks = 2
    for _ in range(2):
        with pytest.raises(PutOff):
            await attach(desk)
        assert desk.copies.running("s1") is None
    # Nothing stays of the files that were copied and of the two logs.
    assert not desk.files.kept

    # chat repeats its wish.
    await attach(desk)

    assert [file.name for file in await files_on(desk, await only_ticket(desk))] == ["a", "b"]
    await desk.clock.advance(hours=2)
    await desk.sweep.once()
    assert len(desk.files.kept) == 3 and desk.files.kept.keys() == desk.files.named


async def test_a_file_of_which_nothing_comes_is_tried_again(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 9.5
    monkeypatch.setattr(chat_file_copies, "PIECE_SECONDS", 0.01)
    slow = SlowFiles(desk)
    desk.ended_chat(CREATE)
    desk.chat_file("a")
    task = await begin(desk)
    await until(lambda: slow.asked >= 2)

    monkeypatch.setattr(chat_file_copies, "PIECE_SECONDS", 60.0)
    slow.go.set()
    assert task
    await task
    assert [file.name for file in await files_on(desk, await only_ticket(desk))] == ["a"]


async def test_a_commit_whose_result_is_unknown_is_not_left(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 10.6: an erasure waits for the record, so the commit must not come later.
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 0.0)
    append, answers = desk.log.append, iter([Unavailable("The store does not answer.")] * 2)

    async def unknown(commit: Commit) -> None:
        if commit.session_id and (error := next(answers, None)):
            raise error
        await append(commit)

    monkeypatch.setattr(desk.log, "append", unknown)
    desk.ended_chat(CREATE)
    desk.chat_file("a")

    await attach(desk)

    assert [file.name for file in await files_on(desk, await only_ticket(desk))] == ["a"]
    assert desk.chat_client.log_calls == 1 and next(answers, None) is None


async def test_the_copy_is_tried_again_while_chat_is_down(desk: TicketsDesk) -> None:  # spec 9.5, 13.5
    desk.ended_chat(CREATE)
    desk.chat_file("a", b"x" * 2_500)
    desk.chat_client.file_breaks = 2

    await attach(desk)

    (file,) = await files_on(desk, await only_ticket(desk))
    assert await content_of(desk, file) == b"x" * 2_500 and desk.chat_client.log_calls == 3


async def test_a_file_that_was_erased_meanwhile_is_left_out(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    desk.ended_chat(CREATE)
    gone = desk.chat_file("gone")
    desk.chat_file("there")
    del desk.chat_client.contents[gone]

    await attach(desk)

    files = await files_on(desk, await only_ticket(desk))
    assert [file.name for file in files] == ["there"] and len(desk.files.kept) == 2


async def test_what_runs_is_cancelled_when_the_service_stops(desk: TicketsDesk) -> None:
    slow = SlowFiles(desk)
    desk.ended_chat(CREATE)
    desk.chat_file("a")
    task = await begin(desk)

    await until(lambda: slow.asked == 1)
    await desk.copies.stop()

    assert task and task.cancelled() and desk.copies.running("s1") is None and not desk.files.kept
