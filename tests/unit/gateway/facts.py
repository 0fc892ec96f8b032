"""People and cards for tests of the gateway's rules."""

from dataclasses import replace
from typing import Any

from servicekit.identity import Caller
from services.gateway.domain.cards import CardFacts

AVA = Caller(kind="engineer", id="ava", name="Ava Chen", desk_id="desk")
BO = Caller(kind="engineer", id="bo", name="Bo Lindqvist", desk_id="desk", companies=frozenset({"acme"}), boards=frozenset({"service"}))
MIA = Caller(kind="customer", id="mia", name="Mia Torres", desk_id="desk", company_id="acme", companies=frozenset(), boards=frozenset())
ZOE = replace(MIA, id="zoe", name="Zoe Adams", company_id="globex")
ELSEWHERE = replace(AVA, desk_id="other")
CARD = CardFacts("s1", "desk", 1, "request", "waiting", "acme", "service", "mia", "mia", "", frozenset({"mia"}))


def card(**changes: Any) -> CardFacts:
    """Mia's waiting chat at Acme, with these changes."""
    return replace(CARD, **changes)
