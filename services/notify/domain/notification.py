"""What a notification is about and whom it is for."""

from dataclasses import dataclass
from enum import StrEnum

from services.notify.domain.card import Card, Reason
from services.notify.domain.decision import PresenceFact

MAX_CHARACTERS = 200


class Kind(StrEnum):
    """The values of Reason are also values of Kind."""

    WAITING = "waiting"
    UNATTENDED = "unattended"
    INVITED = "invited"
    TRANSFER = "transfer"
    ABANDONED = "abandoned"
    CALLBACK = "callback"
    PUSH_CHAT = "push_chat"
    MESSAGE = "message"
    TEST = "test"


# The kinds whose notifications end when the alert is withdrawn.
ALERTS = frozenset(Kind(reason.value) for reason in Reason)
# Those about a session itself. A person gets a bounded number of them in a session, of messages any number.
OF_SESSIONS = ALERTS | {Kind.PUSH_CHAT, Kind.ABANDONED, Kind.CALLBACK}


@dataclass(frozen=True, slots=True)
class Recipient:
    """`presence` is None for a customer, and for an engineer whose presence was never published."""

    id: str
    name: str
    engineer: bool
    presence: PresenceFact | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Name and title only, never what a message says (spec 5.8). A notification replaces an earlier one with the same `tag`.

    `company_id` and `board_id` are the session's: the gateway checks an engineer's restrictions again when it sends.
    """

    title: str
    body: str
    picture_person_id: str
    tag: str
    company_id: str = ""
    board_id: str = ""


def about_chat(card: Card) -> Content:
    """For engineers: who the customer is."""
    return _content(card, card.customer_name, card.company_name, card.customer_id, card.session_id)


def about_push_chat(card: Card) -> Content:
    """For the customer: which engineer opened it."""
    return _content(card, card.creator_name, "", card.creator_id, card.session_id)


def about_message(card: Card, author_id: str, author_name: str) -> Content:
    company = card.company_name if author_id == card.customer_id else ""
    return _content(card, author_name, company, author_id, f"{card.session_id}:message")


def _content(card: Card, name: str, company: str, picture_person_id: str, tag: str) -> Content:
    title = f"{name} · {company}" if company else name
    return Content(title[:MAX_CHARACTERS], card.title[:MAX_CHARACTERS], picture_person_id, tag, card.company_id, card.board_id)


TEST = Content("Test notification", "Parley can reach you here.", "", "test")
