"""A desk for each test."""

import pytest

from tests.unit.tickets.desk import TicketsDesk


@pytest.fixture
def desk() -> TicketsDesk:
    return TicketsDesk()
