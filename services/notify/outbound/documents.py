"""Calls as the store keeps them. Moments are whole milliseconds since 1970, the one form that every store updates and compares alike."""

from datetime import UTC, datetime, timedelta

from servicekit.mongo import Document
from services.notify.domain.call import Call, Called
from services.notify.domain.card import Card, Reason, Status
from services.notify.domain.decision import Fact

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def milliseconds(at: datetime) -> int:
    return (at - EPOCH) // MS


def moment(ms: int) -> datetime:
    return EPOCH + ms * MS


def call_to_document(call: Call) -> Document:
    """Without id, version and outbox."""
    people = call.people.values()
    return {
        "desk_id": call.card.desk_id,
        "open": call.open,
        "alerting": sorted(called.person_id for called in people if called.reason),
        "card": _card_to_document(call.card),
        "people": [_called_to_document(called) for called in people],
    }


def call_from_document(document: Document) -> Call:
    people = [_called_from_document(called) for called in document["people"]]
    card = _card_from_document(document["_id"], document["desk_id"], document["card"])
    return Call(card, {called.person_id: called for called in people}, document["version"])


def _card_to_document(card: Card) -> Document:
    return {
        "revision": card.revision,
        "status": card.status.value,
        "push": card.push,
        "unattended": card.unattended,
        "title": card.title,
        "customer_id": card.customer_id,
        "customer_name": card.customer_name,
        "company_id": card.company_id,
        "company_name": card.company_name,
        "board_id": card.board_id,
        "invited": sorted(card.invited),
        "participants": sorted(card.participants),
        "waiting_since": milliseconds(card.waiting_since),
        "modified_at": milliseconds(card.modified_at),
    }


def _card_from_document(session_id: str, desk_id: str, document: Document) -> Card:
    read = {
        "status": Status(document["status"]),
        "invited": frozenset(document["invited"]),
        "participants": frozenset(document["participants"]),
        "waiting_since": moment(document["waiting_since"]),
        "modified_at": moment(document["modified_at"]),
    }
    return Card(session_id=session_id, desk_id=desk_id, **{**document, **read})


def _called_to_document(called: Called) -> Document:
    return {
        "id": called.person_id,
        "reason": called.reason.value if called.reason else "",
        "raised_at": _maybe_ms(called.raised_at),
        "was_alerted": called.was_alerted,
        "dismissed_at": _maybe_ms(called.dismissed_at),
        "declined_at": _maybe_ms(called.declined_at),
        "facts": [{"check": f.check, "passed": f.passed, "text": f.text, "at": milliseconds(f.at)} for f in called.facts],
    }


def _called_from_document(document: Document) -> Called:
    return Called(
        document["id"],
        Reason(document["reason"]) if document["reason"] else None,
        _maybe_moment(document["raised_at"]),
        document["was_alerted"],
        _maybe_moment(document["dismissed_at"]),
        _maybe_moment(document["declined_at"]),
        tuple(Fact(f["check"], f["passed"], f["text"], moment(f["at"])) for f in document["facts"]),
    )


def _maybe_ms(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)


def _maybe_moment(ms: int | None) -> datetime | None:
    return None if ms is None else moment(ms)
