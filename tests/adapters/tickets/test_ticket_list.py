"""The list of tickets, in memory and on the chosen store: filters, sorts, searches and pages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from servicekit.mongo import Mongo
from services.tickets.domain.people import Access, Ref
from services.tickets.domain.ticket import Priority, TicketStatus
from services.tickets.domain.ticket_list import TicketQuery, TicketVisibility
from services.tickets.domain.ticket_order import Sort
from services.tickets.outbound import mongo_ticket_list, mongo_ticket_words
from services.tickets.outbound.mongo_ticket_list import MongoTicketList
from services.tickets.outbound.mongo_ticket_log import MongoTicketLog
from services.tickets.outbound.ticket_documents import ticket_to_document
from services.tickets.ports import TicketList
from tests.adapters.tickets.conftest import Ports
from tests.adapters.tickets.test_ports import made
from tests.unit.tickets.desk import AT, AVA, HARBOUR, a_ticket

EVERYTHING = TicketVisibility(desk_id=HARBOUR)


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
        (TicketQuery(visibility=EVERYTHING, words=("2n",)), ["t1"]),
        (TicketQuery(visibility=EVERYTHING, words=("arger",)), ["t2"]),
        (TicketQuery(visibility=EVERYTHING, words=("rger",)), []),
        (TicketQuery(visibility=EVERYTHING, words=("zoe", "glob")), ["t3"]),
        (TicketQuery(visibility=EVERYTHING, words=(".*",)), []),
        (TicketQuery(visibility=EVERYTHING, words=("2",), number=2), ["t3", "t2", "t1"]),
        (TicketQuery(visibility=EVERYTHING, statuses=frozenset({TicketStatus.CLOSED})), ["t2"]),
        (TicketQuery(visibility=EVERYTHING, customer_id="zoe"), ["t3"]),
        (TicketQuery(visibility=EVERYTHING, board_id="projects"), ["t5", "t3"]),
        (TicketQuery(visibility=EVERYTHING, assignee_id="ava"), ["t5"]),
        (TicketQuery(visibility=EVERYTHING, unassigned=True), ["t3", "t2", "t1"]),
        (TicketQuery(visibility=EVERYTHING, unassigned=True, words=("printer",)), ["t1"]),
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
        query = replace(query, after=page.next)

    assert seen == ["t5", "t3", "t2", "t1"]


async def test_a_customers_pages_are_sorted_by_the_public_time(ports: Ports) -> None:  # spec 9.4
    for number in range(1, 4):
        public = AT + timedelta(seconds=number)
        await ports.listed.project(
            a_ticket(id=f"t{number}", number=number, modified_at=public + timedelta(hours=4 - number), public_modified_at=public)
        )

    async def order(visibility: TicketVisibility) -> list[str]:
        first = await ports.listed.find(TicketQuery(visibility=visibility, size=2))
        rest = await ports.listed.find(TicketQuery(visibility=visibility, size=2, after=first.next))
        return [ticket.id for ticket in first.tickets + rest.tickets]

    assert await order(EVERYTHING) == ["t1", "t2", "t3"]
    assert await order(TicketVisibility(desk_id=HARBOUR, own_id="mia")) == ["t3", "t2", "t1"]
    assert await order(TicketVisibility(desk_id=HARBOUR, own_id="leo", shared_company_id="acme")) == ["t3", "t2", "t1"]


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (Sort.CHANGED, ["t5", "t3", "t2", "t1"]),
        (Sort.NUMBER, ["t5", "t3", "t2", "t1"]),
        (Sort.SUMMARY, ["t2", "t5", "t1", "t3"]),
        (Sort.CUSTOMER, ["t5", "t2", "t1", "t3"]),
        (Sort.STATUS, ["t5", "t3", "t1", "t2"]),
        (Sort.PRIORITY, ["t5", "t3", "t2", "t1"]),
        (Sort.ASSIGNEE, ["t3", "t2", "t1", "t5"]),
    ],
)
async def test_the_list_is_sorted_by_any_column_in_both_directions(ports: Ports, sort: Sort, ids: list[str]) -> None:  # spec 9.7
    await fill(ports)
    for wanted in (TicketQuery(visibility=EVERYTHING, sort=sort, size=1), TicketQuery(visibility=EVERYTHING, sort=sort, size=3)):
        assert await pages(ports, wanted) == ids
        assert await pages(ports, replace(wanted, reversed=True)) == ids[::-1]


async def pages(ports: Ports, query: TicketQuery) -> list[str]:
    return await pages_of(ports.listed, query)


async def pages_of(listed: TicketList, query: TicketQuery) -> list[str]:
    page = await listed.find(query)
    ids = [ticket.id for ticket in page.tickets]
    return ids + (await pages_of(listed, replace(query, after=page.next)) if page.next else [])


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (TicketQuery(visibility=EVERYTHING, sort=Sort.PRIORITY, statuses=frozenset({TicketStatus.NEW})), ["t5", "t3", "t1"]),
        (TicketQuery(visibility=EVERYTHING, sort=Sort.NUMBER, board_id="projects", priorities=frozenset({Priority.NORMAL})), ["t3"]),
        (TicketQuery(visibility=EVERYTHING, sort=Sort.SUMMARY, assignee_id="ava"), ["t5"]),
        (TicketQuery(visibility=EVERYTHING, sort=Sort.SUMMARY, customer_id="mia", reversed=True), ["t1", "t5", "t2"]),
        (TicketQuery(visibility=EVERYTHING, sort=Sort.SUMMARY, words=("mia",)), ["t2", "t5", "t1"]),
        (TicketQuery(visibility=EVERYTHING, sort=Sort.NUMBER, words=("2",), number=2, reversed=True), ["t1", "t2", "t3"]),
        (TicketQuery(visibility=EVERYTHING, changed_before=AT), []),
        (TicketQuery(visibility=EVERYTHING, changed_before=AT + timedelta(milliseconds=1)), ["t3", "t2", "t1"]),
        (TicketQuery(visibility=EVERYTHING, changed_before=AT + timedelta(milliseconds=1), sort=Sort.SUMMARY), ["t2", "t1", "t3"]),
    ],
)
async def test_filters_hold_in_each_order(ports: Ports, query: TicketQuery, ids: list[str]) -> None:  # spec 9.7
    await fill(ports)

    assert [ticket.id for ticket in (await ports.listed.find(query)).tickets] == ids
    assert await pages(ports, replace(query, size=1)) == ids


async def test_a_change_moves_the_ticket_in_each_order_and_search(ports: Ports) -> None:  # spec 9.7
    await fill(ports)
    changed = a_ticket(id="t3", number=3, revision=2, summary="A scanner", customer=Ref("abe", "Abe"), priority=Priority.URGENT)
    await ports.listed.project(changed)

    for sort in (Sort.SUMMARY, Sort.CUSTOMER, Sort.PRIORITY):
        assert (await pages(ports, TicketQuery(visibility=EVERYTHING, sort=sort)))[0] == "t3"
    for words, ids in ((("abe", "scan"), ["t3"]), (("zoe",), []), (("2",), ["t1"])):
        assert await pages(ports, TicketQuery(visibility=EVERYTHING, words=words)) == ids


async def test_a_total_is_counted_to_its_limit(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 9.7, 10.9
    for module in ("services.tickets.outbound.mongo_ticket_list", "tests.unit.tickets.fake_ticket_list"):
        monkeypatch.setattr(f"{module}.MAX_COUNTED", 3)
    await fill(ports)

    page = await ports.listed.find(TicketQuery(visibility=EVERYTHING, size=1))
    assert (page.total, page.more_than_total) == (3, True)
    page = await ports.listed.find(TicketQuery(visibility=EVERYTHING, words=("mia",), size=1))
    assert (page.total, page.more_than_total) == (3, False)


async def test_frequent_words_are_found_too(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 9.1
    monkeypatch.setattr(mongo_ticket_words, "MAX_FOUND", 2)
    await fill(ports)

    assert await pages(ports, TicketQuery(visibility=EVERYTHING, words=("mia",), sort=Sort.NUMBER)) == ["t5", "t2", "t1"]
    assert await pages(ports, TicketQuery(visibility=EVERYTHING, words=("monitor", "mia"))) == ["t5"]


async def test_tickets_of_an_earlier_version_are_found_and_sorted_once_they_are_complete(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 9.4, 9.7
    monkeypatch.setattr(mongo_ticket_list, "COMPLETED_AT_ONCE", 2)
    log, listed, first = MongoTicketLog(mongo), MongoTicketList(mongo), made()
    await log.append(first)
    for number in range(1, 4):
        await listed.project(a_ticket(id=f"t{number}", number=number, modified_at=AT + timedelta(seconds=number)))
    await mongo.database["ticket_log"].update_many({}, {"$unset": {"ticket.public_revision": "", "ticket.public_modified_ms": ""}})
    unset = {"public_revision": "", "public_modified_ms": "", "searched": ""}
    await mongo.database["tickets"].update_many({"_id": {"$ne": "t3"}}, {"$unset": unset, "$set": {"folded": "printer on fire"}})
    # As a replica of the version before saves a new summary.
    await mongo.database["tickets"].update_one({"_id": "t2"}, {"$set": {"folded": "a toner", "summary": "A toner", "revision": 2}})

    await listed.complete()

    assert await log.load(HARBOUR, "t1") == first.ticket
    page = await listed.find(TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, own_id="mia"), size=2))
    rest = await listed.find(TicketQuery(visibility=TicketVisibility(desk_id=HARBOUR, own_id="mia"), size=2, after=page.next))
    assert [ticket.id for ticket in page.tickets + rest.tickets] == ["t3", "t2", "t1"]
    summaries = await listed.find(TicketQuery(visibility=EVERYTHING, sort=Sort.SUMMARY))
    assert [ticket.id for ticket in summaries.tickets] == ["t2", "t3", "t1"]
    for words, count in ((("mia",), 3), (("toner",), 1), (("printer",), 2)):
        assert (await listed.find(TicketQuery(visibility=EVERYTHING, words=words))).total == count
    assert await words_of(mongo, "t2") == {"mia", "torres", "acme", "ltd", "a", "toner"}


@pytest.mark.parametrize("from_the_end", [False, True])
@pytest.mark.parametrize("sort", Sort)
async def test_a_list_does_not_fail_while_a_ticket_of_the_version_before_is_incomplete(
    mongo: Mongo, sort: Sort, from_the_end: bool
) -> None:  # spec 9.7
    listed = MongoTicketList(mongo)
    for number in range(1, 4):
        await listed.project(a_ticket(id=f"t{number}", number=number))
    changed, added = a_ticket(id="t2", number=2, revision=2, summary="A toner"), a_ticket(id="t4", number=4)
    for ticket in (changed, added):
        shown = {**ticket_to_document(ticket), "searched": "", "folded": ticket.summary.casefold()}
        await mongo.database["tickets"].update_one({"_id": ticket.id}, {"$set": shown}, upsert=True)
    query = TicketQuery(visibility=EVERYTHING, sort=sort, reversed=from_the_end, size=2)

    assert {"t1", "t2", "t3"} <= set(await pages_of(listed, query))

    await listed.complete()
    found = await pages_of(listed, query)
    assert sorted(found) == ["t1", "t2", "t3", "t4"]
    if sort is Sort.SUMMARY:
        assert found[-1 if from_the_end else 0] == "t2"


async def words_of(mongo: Mongo, ticket_id: str) -> set[str]:
    found = mongo.database["ticket_words"].find({"ticket_id": {"$eq": ticket_id}})
    return {document["_id"].removeprefix(f"{ticket_id}\n") async for document in found}


async def test_the_words_of_a_ticket_without_an_erased_person_are_its_only_ones(mongo: Mongo) -> None:  # spec 10.6
    listed, ticket = MongoTicketList(mongo), a_ticket()
    await listed.project(ticket)
    await listed.replace(replace(ticket, customer=Ref("mia", "Erased person"), summary="Erased"))

    assert await words_of(mongo, "t1") == {"erased", "person", "acme", "ltd"}
