"""The orders, filters and searches of a list of tickets, as callers ask for them (spec 9.7)."""

from datetime import timedelta

import pytest

from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Actor, Ref
from services.tickets.domain.ticket import Priority, TicketStatus
from services.tickets.domain.ticket_list import search_from
from services.tickets.domain.ticket_order import BY_KEY, Cursor, Sort, sort_keys
from tests.unit.tickets.desk import AVA, MIA, TicketsDesk, a_ticket


def test_what_is_first_in_each_order_is_what_a_reader_looks_for() -> None:  # spec 9.7
    first, last = a_ticket(number=1_000_000), a_ticket(number=9)
    assert all(sort_keys(first)[sort] < sort_keys(last)[sort] for sort in BY_KEY)
    for sort, values in {
        Sort.SUMMARY: [a_ticket(summary=text) for text in ("Äpfel", "apple", "Apple pie", "zebra")],
        Sort.CUSTOMER: [a_ticket(customer=Ref(name, name)) for name in ("Ann", "ann lee", "Änne")],
        Sort.STATUS: [a_ticket(status=status) for status in TicketStatus],
        Sort.PRIORITY: [a_ticket(priority=priority) for priority in sorted(Priority, reverse=True)],
        Sort.ASSIGNEE: [a_ticket(), a_ticket(assignee=AVA.ref), a_ticket(assignee=Ref("bo", "bo"))],
    }.items():
        keys = [sort_keys(ticket)[sort] for ticket in values]
        assert keys == sorted(keys) and len(set(keys)) == len(keys), sort


async def test_an_engineer_sorts_the_list_and_reads_it_page_by_page(desk: TicketsDesk) -> None:  # spec 9.7
    for summary, priority in (("b", Priority.LOW), ("a", Priority.URGENT), ("c", Priority.HIGH)):
        await desk.create(AVA, summary, board_id="projects", customer_id="zoe", priority=priority)

    assert await desk.list(AVA, sort=Sort.PRIORITY) == ["a", "c", "b"]
    assert await desk.list(AVA, sort=Sort.SUMMARY, reversed=True) == ["c", "b", "a"]
    page = await desk.reads.list(AVA, sort=Sort.SUMMARY, page_size=2)
    assert page.next
    assert await desk.list(AVA, sort=Sort.SUMMARY, page_token=page.next.token()) == ["c"]


async def test_only_tickets_that_nobody_changed_for_long_are_listed(desk: TicketsDesk) -> None:  # spec 9.7
    old = await desk.create(MIA, "old")
    await desk.clock.advance(3600)
    await desk.create(MIA, "new")
    before = desk.clock.now() - timedelta(seconds=60)

    assert await desk.list(AVA, changed_before=before) == await desk.list(MIA, changed_before=before) == ["old"]
    await desk.note(AVA, old, internal=True)
    assert (await desk.list(AVA, changed_before=before), await desk.list(MIA, changed_before=before)) == ([], ["old"])


@pytest.mark.parametrize(
    ("by", "sort", "token", "field"),
    [
        (MIA, Sort.PRIORITY, "", "sort"),
        (AVA, Sort.PRIORITY, Cursor(1, "t1").token(), "page_token"),
        (AVA, Sort.PRIORITY, Cursor("5\n1", "t1", Sort.STATUS).token(), "page_token"),
        (AVA, Sort.CHANGED, Cursor("5\n1", "t1", Sort.STATUS).token(), "page_token"),
        (AVA, Sort.CHANGED, Cursor(10**30, "t1").token(), "page_token"),
        (AVA, Sort.SUMMARY, Cursor("\ud800", "t1", Sort.SUMMARY).token(), "page_token"),
    ],
)
async def test_an_order_or_position_that_does_not_fit_is_refused(
    desk: TicketsDesk, by: Actor, sort: Sort, token: str, field: str
) -> None:  # spec 9.4, 9.7
    with pytest.raises(InvalidValue) as refused:
        await desk.reads.list(by, sort=sort, page_token=token)

    assert refused.value.field == field


def test_a_position_of_the_version_before_continues_its_list() -> None:  # spec 12.1
    token = "WzE3NzI0NDIwMDAwMDAsICJ0MSJd"  # [1772442000000, "t1"]
    assert Cursor.parse(token, Sort.CHANGED) == Cursor(1_772_442_000_000, "t1")
    assert Cursor(1_772_442_000_000, "t1").token() == token


def test_a_search_has_words_without_punctuation_and_a_number() -> None:  # spec 9.1
    assert search_from("  (2nd) floor, Printer!") == (("printer", "floor", "2nd"), None)
    assert search_from("12") == (("12",), 12)
    assert search_from("#12") == (("#12",), 12)
    assert search_from("?!") == (("?!",), None)
    assert search_from(" \u200b ") == ((), None)
    with pytest.raises(InvalidValue):
        search_from("x" * 201)


async def test_a_list_is_of_one_engineers_tickets_or_of_nobodys(desk: TicketsDesk) -> None:  # spec 9.7
    await desk.create(MIA, "mine")
    assert await desk.list(AVA, unassigned=True) == ["mine"]
    with pytest.raises(InvalidValue) as refused:
        await desk.list(AVA, unassigned=True, assignee_id="ava")
    assert refused.value.field == "unassigned"
