"""The log, list, numbers and directory of tickets, in memory and on the chosen store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from servicekit.mongo import Mongo
from services.tickets.domain.errors import TicketNotFound
from services.tickets.domain.people import Access, Ref
from services.tickets.domain.ticket import Changed, Priority, Ticket, TicketStatus
from services.tickets.domain.ticket_list import TicketQuery, TicketVisibility
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
from services.tickets.outbound.mongo_ticket_list import MongoTicketList
from services.tickets.outbound.mongo_ticket_log import MongoTicketLog
from services.tickets.ports import RevisionTaken
from tests.adapters.tickets.conftest import Ports
from tests.unit.tickets.desk import AT, AVA, HARBOUR, MIA, a_ticket

EVERYTHING = TicketVisibility(desk_id=HARBOUR)


def made(command_id: str = "c1", **different: object) -> Commit:
    draft = a_ticket(**{"revision": 0, **different})
    return first_commit(draft, [UnstoredEntry(Note("It smokes."))], MIA.ref, TicketCommand(id=command_id, by_id="mia", content="x"))


def noted(ticket: Ticket, command_id: str, *, internal: bool = False, files: tuple[Attachment, ...] = ()) -> Commit:
    command = TicketCommand(id=command_id, by_id="ava", content="y")
    return next_commit(ticket, [UnstoredEntry(Note("Look.", files), internal)], AVA.ref, AT + timedelta(seconds=1), command)


async def test_a_commit_round_trips(ports: Ports) -> None:
    first = replace(made(assignee=AVA.ref), traceparent="00-1-2-01")
    file = Attachment("f1", "chat_log.txt", "text/plain", 7)
    moved = changes([Changed("priority", Priority.HIGH, "Normal", "High"), Changed("status", TicketStatus.CLOSED, "New", "Closed")])
    chat = [UnstoredEntry(Note("Log", (file,)), internal=True, id="s:log"), UnstoredEntry(ChatReference("s", "Title", AT), id="s:chat")]
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


async def test_data_of_another_desk_is_not_found(ports: Ports) -> None:  # spec 10.2
    await ports.log.append(noted(made().ticket, "n", files=(Attachment("f1", "a", "b", 1),)))

    with pytest.raises(TicketNotFound):
        await ports.log.load("elsewhere", "t1")
    assert await ports.log.commits("elsewhere", "t1", above=0, size=10, public=False) == []
    assert await ports.log.commit_with("elsewhere", "t1", "f1") is None
    assert await ports.log.commit_of("elsewhere", "ava", "n") is None
    assert (await ports.log.load("", "t1")).id == "t1"


async def test_a_public_timeline_skips_internal_commits(ports: Ports) -> None:  # spec 9.4
    first = made()
    secret = noted(first.ticket, "secret", internal=True)
    public = noted(secret.ticket, "public")
    for one in (first, secret, public):
        await ports.log.append(one)

    assert await ports.log.commits(HARBOUR, "t1", above=0, size=10, public=True) == [first, public]
    assert await ports.log.commits(HARBOUR, "t1", above=1, size=1, public=False) == [first]


async def test_an_older_revision_does_not_replace_a_newer_one_in_the_list(ports: Ports) -> None:
    at = AT + timedelta(milliseconds=123)
    first, old, new = (a_ticket(revision=revision, modified_at=at, summary=f"As of {revision}") for revision in (1, 2, 3))
    await ports.listed.project(first)
    await ports.listed.project(new)

    await ports.listed.project(old)
    await ports.listed.project(new)

    page = await ports.listed.find(TicketQuery(visibility=EVERYTHING))
    assert (page.tickets, page.total, page.next) == ((new,), 1, None)


async def fill(ports: Ports) -> None:
    globex, projects = Ref("globex", "Globex"), Ref("projects", "Projects")
    for ticket in (
        a_ticket(id="t1", number=1, summary="Printer (2nd floor) burns"),
        a_ticket(id="t2", number=2, summary="Drucker ÄRGER", status=TicketStatus.CLOSED),
        a_ticket(id="t3", number=3, summary="Scanner 2", company=globex, board=projects, customer=Ref("zoe", "Zoe")),
        a_ticket(id="t4", number=4, summary="Elsewhere", desk_id="elsewhere"),
        a_ticket(
            id="t5",
            number=5,
            summary="Monitor",
            board=projects,
            modified_at=AT + timedelta(milliseconds=1),
            assignee=AVA.ref,
            priority=Priority.HIGH,
        ),
    ):
        await ports.listed.project(ticket)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (TicketQuery(visibility=EVERYTHING), ["t5", "t3", "t2", "t1"]),
        (TicketQuery(visibility=TicketVisibility(desk_id="")), ["t5", "t4", "t3", "t2", "t1"]),
        (TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, access=Access(frozenset({"acme"}), None))), ["t5", "t2", "t1"]),
        (TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, access=Access(frozenset({"acme"}), frozenset({"projects"})))), ["t5"]),
        (TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, access=Access(frozenset(), None))), []),
        (TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, own_id="zoe")), ["t3"]),
        (TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, own_id="zoe", shared_company_id="acme")), ["t5", "t3", "t2", "t1"]),
        (TicketQuery(visibility=EVERYTHING, words=("2nd", "burns")), ["t1"]),
        (TicketQuery(visibility=EVERYTHING, words=("(2nd",)), ["t1"]),
        (TicketQuery(visibility=EVERYTHING, words=("arger",)), ["t2"]),
        (TicketQuery(visibility=EVERYTHING, words=("zoe", "glob")), ["t3"]),
        (TicketQuery(visibility=EVERYTHING, words=(".*",)), []),
        (TicketQuery(visibility=EVERYTHING, words=("2",), number=2), ["t3", "t2", "t1"]),
        (TicketQuery(visibility=EVERYTHING, statuses=frozenset({TicketStatus.CLOSED})), ["t2"]),
        (TicketQuery(visibility=EVERYTHING, customer_id="zoe"), ["t3"]),
        (TicketQuery(visibility=EVERYTHING, board_id="projects"), ["t5", "t3"]),
        (TicketQuery(visibility=EVERYTHING, assignee_id="ava"), ["t5"]),
        (TicketQuery(visibility=EVERYTHING, assignee_id="ava", priorities=frozenset({Priority.LOW})), []),
        (TicketQuery(visibility=EVERYTHING, priorities=frozenset({Priority.HIGH})), ["t5"]),
        (
            TicketQuery(visibility=EVERYTHING, statuses=frozenset({TicketStatus.NEW}), priorities=frozenset({Priority.NORMAL})),
            ["t3", "t1"],
        ),
    ],
)
async def test_a_query_finds_the_matching_tickets_newest_change_first(ports: Ports, query: TicketQuery, ids: list[str]) -> None:  # spec 9.1
    await fill(ports)

    page = await ports.listed.find(query)

    assert ([ticket.id for ticket in page.tickets], page.total) == (ids, len(ids))


async def test_pages_follow_without_gap_when_times_are_equal(ports: Ports) -> None:
    await fill(ports)
    seen, query = [], TicketQuery(visibility=EVERYTHING, size=1)
    while True:
        page = await ports.listed.find(query)
        seen += [ticket.id for ticket in page.tickets]
        assert page.total == 4
        if page.next is None:
            break
        query = replace(query, below=page.next)

    assert seen == ["t5", "t3", "t2", "t1"]


async def test_a_customers_pages_are_sorted_by_the_public_time(ports: Ports) -> None:  # spec 9.4
    for number in range(1, 4):
        public = AT + timedelta(seconds=number)
        await ports.listed.project(
            a_ticket(id=f"t{number}", number=number, modified_at=public + timedelta(hours=4 - number), public_modified_at=public)
        )

    async def order(visibility: TicketVisibility) -> list[str]:
        first = await ports.listed.find(TicketQuery(visibility=visibility, size=2))
        rest = await ports.listed.find(TicketQuery(visibility=visibility, size=2, below=first.next))
        return [ticket.id for ticket in first.tickets + rest.tickets]

    assert await order(EVERYTHING) == ["t1", "t2", "t3"]
    assert await order(TicketVisibility(desk_id=HARBOUR, own_id="mia")) == ["t3", "t2", "t1"]
    assert await order(TicketVisibility(desk_id=HARBOUR, own_id="leo", shared_company_id="acme")) == ["t3", "t2", "t1"]


async def test_tickets_of_an_earlier_version_are_sorted_by_their_only_time_and_found(mongo: Mongo) -> None:  # spec 9.4
    log, listed, first = MongoTicketLog(mongo), MongoTicketList(mongo), made()
    await log.append(first)
    for number in range(1, 4):
        await listed.project(a_ticket(id=f"t{number}", number=number, modified_at=AT + timedelta(seconds=number)))
    await mongo.database["ticket_log"].update_many({}, {"$unset": {"ticket.public_revision": "", "ticket.public_modified_ms": ""}})
    await mongo.database["tickets"].update_many(
        {"_id": {"$ne": "t3"}}, {"$unset": {"public_revision": "", "public_modified_ms": "", "searched": ""}}
    )

    await listed.complete()

    assert await log.load(HARBOUR, "t1") == first.ticket
    page = await listed.find(TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, own_id="mia"), size=2))
    rest = await listed.find(TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, own_id="mia"), size=2, below=page.next))
    assert [ticket.id for ticket in page.tickets + rest.tickets] == ["t3", "t2", "t1"]
    assert (await listed.find(TicketQuery(visibility=EVERYTHING, words=("mia",)))).total == 3


async def test_a_number_is_never_returned_twice(ports: Ports) -> None:
    given = await asyncio.gather(*(ports.numbers.next("tickets:harbour") for _ in range(20)))

    assert sorted(given) == list(range(1, 21))
    assert await ports.numbers.next("tickets:elsewhere") == 1
