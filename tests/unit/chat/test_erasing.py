"""Erasing a person from the sessions: what goes, what stays, and that the chain and written logs can still be proved."""

import asyncio
from dataclasses import replace
from functools import reduce
from hashlib import sha256

import pytest

from servicekit.erasing import ErasureTask, Step
from servicekit.errors import Unavailable
from services.chat.domain.chain import verify
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.events import CallbackWish, Entry, MessagePosted, NewTicket, Solved
from services.chat.domain.session import apply
from services.chat.handlers.chat_logs import Verdict
from services.chat.handlers.erasing import PUBLISHED_WITHIN
from services.chat.handlers.erasure_sessions import LIVE
from tests.fakes.chat.desk import AVA, DESK, MIA, SAM, SERVICE, ZOE, Desk
from tests.fakes.waiting import until

OF_MIA = ErasureTask("mia", DESK, True, ("Mia Torres", "mia@acme.example", "+442079460101"))
OF_AVA = ErasureTask("ava", DESK, False, ("Ava Chen",))


def texts(entries: list[Entry]) -> list[str]:
    return [event.text for entry in entries for event in entry.events if isinstance(event, MessagePosted)]


async def talk(desk: Desk) -> str:
    session = await desk.handled()
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "My number is secret")
    await desk.chats.conversation.post_message(AVA, session.id, "m2", "Thank you, MIA TORRES!")
    await desk.chats.read_positions.mark(MIA, session.id, 2)
    return session.id


async def test_a_customer_is_erased_from_entries_state_and_read_positions(desk: Desk) -> None:  # spec 10.6
    id = await talk(desk)

    assert await desk.chats.person_erasing.erase(OF_MIA) == Step(3, LIVE)
    await desk.settle()

    assert texts(desk.entries(id)) == ["Erased", "Erased", "Thank you, Erased person!"]
    stored = repr((desk.entries(id), desk.session(id), desk.sessions.stored[id])).casefold()
    assert not [word for word in ("mia torres", "mia@", "+4420", "printer", "secret") if word in stored]
    assert desk.session(id).customer.id == "mia" and desk.session(id).title == "Erased"
    assert await desk.reads.of_session(DESK, id) == []


async def test_a_state_that_was_computed_before_equals_the_state_of_the_erased_entries(desk: Desk) -> None:  # spec 3.7, 10.6
    wish = CallbackWish("+44 20 7946 0101", note="Ask for me")
    callback = (await desk.chats.opening.open_callback(MIA, desk.id(), "Printer", wish)).session
    await desk.chats.ending.complete(AVA, callback.id, desk.id(), ClosingNote("Rang her"))
    request = await desk.handled()
    await desk.chats.conversation.invite(AVA, request.id, desk.id(), "sam")
    for task in (OF_AVA, OF_MIA):
        await desk.chats.person_erasing.erase(task)
        await desk.settle()
        for id in (callback.id, request.id):
            assert desk.sessions.stored[id][0] == desk.session(id)


async def test_a_step_ends_when_kafka_has_what_was_written_before(desk: Desk) -> None:  # spec 10.6
    await talk(desk)
    desk.relays[0].lags = True
    erasing = asyncio.create_task(desk.chats.person_erasing.erase(OF_MIA))
    await until(lambda: any(entry.command_id == "erase:mia" for entry, _ in desk.relays[0].committed_entries))
    assert not erasing.done()

    desk.relays[0].lags = False
    while not erasing.done():
        await desk.clock.advance(1)

    assert (await erasing).changed == 3


async def test_a_step_gives_up_when_kafka_never_gets_a_session_and_a_repeat_ends(desk: Desk) -> None:  # spec 10.6
    id = await talk(desk)
    desk.relays[0].lags = True
    erasing = asyncio.create_task(desk.chats.person_erasing.erase(OF_MIA))
    await until(lambda: any(entry.command_id == "erase:mia" for entry, _ in desk.relays[0].committed_entries))
    await until(lambda: desk.clock.sleepers > 0)
    await desk.clock.advance(PUBLISHED_WITHIN.total_seconds() + 1)
    await until(erasing.done)
    with pytest.raises(Unavailable, match=id):
        await erasing

    desk.relays[0].lags = False
    assert await desk.chats.person_erasing.erase(OF_MIA) == Step(0, LIVE)


