"""Erasing a customer from the chats of other customers, which the words of the history lead to (spec 10.6)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from servicekit.erasing import ErasureTask
from servicekit.errors import Unavailable
from services.chat.domain.chain import verify
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.events import CallbackWish, NewTicket, Solved
from services.chat.handlers import erasure_sessions
from services.chat.handlers.erasure_sessions import SAVED_WITHIN
from tests.fakes.chat.desk import AVA, LEO, ZOE, Desk
from tests.unit.chat.test_erasing import OF_MIA, talk, texts
from tests.unit.chat.test_internal_notes import note

# A session of more different words than the history keeps.
MANY_WORDS = [" ".join(f"w{number}x{count}" for count in range(200)) for number in range(3)]


async def words_saved(desk: Desk) -> None:
    await desk.settle()
    while await desk.chats.history_terms.save_due():
        pass


async def erase(desk: Desk, task: ErasureTask) -> int:
    """All steps, while the words of sessions are saved; how many entries they replaced."""
    changed = 0
    while True:
        step = asyncio.create_task(desk.chats.person_erasing.erase(task))
        while not step.done():
            await desk.clock.advance(1)
            await words_saved(desk)
        changed, task = changed + step.result().changed, replace(task, after=step.result().after)
        if not task.after:
            return changed


async def ended(desk: Desk, *written: str) -> str:
    """A chat of Zoe that has ended, in which she wrote this."""
    session = await desk.handled(ZOE)
    for text in written:
        await desk.chats.conversation.post_message(ZOE, session.id, desk.id(), text)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    # Everybody is out of it.
    await desk.turn(3600)
    assert not desk.session(session.id).live
    return session.id


async def test_full_names_and_addresses_go_from_the_chats_of_others(desk: Desk) -> None:  # spec 10.6, 8.4
    written = ["Ask MIA TORRES", "or mia@acme.example", "at +442079460101", "Mia knows, Mrs Torres too"]
    own, over, live = await talk(desk), await ended(desk, *written), await desk.waiting(LEO, "Mia Torres is a friend")
    other = await ended(desk, "Ask Mia, or Emilia Torres")
    before = desk.entries(other)

    assert await erase(desk, OF_MIA) == 3 + 3 + 1
    await words_saved(desk)

    erased = ["Ask Erased person", "or Erased person", "at Erased person", written[3]]
    assert texts(desk.entries(over))[1:] == erased and texts(desk.entries(live.id)) == ["Erased person is a friend"]
    assert desk.session(live.id).title == "Erased person is a friend" == desk.sessions.stored[live.id][0].title
    assert desk.entries(other) == before
    for id in (own, over, live.id):
        assert verify(desk.entries(id)) == len(desk.entries(id))
    assert all(not entry.salt and entry.commitment for entry in desk.entries(over) if set(texts([entry])) & set(erased[:3]))
    assert not {"example", "442079460101"} & desk.history.terms[over]


async def a_callback_note(desk: Desk) -> str:
    wish = CallbackWish("+44 20 7946 0101", note="Mia Torres has it")
    return (await desk.chats.opening.open_callback(ZOE, desk.id(), "Printer", wish)).session.id


async def a_closing_note_of_before(desk: Desk) -> str:
    session = (await desk.chats.opening.open_callback(ZOE, desk.id(), "Printer", CallbackWish("+44 20 7946 0101"))).session
    await desk.chats.ending.complete(AVA, session.id, desk.id(), ClosingNote("Mia Torres rang"))
    await desk.chats.ending.amend(AVA, session.id, desk.id(), "Nobody rang")
    return session.id


async def a_wished_ticket(desk: Desk) -> str:
    session = await desk.handled(ZOE)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "As Mia Torres says", "normal"))
    return session.id


async def a_comment(desk: Desk) -> str:
    session = await desk.handled(ZOE)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    await desk.chats.ending.give_feedback(ZOE, session.id, desk.id(), Solved.YES, "Thank Mia Torres")
    return session.id


async def an_internal_note(desk: Desk) -> str:
    session = await desk.handled(ZOE)
    await note(desk, AVA, session.id, "Mia Torres rang")
    return session.id


async def a_file(desk: Desk) -> str:
    session = await desk.handled(ZOE)
    await desk.send(ZOE, session.id, await desk.upload(ZOE, session.id, name="Mia Torres.txt"))
    return session.id


ALONE = [a_callback_note, a_closing_note_of_before, a_wished_ticket, a_comment, an_internal_note, a_file]


@pytest.mark.parametrize("named_in", ALONE)
async def test_a_name_is_found_in_each_text_of_a_chat(desk: Desk, named_in: Callable[[Desk], Awaitable[str]]) -> None:  # spec 10.6
    id = await named_in(desk)
    await desk.settle()
    # Not as a live one.
    task = replace(OF_MIA, after="naming:0:")

    assert await erase(desk, task) == 1
    await desk.settle()

    assert "Mia Torres" not in repr((desk.entries(id), desk.sessions.stored[id]))
    assert any("Erased person" in repr(entry.events) for entry in desk.entries(id) if entry.kind != "person_erased")


async def test_a_chat_with_more_words_than_the_history_keeps_is_read_too(desk: Desk) -> None:  # spec 10.6
    id = await ended(desk, *MANY_WORDS, "Ask Mia Torres")
    await words_saved(desk)
    assert "torres" not in desk.history.terms[id]

    assert await erase(desk, OF_MIA) == 1
    assert texts(desk.entries(id))[-1] == "Ask Erased person"


async def test_no_more_sessions_than_those_with_the_words_are_read(desk: Desk) -> None:  # spec 10.6
    named, others = await ended(desk, "Mia Torres"), [await ended(desk, "Mia is here") for _ in range(3)]
    read, load = list[str](), desk.log.load

    async def counted(desk_id: str, session_id: str, *more: int) -> object:
        read.append(session_id)
        return await load(desk_id, session_id, *more)

    await words_saved(desk)
    desk.log.load = counted  # type: ignore[method-assign, assignment]
    await erase(desk, OF_MIA)
    assert named in read and not {*others} & {*read}


async def test_a_name_of_one_word_stays_in_the_chats_of_others(desk: Desk) -> None:  # spec 10.6
    id = await ended(desk, "Mia", "Is Mia there?")
    assert await erase(desk, replace(OF_MIA, texts=("Mia", "mia@acme.example"))) == 0
    assert texts(desk.entries(id))[1:] == ["Mia", "Is Mia there?"]
    # Nothing of such a person could be found there.
    assert (await desk.chats.person_erasing.erase(replace(OF_MIA, texts=("Mia",)))).after == ""


async def test_pages_of_sessions_continue_where_the_last_report_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 10.6
    monkeypatch.setattr(erasure_sessions, "SESSIONS_AT_ONCE", 2)
    over = [await ended(desk, "Mia Torres, mia@acme.example") for _ in range(5)]
    live = [await desk.waiting(customer, "Mia Torres") for customer in (LEO, ZOE)]
    await erase(desk, OF_MIA)
    assert {text for id in (*over, *(each.id for each in live)) for text in texts(desk.entries(id))[-1:]} == {
        "Erased person, Erased person",
        "Erased person",
    }


async def test_a_step_waits_for_words_that_are_not_saved_and_gives_up_after_a_while(desk: Desk) -> None:  # spec 10.6
    id = await ended(desk, "Mia Torres")
    at = replace(OF_MIA, after="naming:0:")
    step = asyncio.create_task(desk.chats.person_erasing.erase(at))
    await desk.clock.advance(SAVED_WITHIN.total_seconds() + 1)
    with pytest.raises(Unavailable, match="words"):
        await step
    assert texts(desk.entries(id))[-1] == "Mia Torres"

    assert await erase(desk, at) == 1


async def test_a_crash_between_two_steps_leaves_nothing(desk: Desk) -> None:  # spec 10.6, design 10
    id = await ended(desk, "Mia Torres", "mia@acme.example")
    replaced = desk.log.replace

    async def crash(entries: object) -> None:
        desk.log.replace = replaced  # type: ignore[method-assign]
        raise Unavailable("The store does not answer.")

    desk.log.replace = crash  # type: ignore[method-assign]
    await words_saved(desk)
    with pytest.raises(Unavailable):
        await erase(desk, OF_MIA)
    assert await erase(desk, OF_MIA) == 2
    assert texts(desk.entries(id))[1:] == ["Erased person", "Erased person"]
    assert [entry.command_id for entry in desk.entries(id)].count("erase:mia") == 1
