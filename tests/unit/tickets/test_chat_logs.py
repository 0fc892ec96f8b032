"""Each session has exactly one log, after a crash at any point (spec 4.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.tickets.contract import events_of
from services.tickets.domain.attaching import AttachWish, NewTicketWish
from services.tickets.domain.ticket import Priority, Source, Ticket, TicketStatus
from services.tickets.domain.timeline import ChatReference, Note
from tests.fakes.faults import Crash, CrashesAt
from tests.unit.tickets.desk import AVA, HARBOUR, LEO, MIA, TicketsDesk

POINTS = ["ticket_made", "blob_stored", "note_inserted", "log_published"]
CREATE = NewTicketWish("projects", "Printer on fire", "high")


async def attach(desk: TicketsDesk, session_id: str = "s1") -> None:
    if task := await desk.chat_logs.attach(HARBOUR, session_id, desk.chat_client.chats[session_id]):
        await task


async def attach_as_often_as_it_takes(desk: TicketsDesk, faults: CrashesAt) -> None:
    while True:
        try:
            return await attach(desk)
        except Crash:
            desk.begin(faults)


async def only_ticket(desk: TicketsDesk) -> Ticket:
    (listed,) = desk.listed.shown.values()
    return await desk.reads.get(AVA, listed.id)


async def logs_on(desk: TicketsDesk, ticket: Ticket) -> list[Note]:
    entries = await desk.timeline(AVA, ticket)
    return [entry.body for entry in entries if isinstance(entry.body, Note) and entry.body.attachments]


async def test_a_new_ticket_is_created_with_the_log_on_an_internal_note(desk: TicketsDesk) -> None:  # spec 4.1, 4.2
    desk.ended_chat(CREATE)

    await attach(desk)

    ticket = await only_ticket(desk)
    assert (ticket.summary, ticket.priority, ticket.board.id) == ("Printer on fire", Priority.HIGH, "projects")
    assert (ticket.customer, ticket.source, ticket.number) == (MIA.ref, Source.CHAT, 1)
    _, note, chat = await desk.timeline(AVA, ticket)
    assert isinstance(note.body, Note) and isinstance(chat.body, ChatReference)
    assert (note.id, note.internal, chat.internal) == ("s1:log", True, False)
    text = f"Ticket: {ticket.number}\n{desk.chat_client.texts['s1']}"
    assert note.body.text == text[:3_100] and len(text) > 3_100
    (file,) = note.body.attachments
    assert (file.name, file.size) == ("chat_log_20260302T080000Z.txt", len(text.encode()))
    assert b"".join([piece async for piece in desk.reads.content(file)]).decode() == text


async def text_of(desk: TicketsDesk, note: Note) -> str:
    return b"".join([piece async for piece in desk.reads.content(note.attachments[0])]).decode()


@pytest.mark.parametrize("attached", [True, False])
async def test_the_log_names_the_ticket_that_it_is_on(desk: TicketsDesk, attached: bool) -> None:  # spec 4.2
    other = await desk.create(MIA)
    desk.ended_chat(AttachWish(other.id) if attached else CREATE)

    await attach(desk)

    ticket = other if attached else next(t for t in desk.listed.shown.values() if t.id != other.id)
    (log,) = await logs_on(desk, ticket)
    assert (await text_of(desk, log)).startswith(f"Ticket: {ticket.number}\n")
    assert log.text.startswith(f"Ticket: {ticket.number}\n")


async def test_a_log_whose_stream_broke_is_fetched_again_and_complete(desk: TicketsDesk) -> None:  # spec 4.2
    desk.ended_chat(CREATE)
    desk.chat_client.breaks = 2

    await attach(desk)

    (log,) = await logs_on(desk, await only_ticket(desk))
    assert await text_of(desk, log) == f"Ticket: 1\n{desk.chat_client.texts['s1']}"
    assert log.attachments[0].size == len((await text_of(desk, log)).encode())


async def test_the_customer_gets_the_chat_entry_and_not_the_log(desk: TicketsDesk) -> None:  # spec 4.2, 9.3, 9.4
    desk.ended_chat(CREATE)
    await attach(desk)
    ticket = await only_ticket(desk)

    _, chat = await desk.timeline(MIA, ticket)

    assert isinstance(chat.body, ChatReference) and chat.body.session_id == "s1"
    (log,) = await logs_on(desk, ticket)
    with pytest.raises(Exception, match="no such attachment"):
        await desk.reads.attachment(MIA, ticket.id, log.attachments[0].id)
    assert await desk.reads.attachment(AVA, ticket.id, log.attachments[0].id) == log.attachments[0]


@pytest.mark.parametrize("status", [TicketStatus.NEW, TicketStatus.CLOSED])
async def test_a_log_is_attached_to_an_existing_ticket_even_when_it_is_closed(desk: TicketsDesk, status: TicketStatus) -> None:  # spec 4.1
    ticket = await desk.create(MIA)
    if status is TicketStatus.CLOSED:
        await desk.update(AVA, ticket, status=status)
    desk.ended_chat(AttachWish(ticket.id))

    await attach(desk)

    assert len(await logs_on(desk, ticket)) == 1
    assert (await desk.reads.get(AVA, ticket.id)).status is status


async def test_a_log_whose_ticket_is_missing_gets_a_new_ticket(desk: TicketsDesk) -> None:
    desk.ended_chat(AttachWish("gone"))

    await attach(desk)

    ticket = await only_ticket(desk)
    assert (ticket.summary, ticket.board.id) == ("Printer on fire", "service-desk")
    assert len(await logs_on(desk, ticket)) == 1


async def test_an_outdated_wish_does_not_block_the_log(desk: TicketsDesk) -> None:
    desk.ended_chat(NewTicketWish("a board that went", "x" * 300, "whenever"))

    await attach(desk)

    ticket = await only_ticket(desk)
    assert (len(ticket.summary), ticket.board.id, ticket.priority) == (200, "service-desk", Priority.NORMAL)


async def test_a_file_name_is_sanitized(desk: TicketsDesk) -> None:  # spec 9.3
    desk.ended_chat(CREATE)
    desk.chat_client.file_name = '../chat\r\n"log".txt'

    await attach(desk)

    (log,) = await logs_on(desk, await only_ticket(desk))
    assert log.attachments[0].name == "__chat___log_.txt"


async def test_a_session_without_a_wish_changes_nothing(desk: TicketsDesk) -> None:  # spec 4.1
    desk.ended_chat(None)

    await attach(desk)

    assert desk.log.kept == [] and desk.files.kept == {}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("crashes", [1, 3])
async def test_a_crash_at_any_point_leaves_exactly_one_log(point: str, crashes: int) -> None:  # spec 4.2
    faults = CrashesAt(point, crashes)
    desk = TicketsDesk(faults)
    desk.ended_chat(CREATE)

    await attach_as_often_as_it_takes(desk, faults)
    assert faults.visits

    ticket = await only_ticket(desk)
    assert ticket.number == 1
    assert len(await logs_on(desk, ticket)) == 1
    await desk.relay.publish_all()
    attached = [event for commit in desk.relay.published for event in events_of(commit) if event.HasField("chat_log_attached")]
    first_published = list(dict.fromkeys(commit.ticket.revision for commit in desk.relay.published))
    assert first_published == sorted(first_published), "a later commit was published before the one that it follows"
    assert attached and {event.chat_log_attached.session_id for event in attached} == {"s1"}
    assert len({event.event_id for event in attached}) == 1


@pytest.mark.parametrize("point", POINTS)
async def test_unreferenced_files_are_deleted_after_an_hour_and_the_referenced_one_is_kept(point: str) -> None:  # spec 4.2
    faults = CrashesAt(point)
    desk = TicketsDesk(faults)
    desk.ended_chat(CREATE)
    with pytest.raises(Crash):
        await attach(desk)
    await attach(desk)
    before = len(desk.files.kept)
    await desk.clock.advance(minutes=59)
    await desk.sweep.once()
    assert len(desk.files.kept) == before

    await desk.clock.advance(minutes=2)
    await desk.sweep.once()

    (log,) = await logs_on(desk, await only_ticket(desk))
    assert list(desk.files.kept) == [log.attachments[0].id]
    assert await desk.files.unnamed(desk.clock.now() + timedelta(days=1), 10) == []


async def test_logs_of_chats_that_ended_in_the_same_second_have_different_names(desk: TicketsDesk) -> None:  # spec 4.2
    ticket = await desk.create(MIA)
    for session_id in ("s1", "s2", "s3", "s2"):
        desk.ended_chat(AttachWish(ticket.id), session_id)
        await attach(desk, session_id)

    names = [note.attachments[0].name for note in await logs_on(desk, ticket)]
    assert names == ["chat_log_20260302T080000Z.txt", "chat_log_20260302T080000Z_2.txt", "chat_log_20260302T080000Z_3.txt"]


async def test_the_preview_of_a_log_ends_between_two_characters(desk: TicketsDesk) -> None:  # spec 4.2
    desk.ended_chat(CREATE, text="x" * 3_080 + "👨‍👩‍👧‍👦" * 40)
    await attach(desk)

    (note,) = await logs_on(desk, await only_ticket(desk))
    assert note.text.endswith("x" + "👨‍👩‍👧‍👦") and len(note.text) == 3_097


@pytest.mark.parametrize(
    ("wished", "title", "summary"),
    [
        ("  a\n b ", "", "a b"),
        ("\u200b", "Fire\u202e", "Fire"),
        ("", "\u2800", "Chat with Mia Torres"),
        ("", "👨‍👩‍👧‍👦" * 60, "👨‍👩‍👧‍👦" * 28 + "…"),
    ],
    ids=ascii,
)
async def test_the_summary_of_a_ticket_is_one_line(desk: TicketsDesk, wished: str, title: str, summary: str) -> None:
    desk.ended_chat(NewTicketWish("projects", wished, "high"))
    desk.chat_client.chats["s1"] = replace(desk.chat_client.chats["s1"], title=title)
    await attach(desk)
    assert (await only_ticket(desk)).summary == summary


async def test_a_repeated_wish_is_published_again_and_changes_nothing(desk: TicketsDesk) -> None:  # spec 4.2
    desk.ended_chat(CREATE)
    await attach(desk)
    kept, published = list(desk.log.kept), len(desk.relay.published)

    await attach(desk)

    assert desk.log.kept == kept
    assert desk.relay.published[published:] == [kept[-1]]
    assert (desk.chat_client.ended_calls, desk.chat_client.log_calls) == (0, 1)


async def test_a_wish_that_is_not_in_the_record_is_fetched(desk: TicketsDesk) -> None:  # spec 4.2
    desk.ended_chat(CREATE)

    await desk.chat_logs.attach(HARBOUR, "s1", None)
    await desk.chat_logs.attach(HARBOUR, "s1", None)

    assert len(await logs_on(desk, await only_ticket(desk))) == 1
    assert (desk.chat_client.ended_calls, desk.chat_client.log_calls) == (1, 1)


async def test_two_replicas_that_attach_at_once_write_one_log(desk: TicketsDesk) -> None:  # spec 4.2
    ticket, other = await desk.create(MIA), await desk.create(LEO)
    desk.ended_chat(AttachWish(ticket.id))
    await attach(desk)
    # The slower replica read the wish before the faster one committed, and attaches to another ticket.
    first_of = desk.log.commit_of
    blind = iter([True, False])

    async def commit_of(desk_id: str, by_id: str | None, command_id: str) -> object:
        return None if next(blind, False) else await first_of(desk_id, by_id, command_id)

    desk.log.commit_of = commit_of  # type: ignore[assignment,method-assign]
    desk.ended_chat(AttachWish(other.id))
    await attach(desk)

    assert len(await logs_on(desk, ticket)) == 1
    assert await logs_on(desk, other) == []