async def test_the_chain_and_logs_that_were_written_before_can_still_be_proved(desk: Desk) -> None:  # spec 8.4, 10.6
    id = await talk(desk)
    log = await desk.chats.chat_logs.write(SERVICE, id, DESK)
    digest = sha256("".join([piece.text async for piece in log.pieces]).encode()).hexdigest()

    await desk.chats.person_erasing.erase(OF_MIA)

    entries = desk.entries(id)
    assert verify(entries) == len(entries)
    assert (await desk.chats.chat_logs.prove(AVA, id, digest)).verdict is Verdict.GENUINE
    kept = next(entry for entry in entries if not entry.commitment)
    desk.log.entries[DESK, id][kept.revision - 1] = replace(kept, salt="")
    assert verify(desk.entries(id)) == kept.revision - 1


async def test_salt_and_digest_of_what_was_erased_are_gone_and_a_repeat_is_still_one(desk: Desk) -> None:  # spec 3.6, 10.6
    id = await talk(desk)
    before = desk.entries(id)
    await desk.chats.person_erasing.erase(OF_MIA)
    changed = [entry for entry in desk.entries(id)[: len(before)] if entry not in before]
    assert {entry.by.id for entry in changed} == {"mia", "ava"}
    assert all((entry.salt, entry.fingerprint) == ("", "") and entry.commitment for entry in changed)

    now = len(desk.entries(id))
    for chats in (desk.chats, desk.replica()):
        await chats.conversation.post_message(AVA, id, "m2", "Thank you, MIA TORRES!")
    assert len(desk.entries(id)) == now


async def test_an_engineer_is_erased_from_the_sessions_of_others(desk: Desk) -> None:  # spec 10.6
    id, untouched = await talk(desk), await desk.waiting(ZOE)
    await desk.chats.conversation.post_message(MIA, id, "m3", "Is Ava Chen there?")
    await desk.chats.ending.complete(AVA, id, desk.id(), NoTicket())

    await desk.chats.person_erasing.erase(OF_AVA)

    assert texts(desk.entries(id)) == ["Printer is on fire", "My number is secret", "Erased", "Is Erased person there?"]
    assert "Ava Chen" not in repr((desk.entries(id), desk.session(id)))
    assert len(desk.entries(untouched.id)) == 1


async def test_an_engineer_is_erased_from_what_others_wrote_about_a_chat(desk: Desk) -> None:  # spec 3.7, 10.6, 8.4
    wish = CallbackWish("+44 20 7946 0101", note="Ava Chen has it")
    callback = (await desk.chats.opening.open_callback(MIA, desk.id(), "Ava Chen asked me", wish)).session
    await desk.chats.ending.complete(SAM, callback.id, desk.id(), ClosingNote("Ava Chen rang"))
    request = await desk.handled()
    await desk.chats.ending.complete(AVA, request.id, desk.id(), NewTicket("service-desk", "As Ava Chen says", "normal"))
    await desk.chats.ending.give_feedback(MIA, request.id, desk.id(), Solved.YES, "Thank you, Ava")
    await desk.settle()

    await desk.chats.person_erasing.erase(OF_AVA)
    await desk.settle()

    for id in (callback.id, request.id):
        held, entries = desk.session(id), desk.entries(id)
        assert "Ava" not in repr((held, entries)) and verify(entries) == len(entries)
        assert desk.sessions.stored[id][0] == held == reduce(apply, entries, None)
    assert (desk.session(callback.id).title, desk.session(callback.id).callback) == (
        "Erased person asked me",
        CallbackWish("+442079460101", note="Erased person has it"),
    )
    feedback = desk.session(request.id).feedback
    assert feedback and feedback.comment == "Thank you, Erased person"
    assert await desk.chats.person_erasing.erase(OF_AVA) == Step(0, "")

    # The event has texts of others, and they go with their people.
    await desk.chats.person_erasing.erase(OF_MIA)
    await desk.settle()
    for id in (callback.id, request.id):
        assert not [word for word in ("asked me", "has it", "rang", "says", "Thank") if word in repr((desk.session(id), desk.entries(id)))]
        assert reduce(apply, desk.entries(id), None) == desk.session(id)


