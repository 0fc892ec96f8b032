"""Session alerts as documents of the store. Moments are whole milliseconds since 1970 (servicekit/moments.py)."""

from servicekit.moments import from_ms, from_ms_or_none, to_ms, to_ms_or_none
from servicekit.mongo import Document
from services.notify.domain.card import Card, Reason, Status
from services.notify.domain.decision import Fact
from services.notify.domain.session_alert import AlertedEngineer, SessionAlert


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
        "waiting_since": to_ms(card.waiting_since),
        "modified_at": to_ms(card.modified_at),
    }


def _card_from_document(session_id: str, desk_id: str, document: Document) -> Card:
    read = {
        "status": Status(document["status"]),
        "invited": frozenset(document["invited"]),
        "participants": frozenset(document["participants"]),
        "waiting_since": from_ms(document["waiting_since"]),
        "modified_at": from_ms(document["modified_at"]),
    }
    return Card(session_id=session_id, desk_id=desk_id, **{**document, **read})


def _alerted_to_document(alerted: AlertedEngineer) -> Document:
    return {
        "id": alerted.person_id,
        "reason": alerted.reason.value if alerted.reason else "",
        "raised_at": to_ms_or_none(alerted.raised_at),
        "was_alerted": alerted.was_alerted,
        "dismissed_at": to_ms_or_none(alerted.dismissed_at),
        "declined_at": to_ms_or_none(alerted.declined_at),
        "facts": [{"check": f.check, "passed": f.passed, "text": f.text, "at": to_ms(f.at)} for f in alerted.facts],
    }


def _alerted_from_document(document: Document) -> AlertedEngineer:
    return AlertedEngineer(
        document["id"],
        Reason(document["reason"]) if document["reason"] else None,
        from_ms_or_none(document["raised_at"]),
        document["was_alerted"],
        from_ms_or_none(document["dismissed_at"]),
        from_ms_or_none(document["declined_at"]),
        tuple(Fact(f["check"], f["passed"], f["text"], from_ms(f["at"])) for f in document["facts"]),
    )
