"""Access to sessions: which persons see them, list them and receive their entries."""

import pytest

from servicekit.identity import Caller
from services.gateway.domain.access import CardFacts, is_in, lists, may_see
from tests.unit.gateway.facts import AVA, BO, ELSEWHERE, MIA, ZOE, card

PUSH = card(type="push", creator_id="ava", participants=frozenset({"ava"}))
# Bo's board is asked to take it over.
ASKED = card(status="handled", board_id="projects", asked=frozenset({"ava", "bo"}), asked_board_id="service")
DONE = card(status="completed", participants=frozenset({"mia", "ava"}))


@pytest.mark.parametrize(
    "viewer, seen, sees",
    [
        (AVA, card(), True),
        (BO, card(), True),
        (BO, card(company_id="globex"), False),
        (BO, card(board_id="projects"), False),
        (BO, ASKED, True),
        (BO, card(**{**vars(ASKED), "company_id": "globex"}), False),
        (BO, card(**{**vars(ASKED), "asked_board_id": "projects"}), False),
        (BO, card(**{**vars(ASKED), "asked": frozenset({"ava"})}), False),
        (ELSEWHERE, card(), False),
        (MIA, card(), True),
        (ZOE, card(), False),
        (AVA, PUSH, True),
        (BO, PUSH, False),
        (MIA, PUSH, True),
        (BO, card(type="push", status="abandoned", creator_id="ava"), True),
        (MIA, card(status="completed", participants=frozenset()), False),
        (MIA, card(status="completed", participants=frozenset(), ticket_id="t1"), True),
    ],
)
def test_access_to_a_session(viewer: Caller, seen: CardFacts, sees: bool) -> None:  # spec 2.9, 2.10, 8.3, 10.2, 13.2
    assert may_see(viewer, seen) is sees


@pytest.mark.parametrize(
    "viewer, listed, answer",
    [
        (AVA, card(), True),
        (AVA, card(status="abandoned"), True),
        (AVA, card(status="callback"), True),
        (AVA, DONE, True),
        (BO, DONE, False),
        (BO, ASKED, False),
        (MIA, DONE, True),
        (MIA, card(status="completed", participants=frozenset({"ava"}), ticket_id="t1"), False),
        (MIA, card(status="abandoned", participants=frozenset()), True),
    ],
)
def test_a_card_is_listed_until_the_session_is_completed_and_left(viewer: Caller, listed: CardFacts, answer: bool) -> None:  # spec 4.3, 6.1
    assert lists(viewer, listed) is answer


@pytest.mark.parametrize(
    "viewer, session, answer",
    [
        (AVA, card(), False),
        (MIA, card(), True),
        (AVA, card(status="handled", participants=frozenset({"mia", "ava"})), True),
        (BO, card(status="handled", participants=frozenset({"mia", "ava"})), False),
        (AVA, PUSH, True),
        (AVA, card(type="push", creator_id="ava", participants=frozenset()), True),
    ],
)
def test_entries_are_sent_to_the_participants(viewer: Caller, session: CardFacts, answer: bool) -> None:  # spec 3.6
    assert is_in(viewer, session) is answer
