"""The log and the numbers of tickets, in memory and on the chosen store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.tickets.domain.errors import TicketNotFound
from services.tickets.domain.ticket import Changed, Priority, Ticket, TicketStatus
from services.tickets.domain.timeline import (
    Attachment,
    ChatReference,
    Commit,
    Note,
    TicketCommand,
    UnstoredEntry,
    changes,
    first_commit,
    next_commit,
)
from services.tickets.ports import RevisionTaken
from tests.adapters.tickets.conftest import Ports
from tests.unit.tickets.desk import AT, AVA, HARBOUR, MIA, a_ticket


def made(command_id: str = "c1", **different: object) -> Commit:
    draft = a_ticket(**{"revision": 0, **different})
    return first_commit(draft, [UnstoredEntry(Note("It smokes."))], MIA.ref, TicketCommand(id=command_id, by_id="mia", content="x"))


def noted(ticket: Ticket, command_id: str, *, internal: bool = False, files: tuple[Attachment, ...] = ()) -> Commit:
    command = TicketCommand(id=command_id, by_id="ava", content="y")
    return next_commit(ticket, [UnstoredEntry(Note("Look.", files), internal)], AVA.ref, AT + timedelta(seconds=1), command)


async def test_a_commit_round_trips(ports: Ports) -> None:
    first = replace(made(assignee=AVA.ref), traceparent="00-1-2-01")
    file = Attachment("f1", "chat_log.txt", "text/plain", 7)
    copy = Attachment("f2", "screen.png", "image/png", 9, chat_file_id="c2", chat_sender_id="mia")
    moved = changes([Changed("priority", Priority.HIGH, "Normal", "High"), Changed("status", TicketStatus.CLOSED, "New", "Closed")])
    note = UnstoredEntry(Note("Log", (file, copy)), internal=True, id="s:log")
    chat = [note, UnstoredEntry(ChatReference("s", "Title", AT, MIA.id), id="s:chat")]
    command = TicketCommand(id="s:log", by_id="", content="")
    second = next_commit(first.ticket, [*moved, *chat], AVA.ref, AT + timedelta(milliseconds=1), command, "s")

    await ports.log.append(first)
    await ports.log.append(second)

    assert await ports.log.commits(HARBOUR, "t1", above=0, size=10, public=False) == [first, second]
    assert await ports.log.load(HARBOUR, "t1") == second.ticket
    assert await ports.log.commit_of(HARBOUR, "", "s:log") == second
    assert await ports.log.commit_with(HARBOUR, "t1", "f1") == second


async def test_one_of_several_concurrent_commits_to_a_revision_succeeds(ports: Ports) -> None:
    first = made()
    await ports.log.append(first)
    rivals = [noted(first.ticket, f"rival {n}") for n in range(4)]

    results = await asyncio.gather(*(ports.log.append(rival) for rival in rivals), return_exceptions=True)

    assert [isinstance(result, RevisionTaken) for result in results].count(True) == 3
    winner = rivals[results.index(None)]
    assert await ports.log.commits(HARBOUR, "t1", above=2, size=10, public=False) == [winner]


async def test_a_command_id_can_be_used_once_per_desk_on_any_ticket(ports: Ports) -> None:  # spec 4.2
    first, second = made("c1"), made("c2", id="t2", number=2)
    await ports.log.append(first)
    await ports.log.append(second)
    await ports.log.append(noted(first.ticket, "s:log"))

    with pytest.raises(RevisionTaken):
        await ports.log.append(noted(second.ticket, "s:log"))

    other_desk = made("c1", id="t3", desk_id="elsewhere")
    await ports.log.append(other_desk)
    assert await ports.log.commit_of("elsewhere", "mia", "c1") == other_desk
    assert await ports.log.commit_of("elsewhere", None, "c1") == other_desk
    assert await ports.log.commit_of("elsewhere", "ava", "c1") is None


async def test_data_of_another_desk_is_not_found(ports: Ports) -> None:  # spec 10.2
    await ports.log.append(noted(made().ticket, "n", files=(Attachment("f1", "a", "b", 1),)))

    with pytest.raises(TicketNotFound):
        await ports.log.load("elsewhere", "t1")
    assert await ports.log.commits("elsewhere", "t1", above=0, size=10, public=False) == []
    assert await ports.log.commit_with("elsewhere", "t1", "f1") is None
    assert await ports.log.commit_of("elsewhere", "ava", "n") is None
    assert await ports.log.commit_of("elsewhere", None, "n") is None
    assert (await ports.log.load("", "t1")).id == "t1"


async def test_a_public_timeline_skips_internal_commits(ports: Ports) -> None:  # spec 9.4
    first = made()
    secret = noted(first.ticket, "secret", internal=True)
    public = noted(secret.ticket, "public")
    for one in (first, secret, public):
        await ports.log.append(one)

    assert await ports.log.commits(HARBOUR, "t1", above=0, size=10, public=True) == [first, public]
    assert await ports.log.commits(HARBOUR, "t1", above=1, size=1, public=False) == [first]


async def test_a_number_is_never_returned_twice(ports: Ports) -> None:
    given = await asyncio.gather(*(ports.numbers.next("tickets:harbour") for _ in range(20)))

    assert sorted(given) == list(range(1, 21))
    assert await ports.numbers.next("tickets:elsewhere") == 1
