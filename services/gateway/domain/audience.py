"""What an audience may read of a session. A fact is encoded once for each audience, never once for each socket.

The rule is a list of what is hidden (spec 2.9, 4.12, design 2): names are those of the contract's fields, so that whoever
shapes a message needs no rule of its own.
"""

from enum import StrEnum


class Audience(StrEnum):
    ENGINEER = "engineer"
    CUSTOMER = "customer"


# Whole events; a customer's entry counts how many it lacks.
ENGINEERS_ONLY_EVENTS = frozenset({"engineer_invited", "ticket_wished", "close_noted", "ticket_asked_again"})
# Fields of a card.
ENGINEERS_ONLY_CARD_FIELDS = frozenset({"invited", "close_record", "contact", "report"})
# Fields of events that customers do see: event -> fields.
ENGINEERS_ONLY_EVENT_FIELDS = {"session_opened": frozenset({"contact"})}