async def test_a_first_or_last_name_alone_goes_where_the_person_took_part(desk: Desk) -> None:  # spec 10.6
    id, other = await talk(desk), await desk.waiting(ZOE, "Ask Ava, or Mrs Chen")
    for number, text in enumerate(("Hi ava!", "Mrs CHEN?", "Avalon and Chennai")):
        await desk.chats.conversation.post_message(MIA, id, f"n{number}", text)

    await desk.chats.person_erasing.erase(OF_AVA)

    assert texts(desk.entries(id))[-3:] == ["Hi Erased person!", "Mrs Erased person?", "Avalon and Chennai"]
    assert texts(desk.entries(other.id)) == ["Ask Ava, or Mrs Chen"] and len(desk.entries(other.id)) == 1


async def test_a_name_of_one_word_goes_where_the_person_took_part(desk: Desk) -> None:  # spec 10.6
    id, other = await talk(desk), await desk.waiting(ZOE, "Will Ava call?")
    await desk.chats.conversation.post_message(MIA, id, "m3", "Thank you, Ava")

    await desk.chats.person_erasing.erase(replace(OF_AVA, texts=("Ava",)))

    assert texts(desk.entries(id))[-1] == "Thank you, Erased person"
    assert texts(desk.entries(other.id)) == ["Will Ava call?"]


async def test_a_closing_note_that_is_edited_during_the_erasure_loses_the_name_too(desk: Desk) -> None:  # spec 4.12, 10.6
    callback, replaced = CallbackWish("+44 20 7946 0101", note="Ava Chen has it"), desk.log.replace
    session = (await desk.chats.opening.open_callback(MIA, desk.id(), "Printer", callback)).session
    await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Rang"))

    async def with_a_late_note(entries: list[Entry]) -> None:
        desk.log.replace = replaced  # type: ignore[method-assign]
        await desk.chats.ending.amend(SAM, session.id, desk.id(), "Ava Chen was here")
        await replaced(entries)

    desk.log.replace = with_a_late_note  # type: ignore[method-assign, assignment]
    await desk.chats.person_erasing.erase(OF_AVA)
    await desk.settle()

    held = desk.session(session.id)
    assert held.close_record and held.close_record.note == "Erased person was here"
    assert held == reduce(apply, desk.entries(session.id), None) == desk.sessions.stored[session.id][0]


async def test_a_repeat_after_a_crash_erases_what_is_left_and_then_nothing(desk: Desk) -> None:  # spec 10.6
    id = await talk(desk)
    before = desk.entries(id)
    await desk.chats.person_erasing.erase(OF_MIA)
    after = desk.entries(id)
    desk.log.entries[DESK, id][3] = before[3]

    assert await desk.chats.person_erasing.erase(OF_MIA) == Step(1, LIVE)
    assert desk.entries(id) == after
    assert await desk.chats.person_erasing.erase(OF_MIA) == Step(0, LIVE)


async def test_what_is_posted_while_entries_are_erased_is_erased_too(desk: Desk) -> None:  # spec 10.6
    id, replaced = await talk(desk), desk.log.replace

    async def with_a_late_message(entries: list[Entry]) -> None:
        desk.log.replace = replaced  # type: ignore[method-assign]
        await desk.chats.conversation.post_message(AVA, id, "late", "Ask Mia Torres")
        await replaced(entries)

    desk.log.replace = with_a_late_message  # type: ignore[method-assign, assignment]
    await desk.chats.person_erasing.erase(OF_MIA)
    assert texts(desk.entries(id))[-1] == "Ask Erased person"


async def test_a_repeat_has_the_words_of_an_erased_session_saved_once_more(desk: Desk) -> None:  # spec 8.1, 10.6
    id = await talk(desk)
    await desk.chats.person_erasing.erase(OF_MIA)
    await desk.turn(4)
    # Read before the entries were replaced; then the step crashed.
    assert await desk.chats.history_terms.save_due()
    desk.history.terms[id] = frozenset({"secret"})
    assert not await desk.chats.history_terms.save_due()

    assert await desk.chats.person_erasing.erase(OF_MIA) == Step(0, LIVE)
    assert await desk.chats.history_terms.save_due()
    assert "secret" not in desk.history.terms[id] and "erased" in desk.history.terms[id]


async def test_many_sessions_are_erased_step_by_step(desk: Desk) -> None:  # spec 10.6
    ids = []
    for _ in range(51):
        session = await desk.handled()
        await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
        await desk.clock.advance(1)
        ids.append(session.id)
    await desk.settle()

    first = await desk.chats.person_erasing.erase(OF_MIA)
    assert first.after
    assert (await desk.chats.person_erasing.erase(replace(OF_MIA, after=first.after))).after == LIVE
    assert {desk.session(id).title for id in ids} == {"Erased"}
