"""Session alerts as documents and back (servicekit/documents.py)."""

from cattrs import override

from servicekit.documents import DocumentConverter
from servicekit.mongo import Document
from services.notify.domain.card import Card, Reason
from services.notify.domain.session_alert import AlertedEngineer, SessionAlert

_converter = DocumentConverter()
_reason = override(unstruct_hook=lambda reason: reason.value if reason else "", struct_hook=lambda text, _: Reason(text) if text else None)
_converter.rename(AlertedEngineer, person_id="id", reason=_reason)


def session_alert_to_document(session_alert: SessionAlert) -> Document:
    """Without id, version and outbox."""
    card = _converter.unstructure(session_alert.card)
    people = session_alert.people.values()
    # The session's id is the document's id, and the desk is a field of the document. The creator is not stored.
    del card["session_id"], card["creator_id"]
    return {
        "desk_id": card.pop("desk_id"),
        "open": session_alert.open,
        "alerting": sorted(alerted.person_id for alerted in people if alerted.reason),
        "card": card,
        "people": _converter.unstructure(list(people), list[AlertedEngineer]),
    }


def session_alert_from_document(document: Document) -> SessionAlert:
    people = _converter.structure(document["people"], list[AlertedEngineer])
    card = _converter.structure({"session_id": document["_id"], "desk_id": document["desk_id"], **document["card"]}, Card)
    return SessionAlert(card, {alerted.person_id: alerted for alerted in people}, document["version"])
