"""The words of notes by which the list finds tickets, in memory and on the chosen store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from servicekit.mongo import Mongo
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import TicketQuery, TicketVisibility
from services.tickets.domain.ticket_words import MAX_WORDS, TicketWords
from services.tickets.domain.timeline import Attachment, Commit, Note, TicketCommand, UnstoredEntry, next_commit
from services.tickets.outbound import mongo_note_words, mongo_ticket_words
from services.tickets.outbound.mongo_ticket_list import MongoTicketList
from services.tickets.outbound.mongo_ticket_log import MongoTicketLog, TicketOutbox
from tests.adapters.tickets.conftest import Ports
from tests.adapters.tickets.test_ports import made
from tests.unit.tickets.desk import AT, AVA, HARBOUR, a_ticket

EVERYTHING, OF_MIA = TicketVisibility(desk_id=HARBOUR), TicketVisibility(desk_id=HARBOUR, own_id="mia")
FILE = Attachment("f1", "invoice.pdf", "application/pdf", 7)


def noted(ticket: Ticket, text: str, *files: Attachment, internal: bool = False) -> Commit:
    command = TicketCommand(id=f"c{ticket.revision}", by_id="ava", content="")
    return next_commit(ticket, [UnstoredEntry(Note(text, files), internal)], AVA.ref, AT + timedelta(seconds=1), command)


async def saved(ports: Ports, *notes: tuple[str, bool]) -> Ticket:
    """A ticket with a description ("It smokes.") and these notes: text, internal."""
    ticket = made().ticket
    await ports.log.append(made())
    for text, internal in notes:
        commit = noted(ticket, text, internal=internal)
        await ports.log.append(commit)
        ticket = commit.ticket
    await ports.listed.project(ticket)
    return ticket


async def finds(ports: Ports, *words: str, seen_by: TicketVisibility = EVERYTHING) -> bool:
    return (await ports.listed.find(TicketQuery(visibility=seen_by, words=words))).total == 1


async def finds_in(listed: MongoTicketList, word: str) -> bool:
    return (await listed.find(TicketQuery(visibility=EVERYTHING, words=(word,)))).total == 1


async def test_tickets_are_found_by_notes_and_names_of_files(ports: Ports) -> None:  # spec 9.1
    ticket = await saved(ports, ("Überhitzung am Lüfter", False))
    last = noted(ticket, "", FILE)
    await ports.log.append(last)
    await ports.listed.project(last.ticket)

    for words in (("smokes",), ("uberhit", "lufter"), ("invoice", "smo"), ("mia", "pdf")):
        assert await finds(ports, *words)
    assert not await finds(ports, "mokes")


@pytest.mark.parametrize("frequent", [False, True])
async def test_words_of_internal_notes_are_found_by_engineers_only(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, frequent: bool
) -> None:  # spec 9.4
    if frequent:
        monkeypatch.setattr(mongo_ticket_words, "MAX_FOUND", 1)
    ticket = await saved(ports, ("Suspect sabotage", True), ("A new fan helps", False))

    assert await finds(ports, "sabot", "fan")
    assert await finds(ports, "fan", seen_by=OF_MIA)
    for words in (("sabotage",), ("sabot",), ("fan", "suspect"), ("+sabotage",)):
        assert not await finds(ports, *words, seen_by=OF_MIA)

    public = noted(ticket, "It was sabotage")
    await ports.log.append(public)
    await ports.listed.project(public.ticket)
    assert await finds(ports, "sabotage", seen_by=OF_MIA)
    assert not await finds(ports, "suspect", seen_by=OF_MIA)


async def test_a_long_timeline_is_read_in_parts(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 9.1
    monkeypatch.setattr(mongo_note_words, "AT_ONCE", 2)
    await saved(ports, *((f"word{number}", number % 2 == 0) for number in range(5)))

    for number in range(5):
        assert await finds(ports, f"word{number}")


async def test_a_replaced_note_is_not_found_by_what_it_was(mongo: Mongo) -> None:  # spec 10.6
    log, listed = MongoTicketLog(mongo), MongoTicketList(mongo)
    first = made()
    await log.append(first)
    note = noted(first.ticket, "Ask Nora about sabotage", internal=True)
    await log.append(note)
    await listed.project(note.ticket)
    erased = replace(note, entries=tuple(replace(entry, body=Note("Ask Erased person")) for entry in note.entries), replaced=1)
    await log.replace(erased)

    # As the relay does, also when the replica that erased has crashed.
    outbox = TicketOutbox(log, listed)
    await outbox.mark_published(await outbox.unpublished(10))

    assert (await listed.find(TicketQuery(visibility=EVERYTHING, words=("nora",)))).total == 0
    stored = [document["_id"] async for document in mongo.database["ticket_words"].find({"ticket_id": {"$eq": "t1"}})]
    assert "t1\n+erased" in stored and not [id for id in stored if "nora" in id or "sabotage" in id]


async def test_words_that_were_read_before_an_erasure_are_not_saved_after_it(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 10.6
    log, listed = MongoTicketLog(mongo), MongoTicketList(mongo)
    first = made()
    note = noted(first.ticket, "Ask Nora")
    for commit in (first, note):
        await log.append(commit)
    read = mongo_note_words.NoteWords.of

    async def slow(notes: mongo_note_words.NoteWords, ticket: Ticket) -> TicketWords:
        words = await read(notes, ticket)
        if "nora" in words.public:
            await erase()
        return words

    async def erase() -> None:
        entries = tuple(replace(entry, body=Note("Ask Erased person")) for entry in note.entries)
        assert await log.replace(replace(note, entries=entries, replaced=1))
        await MongoTicketList(mongo).replace(note.ticket)

    monkeypatch.setattr(mongo_note_words.NoteWords, "of", slow)
    await listed.project(note.ticket)

    assert [await finds_in(listed, word) for word in ("nora", "erased")] == [False, True]
    assert await mongo.database["ticket_words"].find_one({"_id": "t1\nnora"}) is None


async def test_the_words_of_notes_are_saved_anew(mongo: Mongo) -> None:  # spec 9.1
    log, listed = MongoTicketLog(mongo), MongoTicketList(mongo)
    await log.append(made(summary=" ".join(f"w{number}" for number in range(MAX_WORDS))))
    await listed.project(await log.load(HARBOUR, "t1"))
    # As a replica of the version before leaves it.
    await mongo.database["ticket_words"].delete_many({"ticket_id": {"$eq": "t1"}})
    await mongo.database["tickets"].update_one({"_id": "t1"}, {"$set": {"list_keys.words": " mia"}})

    await listed.make_all_incomplete()
    await listed.complete()

    assert (await listed.find(TicketQuery(visibility=EVERYTHING, words=("smokes", "mia")))).total == 1


async def test_few_tickets_with_several_frequent_words_are_found_by_their_ids(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 9.1
    monkeypatch.setattr(mongo_ticket_words, "MAX_FOUND", 3)
    listed, words = MongoTicketList(mongo), mongo_ticket_words.MongoTicketWords(mongo)
    for number, summary in enumerate(["invoice", "invoice", "printer", "printer", "invoice for a printer"], 1):
        await listed.project(a_ticket(id=f"t{number}", number=number, summary=summary))

    assert await words.tickets_of(HARBOUR, ("invoice", "printer"), public=True) == ["t5"]
    assert await words.tickets_of(HARBOUR, ("invoice",), public=True) is None
    assert await words.tickets_of(HARBOUR, ("mia", "m"), public=True) is None
    monkeypatch.setattr(mongo_ticket_words, "MAX_COMPARED", 3)
    assert await words.tickets_of(HARBOUR, ("invoice", "printer"), public=True) is None
