"""Internal notes: who may write one, that it is no answer to the customer, and that no reader but engineers gets it."""

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.erasing import ErasureTask
from servicekit.visibility import for_customers
from services.chat.contract.sessions import entry_to_proto, page_to_proto, record_of
from services.chat.domain.chain import verify
from services.chat.domain.conversation import PushAnswer
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, ChatError, CommandIdReused, NotAllowed, SessionNotFound, StepNotAllowed
from services.chat.domain.events import NoteWritten, Offer
from services.chat.domain.history import HistoryQuery
from services.chat.domain.people import Viewer
from services.chat.handlers.session_command import Outcome
from tests.fakes.chat.desk import AVA, BO, DESK, MIA, SAM, SERVICE, VPN, ZOE, Desk

NOTE = "Sold her the wrong one in March"


async def note(desk: Desk, viewer: Viewer, session_id: str, text: str = NOTE, id: str = "") -> Outcome:
    return await desk.chats.conversation.post_message(viewer, session_id, id or desk.id(), "", text)


async def test_an_engineer_in_the_chat_writes_a_note(desk: Desk) -> None:  # spec 13.3
    session = await desk.handled(engineer=BO)
    assert (await note(desk, BO, session.id, id="n1")).revision == session.revision + 1
    last = desk.entries(session.id)[-1]
    assert (last.by, last.kind, last.events) == (BO.person, "note", (NoteWritten("n1", NOTE),))


@pytest.mark.parametrize("viewer", [SAM, AVA], ids=["supervisor", "admin"])
async def test_a_supervisor_writes_a_note_without_joining(desk: Desk, viewer: Viewer) -> None:  # spec 13.4
    for session in (await desk.handled(engineer=BO), await desk.waiting(ZOE)):
        await note(desk, viewer, session.id)
        assert desk.session(session.id).participants == session.participants


async def test_everybody_else_is_refused_and_nothing_changes(desk: Desk) -> None:  # spec 10.2, 13.3
    session, of_zoe = await desk.handled(), await desk.handled(ZOE)
    pushed = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "")).session
    cases: list[tuple[Viewer, str, type[ChatError], str]] = [
        (MIA, session.id, NotAllowed, "wrong_side"),
        (BO, session.id, NotAllowed, "not_in_session"),
        (BO, of_zoe.id, SessionNotFound, "session_not_found"),
        (ZOE, session.id, SessionNotFound, "session_not_found"),
        (SAM, pushed.id, SessionNotFound, "session_not_found"),
    ]
    for viewer, session_id, kind, code in cases:
        before = desk.session(session_id)
        with pytest.raises(kind) as refused:
            await note(desk, viewer, session_id)
        assert refused.value.code == code
        assert desk.session(session_id) == before


async def test_an_ended_chat_takes_no_notes(desk: Desk) -> None:  # spec 13.3
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    with pytest.raises(StepNotAllowed):
        await note(desk, AVA, session.id)


@pytest.mark.parametrize("text", [" \n", "x" * 4001, "a\0b", "half \ud83d"], ids=ascii)
async def test_a_notes_text_has_the_limits_of_a_message(desk: Desk, text: str) -> None:  # spec 3.6, 13.3
    session = await desk.handled()
    with pytest.raises(BadArgument) as refused:
        await note(desk, AVA, session.id, text)
    assert refused.value.field == "note"
    assert desk.session(session.id) == session


async def test_a_post_is_never_both_and_an_id_is_never_used_for_both(desk: Desk) -> None:  # spec 3.8, 13.3
    session = await desk.handled()
    with pytest.raises(BadArgument) as refused:
        await desk.chats.conversation.post_message(AVA, session.id, "n1", "to Mia", NOTE)
    assert refused.value.field == "note"
    first = await note(desk, AVA, session.id, "The same", "n1")
    assert (await note(desk, AVA, session.id, "The same", "n1")).revision == first.revision
    with pytest.raises(CommandIdReused):
        await desk.chats.conversation.post_message(AVA, session.id, "n1", "The same")


