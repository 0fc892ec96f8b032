"""The words by which searches find a ticket: what has them, what bounds them, and who finds it by which."""

import pytest

from services.tickets.domain.ticket_words import MAX_NOTE_TEXT, MAX_NOTE_WORDS, MAX_WORDS, TicketWords, WordCollector
from tests.unit.tickets.desk import AVA, BO, MIA, TicketsDesk, a_ticket


def numbered(letter: str, count: int) -> str:
    return " ".join(f"{letter}{number}" for number in range(count))


async def test_a_ticket_is_found_by_the_words_of_its_description_and_notes(desk: TicketsDesk) -> None:  # spec 9.1
    ticket = await desk.create(MIA, "It burns", text="The Überhitzung began on floor 3")
    await desk.note(BO, ticket, "Ordered a new toner cartridge")

    for search in ("uberhitz", "floor", "TONER", "ordered burns"):
        assert await desk.list(AVA, search) == await desk.list(MIA, search) == [ticket.summary]
    assert await desk.list(AVA, "oner") == []


async def test_a_customer_finds_no_ticket_by_a_word_of_an_internal_note(desk: TicketsDesk) -> None:  # spec 9.4
    ticket = await desk.create(MIA, "It burns")
    await desk.note(AVA, ticket, "Suspect sabotage", internal=True)

    assert await desk.list(AVA, "sabot burns") == [ticket.summary]
    for search in ("sabotage", "sabot", "burns suspect"):
        assert await desk.list(MIA, search) == []

    await desk.note(AVA, ticket, "We ruled out sabotage")
    assert await desk.list(MIA, "sabotage") == [ticket.summary]


@pytest.mark.parametrize("internal", [False, True])
def test_the_words_of_a_ticket_are_bounded(internal: bool) -> None:  # spec 9.1, 10.9
    collected = WordCollector(a_ticket(summary=numbered("s", 90)))
    collected.add([numbered("w", MAX_NOTE_WORDS + 10)], internal=internal)
    collected.add(["later"], internal=internal)

    words = collected.words()
    of_notes = words.internal if internal else words.public[MAX_WORDS:]
    assert words.public[:5] == ("mia", "torres", "acme", "ltd", "s0")
    assert (len(of_notes), of_notes[-1]) == (MAX_NOTE_WORDS, f"w{MAX_NOTE_WORDS - 1}")
    assert not collected.full


def test_words_are_looked_for_in_a_bounded_text() -> None:  # spec 10.9
    collected = WordCollector(a_ticket(summary="Fire"))
    collected.add(["same " * MAX_NOTE_TEXT, "beyond"], internal=False)

    assert collected.words().public == ("mia", "torres", "acme", "ltd", "fire", "same")


def test_internal_notes_change_nothing_of_what_a_customer_finds() -> None:  # spec 9.4
    with_internal, without = WordCollector(a_ticket()), WordCollector(a_ticket())
    with_internal.add([numbered("w", MAX_NOTE_WORDS), "x" * MAX_NOTE_TEXT], internal=True)
    for collected in (with_internal, without):
        collected.add(["w1 public"], internal=False)

    assert with_internal.words().public == without.words().public
    assert "w1" not in with_internal.words().internal
    assert without.words() == TicketWords(without.words().public)
