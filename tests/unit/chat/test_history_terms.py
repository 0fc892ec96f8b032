"""How the terms of sessions follow their logs."""

from collections.abc import Collection, Sequence
from datetime import datetime

import pytest

from servicekit.errors import Unavailable
from servicekit.text import words_of
from services.chat.domain.arguments import MAX_CHARS
from services.chat.domain.conversation import JoinMode
from services.chat.domain.history import MAX_TEXT, MAX_WORDS
from services.chat.domain.session import ChatSession
from tests.fakes.chat.desk import AVA, MIA, ZOE, Desk


async def saved(desk: Desk) -> None:
    await desk.settle()
    while await desk.chats.history_terms.save_due():
        pass


async def test_terms_are_saved_once_a_session_is_at_rest(desk: Desk) -> None:  # spec 8.1
    session = await desk.waiting()
    await saved(desk)
    assert desk.history.terms == {}
    await desk.turn(3)
    await saved(desk)
    values = {"=", "company=acme", "customer=mia", "status=waiting", "type=request"}
    assert {"fire", "torres", "acme", *values} <= desk.history.terms[session.id]


async def test_a_change_replaces_what_no_longer_holds(desk: Desk) -> None:  # spec 8.1
    session = await desk.waiting()
    await desk.turn(4)
    await saved(desk)
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.turn(4)
    await saved(desk)
    statuses = {term for term in desk.history.terms[session.id] if term.startswith("status=")}
    assert statuses == {"status=handled"}


async def test_a_crash_before_the_session_is_marked_repeats_the_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # design 10
    session = await desk.waiting()
    await desk.turn(4)

    async def crash(_: Sequence[tuple[ChatSession, datetime]]) -> None:
        raise Unavailable("The store does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.history, "saved", crash)
        with pytest.raises(Unavailable):
            await desk.chats.history_terms.save_due()
    desk.history.terms.clear()
    await saved(desk)
    assert "fire" in desk.history.terms[session.id]


async def test_the_words_of_a_session_are_bounded(desk: Desk) -> None:  # spec 8.1
    session = await desk.waiting()
    for number in range(3):
        text = " ".join(f"w{number}x{count}" for count in range(200))
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", text)
    await desk.turn(4)
    await saved(desk)
    words = {term for term in desk.history.terms[session.id] if "=" not in term}
    assert len(words) == MAX_WORDS
    assert {"fire", "w0x0", "w1x0"} <= words


async def test_the_work_for_a_long_chat_of_few_words_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 8.1, 10.9
    read = list[str]()

    def counted(text: str) -> list[str]:
        read.append(text)
        return words_of(text)

    monkeypatch.setattr("services.chat.handlers.history_terms.words_of", counted)
    session = await desk.waiting()
    longest = MAX_CHARS // 2 * "a "
    for number in range(2 * MAX_TEXT // MAX_CHARS):
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", longest)
    await desk.turn(4)
    await saved(desk)
    assert MAX_TEXT <= sum(map(len, read)) < MAX_TEXT + 2 * MAX_CHARS
    assert {"a", "fire"} <= desk.history.terms[session.id]


async def test_no_more_than_the_first_entries_of_a_session_are_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 8.1, 10.9
    monkeypatch.setattr("services.chat.handlers.history_terms.MAX_ENTRIES", 3)
    session = await desk.waiting()
    for text in ("first", "second", "third", "fourth"):
        await desk.chats.conversation.post_message(MIA, session.id, text, text)
    await desk.turn(4)
    await saved(desk)
    assert {"first", "second"} <= desk.history.terms[session.id]
    assert "fourth" not in desk.history.terms[session.id]


async def test_a_session_that_cannot_be_read_does_not_delay_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, good = await desk.waiting(MIA), await desk.waiting(ZOE)
    await desk.turn(4)
    unreadable = list[datetime]()

    def read(session: ChatSession) -> ChatSession:
        if session.id == broken.id:
            raise KeyError("title")
        return session

    monkeypatch.setattr(desk.history, "read", read)
    desk.chats.history_terms.on_unreadable = lambda: unreadable.append(desk.clock.now())
    await saved(desk)
    assert list(desk.history.terms) == [good.id]
    assert len(unreadable) == 1
    monkeypatch.undo()
    await desk.clock.advance(3600)
    await saved(desk)
    assert set(desk.history.terms) == {broken.id, good.id}


async def test_words_that_were_erased_while_a_replica_saved_them_are_not_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.6
    session = await desk.waiting()
    await desk.turn(4)
    save, other, passed = desk.history.save, desk.replica(), list[str]()

    async def after_another(terms: Sequence[tuple[ChatSession, Collection[str]]]) -> None:
        if not passed:
            # Between this replica's read and its save, another saves and marks the session.
            passed.append(session.id)
            assert await other.history_terms.save_due()
            terms = [(each, {*of_session, "secret"}) for each, of_session in terms]
        await save(terms)

    monkeypatch.setattr(desk.history, "save", after_another)
    assert await desk.chats.history_terms.save_due()
    assert "fire" in desk.history.terms[session.id]
    assert "secret" not in desk.history.terms[session.id]
    assert not await desk.chats.history_terms.save_due()