async def test_a_note_is_no_answer_to_the_customer(desk: Desk) -> None:  # spec 3.12, 4.7, 13.3
    desk.set(idle_after=600)
    session = await desk.handled()
    await desk.turn(300)
    await note(desk, AVA, session.id)
    assert await desk.turn(300) == ["idle"]
    await note(desk, AVA, session.id)
    assert desk.session(session.id).offer is Offer.NO_ACTIVITY

    desk.presence.set("ava", "offline", desk.clock.now())
    await desk.turn(120)
    await note(desk, AVA, session.id)
    assert desk.session(session.id).unattended


async def test_a_push_chats_sender_may_write_one_that_its_customer_never_gets(desk: Desk) -> None:  # spec 2.9, 13.3
    pushed = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Hello")).session
    await note(desk, AVA, pushed.id)
    await desk.chats.conversation.answer_push(MIA, pushed.id, desk.id(), PushAnswer.ACCEPT)
    read = await desk.chats.queries.get(MIA, pushed.id, 0)
    assert NOTE.encode() not in for_customers(page_to_proto(read.session, read.entries)).SerializeToString()


async def test_a_customer_gets_the_notes_number_and_neither_text_nor_writer(desk: Desk) -> None:  # spec 3.7, 13.3
    session = await desk.handled(engineer=BO)
    await note(desk, SAM, session.id, id="n1")
    entry = desk.entries(session.id)[-1]
    seen = for_customers(entry_to_proto(entry))
    assert seen == pb.SessionEntry(session_id=session.id, revision=entry.revision, at=seen.at, hash=entry.hash, hidden=1)
    # An entry that is sent without the card is sent to customers whole.
    assert record_of(entry, desk.session(session.id)).headers["card"] == "changed"


async def test_the_chat_log_leaves_notes_out_and_can_still_be_proved(desk: Desk) -> None:  # spec 4.2, 8.4, 13.3
    session = await desk.handled(engineer=BO)
    await note(desk, SAM, session.id)
    await desk.chats.conversation.post_message(BO, session.id, desk.id(), "On my way")
    log = await desk.chats.chat_logs.write(SERVICE, session.id, DESK)
    text = "".join([piece.text async for piece in log.pieces])
    assert "On my way" in text and NOTE not in text and "Sam Okafor" not in text
    assert f"Entries: {desk.session(session.id).revision}" in text


async def test_engineers_find_a_chat_by_the_words_of_a_note(desk: Desk) -> None:  # spec 8.1, 13.3
    session = await desk.handled()
    await note(desk, AVA, session.id)
    await desk.settle()
    await desk.turn(4)
    while await desk.chats.history_terms.save_due():
        pass
    query = HistoryQuery(desk_id="", words=("wrong", "march"))
    assert [found.id for found in (await desk.chats.history.page(BO, query, 0, "")).sessions] == [session.id]
    with pytest.raises(NotAllowed):
        await desk.chats.history.page(MIA, query, 0, "")


@pytest.mark.parametrize(
    ("task", "left"),
    [
        (ErasureTask("mia", DESK, True, ("Mia Torres",)), ["Erased", "Erased"]),
        (ErasureTask("ava", DESK, False, ("Ava Chen",)), ["Erased", "Ask Erased person"]),
        (ErasureTask("bo", DESK, False, ("Bo Lindqvist",)), ["She cannot print", "Ask Ava Chen"]),
    ],
    ids=["customer", "writer", "another engineer"],
)
async def test_notes_about_an_erased_customer_and_of_an_erased_engineer_go(
    desk: Desk, task: ErasureTask, left: list[str]
) -> None:  # spec 10.6, 13.3
    session = await desk.handled()
    await note(desk, AVA, session.id, "She cannot print")
    await note(desk, SAM, session.id, "Ask Ava Chen")
    await desk.chats.person_erasing.erase(task)
    events = [event for entry in desk.entries(session.id) for event in entry.events]
    assert [event.text for event in events if isinstance(event, NoteWritten)] == left
    assert verify(desk.entries(session.id)) == len(desk.entries(session.id))
