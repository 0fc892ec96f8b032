"""Session alerts and deliveries as documents and back (servicekit/documents.py)."""

from cattrs import override

from servicekit.documents import DocumentConverter
from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Document
from services.notify.domain.card import Card, Reason
from services.notify.domain.delivery import Delivery
from services.notify.domain.session_alert import AlertedEngineer, AlertOf, SessionAlert, only_change

_converter = DocumentConverter()
_reason = override(unstruct_hook=lambda reason: reason.value if reason else "", struct_hook=lambda text, _: Reason(text) if text else None)
_converter.rename(AlertedEngineer, person_id="id", reason=_reason)
_converter.rename(Delivery, id="_id")


def session_alert_to_document(session_alert: SessionAlert) -> Document:
    """Without id, version and outbox. Only people who are or were alerted, or dismissed, are in `people`.

    By hand, because most of its fields are computed for the indexes.
    """
    people, alerted_as = session_alert.people.values(), session_alert.alerted_as
    return {
        **_computed(session_alert),
        "desk_id": session_alert.card.desk_id,
        "alerting": sorted(alerted.person_id for alerted in people if alerted.reason),
        "alerts": sorted(alert_key(alerted.person_id, alerted.reason) for alerted in people if alerted.reason),
        "card": _card(session_alert.card),
        "people": _converter.unstructure(list(people), list[AlertedEngineer]),
        "alerted_as": _card(alerted_as) if alerted_as else None,
        "over_at": to_ms(session_alert.over_at) if session_alert.over_at else None,
    }


def part_update(before: SessionAlert, after: SessionAlert) -> Document | None:
    """The update (of operators) for a change of one engineer's part, without the version. Its condition must match this engineer by
    "people.id". None for any other change."""
    alerted = only_change(before, after)
    if alerted is None:
        return None
    was, reason = before.people[alerted.person_id].reason, alerted.reason
    update = {"$set": {**_computed(after), "people.$": _converter.unstructure(alerted)}}
    if reason and not was:
        return {**update, "$push": _keys(alerted, reason)}
    if was and not reason:
        return {**update, "$pull": _keys(alerted, was)}
    # An update cannot take one key from `alerts` and add another.
    return update if reason is was else None


def _keys(alerted: AlertedEngineer, reason: Reason) -> Document:
    return {"alerting": alerted.person_id, "alerts": alert_key(alerted.person_id, reason)}


def _computed(session_alert: SessionAlert) -> Document:
    return {"open": session_alert.open, "due_at": to_ms(session_alert.due_at) if session_alert.due_at else None}


def alert_key(person_id: str, reason: Reason) -> str:
    """The entry of an active alert in the field `alerts`."""
    return f"{reason.value}:{person_id}"


def alert_of_key(key: str) -> tuple[str, Reason]:
    reason, _, person_id = key.partition(":")
    return person_id, Reason(reason)


def _card(card: Card) -> Document:
    """The session's id is the document's id, and the desk is a field of the document."""
    stored: Document = _converter.unstructure(card)
    del stored["session_id"], stored["desk_id"]
    return stored


def card_from_document(document: Document) -> Card:
    """The card in the document of a session alert."""
    return _converter.structure({"session_id": document["_id"], "desk_id": document["desk_id"], **document["card"]}, Card)


def alert_of_from_document(document: Document, person_id: str) -> AlertOf:
    """One engineer's part. The parts of the others, which may be hundreds, are not converted."""
    person = next((person for person in document["people"] if person["id"] == person_id), {"id": person_id})
    return AlertOf(card_from_document(document), _converter.structure(person, AlertedEngineer))


def session_alert_from_document(document: Document) -> SessionAlert:
    """Earlier versions stored every engineer of the desk, with facts."""
    people = _converter.structure(document["people"], list[AlertedEngineer])
    kept = {alerted.person_id: alerted for alerted in people if alerted.was_alerted or alerted.dismissed_at or alerted.declined_at}
    over_at, alerted_as = document.get("over_at"), document.get("alerted_as")
    return SessionAlert(
        card_from_document(document),
        kept,
        document["version"],
        card_from_document({**document, "card": alerted_as}) if alerted_as else None,
        None if over_at is None else from_ms(over_at),
    )


def delivery_to_document(delivery: Delivery) -> Document:
    document: Document = _converter.unstructure(delivery)
    return document


def delivery_from_document(document: Document) -> Delivery:
    return _converter.structure(document, Delivery)
