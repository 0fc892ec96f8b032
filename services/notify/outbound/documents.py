"""Calls as the store keeps them. Moments are whole milliseconds since 1970, the one form that every store updates and compares alike."""

from datetime import UTC, datetime, timedelta

from servicekit.mongo import Document
from services.notify.domain.card import Card, Reason, Status
from services.notify.domain.decision import Fact
from services.notify.domain.session_alert import AlertedEngineer, SessionAlert

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def milliseconds(at: datetime) -> int:
    return (at - EPOCH) // MS


def moment(ms: int) -> datetime:
    return EPOCH + ms * MS


def session_alert_to_document(session_alert: SessionAlert) -> Document:
    """Without id, version and outbox."""
    people = session_alert.people.values()
    return {
        "desk_id": session_alert.card.desk_id,
        "open": session_alert.open,
        "alerting": sorted(alerted.person_id for alerted in people if alerted.reason),
        "card": _card_to_document(session_alert.card),
        "people": [_alerted_to_document(alerted) for alerted in people],
    }


def session_alert_from_document(document: Document) -> SessionAlert:
    people = [_alerted_from_document(alerted) for alerted in document["people"]]
    card = _card_from_document(document["_id"], document["desk_id"], document["card"])
    return SessionAlert(card, {alerted.person_id: alerted for alerted in people}, document["version"])


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


def _alerted_to_document(alerted: AlertedEngineer) -> Document:
    return {
        "id": alerted.person_id,
        "reason": alerted.reason.value if alerted.reason else "",
        "raised_at": _maybe_ms(alerted.raised_at),
        "was_alerted": alerted.was_alerted,
        "dismissed_at": _maybe_ms(alerted.dismissed_at),
        "declined_at": _maybe_ms(alerted.declined_at),
        "facts": [{"check": f.check, "passed": f.passed, "text": f.text, "at": milliseconds(f.at)} for f in alerted.facts],
    }


def _alerted_from_document(document: Document) -> AlertedEngineer:
    return AlertedEngineer(
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
