"""A desk with its people for each test."""

import pytest

from tests.fakes.chat.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
