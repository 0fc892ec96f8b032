"""People and cards for tests of the gateway's rules."""

from dataclasses import replace
from typing import Any

from parley.chat.v1 import chat_pb2 as chat
from servicekit.identity import Caller
from services.gateway.domain.access import CardFacts

AVA = Caller(kind="engineer", id="ava", name="Ava Chen", desk_id="desk")
BO = Caller(kind="engineer", id="bo", name="Bo Lindqvist", desk_id="desk", companies=frozenset({"acme"}), boards=frozenset({"service"}))
MIA = Caller(kind="customer", id="mia", name="Mia Torres", desk_id="desk", company_id="acme", companies=frozenset(), boards=frozenset())
ZOE = replace(MIA, id="zoe", name="Zoe Adams", company_id="globex")
ELSEWHERE = replace(AVA, desk_id="other")
CARD = CardFacts("s1", "desk", 1, "request", "waiting", "acme", "service", "mia", "mia", "", frozenset({"mia"}))


def card(**changes: Any) -> CardFacts:
    """Mia's waiting chat at Acme, with these changes."""
    return replace(CARD, **changes)


def card_message(facts: CardFacts) -> chat.SessionCard:
    """The card as a message of chat."""
    return chat.SessionCard(
        session_id=facts.session_id,
        desk_id=facts.desk_id,
        revision=facts.revision,
        type=chat.ChatType.Value(f"CHAT_TYPE_{facts.type.upper()}"),
        status=chat.ChatStatus.Value(f"CHAT_STATUS_{facts.status.upper()}"),
        company_id=facts.company_id,
        board_id=facts.board_id,
        customer=chat.Person(id=facts.customer_id),
        creator=chat.Person(id=facts.creator_id),
        ticket_id=facts.ticket_id,
        participants=[chat.Person(id=person) for person in sorted(facts.participants)],
        older=facts.older,
        transfer=chat.Transfer(asked=map(_person, sorted(facts.asked)), board_id=facts.asked_board_id) if facts.asked else None,
    )


def _person(id: str) -> chat.Person:
    return chat.Person(id=id)
