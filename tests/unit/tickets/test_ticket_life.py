"""The legal steps of a ticket's status, for engineers and customers (spec 9.1)."""

from itertools import product

import pytest

from services.tickets.domain.changing import NEXT_STATUSES, TicketUpdate, update
from services.tickets.domain.errors import NotAllowed, StepNotAllowed
from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Priority, TicketStatus, apply
from tests.unit.tickets.desk import AVA, LEO, MIA, a_ticket

LEGAL = [(status, to) for status, following in NEXT_STATUSES.items() for to in sorted(following)]
NOT_FOR_CUSTOMERS = [step for step in LEGAL if TicketStatus.CLOSED not in step]
ILLEGAL = [(a, b) for a, b in product(TicketStatus, TicketStatus) if a is not b and (a, b) not in LEGAL]


@pytest.mark.parametrize(("status", "to"), LEGAL)
def test_an_engineer_takes_every_step_of_the_table(status: TicketStatus, to: TicketStatus) -> None:  # spec 9.1
    ticket = a_ticket(status=status)

    (changed,) = update(ticket, AVA, TicketUpdate(status=to))

    assert apply(ticket, changed).status is to
    assert (changed.field, changed.before, changed.after) == ("status", status.words, to.words)


@pytest.mark.parametrize(("status", "to"), ILLEGAL)
def test_a_step_outside_the_table_is_refused(status: TicketStatus, to: TicketStatus) -> None:  # spec 9.1
    with pytest.raises(StepNotAllowed) as refused:
        update(a_ticket(status=status), AVA, TicketUpdate(status=to))

    assert refused.value.field == "status"


@pytest.mark.parametrize("status", [status for status in TicketStatus if status is not TicketStatus.CLOSED])
def test_a_customer_closes_their_own_ticket(status: TicketStatus) -> None:  # spec 9.1
    assert update(a_ticket(status=status), MIA, TicketUpdate(status=TicketStatus.CLOSED))


@pytest.mark.parametrize("to", [TicketStatus.NEW, TicketStatus.IN_PROGRESS])
def test_a_customer_reopens_their_own_ticket(to: TicketStatus) -> None:  # spec 9.1
    assert update(a_ticket(status=TicketStatus.CLOSED), MIA, TicketUpdate(status=to))


@pytest.mark.parametrize(("status", "to"), NOT_FOR_CUSTOMERS)
def test_a_customer_cannot_take_another_step(status: TicketStatus, to: TicketStatus) -> None:
    with pytest.raises(NotAllowed):
        update(a_ticket(status=status), MIA, TicketUpdate(status=to))


def test_a_customer_changes_nothing_but_the_status() -> None:
    with pytest.raises(NotAllowed):
        update(a_ticket(), MIA, TicketUpdate(status=TicketStatus.CLOSED, priority=Priority.URGENT))


def test_a_colleague_cannot_close_a_shared_ticket() -> None:  # spec 9.4
    with pytest.raises(NotAllowed):
        update(a_ticket(), LEO, TicketUpdate(status=TicketStatus.CLOSED))


def test_an_update_without_a_difference_changes_nothing() -> None:
    ticket = a_ticket()
    wish = TicketUpdate(summary=ticket.summary, status=ticket.status, priority=ticket.priority, board=ticket.board, assignee=Ref("", ""))

    assert update(ticket, AVA, wish) == []


def test_each_changed_field_is_one_readable_change() -> None:
    wish = TicketUpdate(summary="Printer smokes", priority=Priority.URGENT, assignee=AVA.ref)

    found = [(c.field, c.before, c.after) for c in update(a_ticket(), AVA, wish)]

    assert found == [("summary", "Printer on fire", "Printer smokes"), ("priority", "Normal", "Urgent"), ("assignee", "", "Ava Chen")]


def test_two_boards_with_the_same_name_are_different() -> None:
    (changed,) = update(a_ticket(), AVA, TicketUpdate(board=Ref("other", "Service desk")))

    assert apply(a_ticket(), changed).board.id == "other"
