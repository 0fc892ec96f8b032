"""Chat's dataclasses as documents and back (servicekit/documents.py)."""

from collections.abc import Mapping
from typing import Any

from cattrs import override

from servicekit.documents import DocumentConverter
from servicekit.mongo import Document
from services.chat.contract.events import EVENT_NAMES
from services.chat.domain.events import ChatEvent, Entry
from services.chat.domain.session import ChatSession
from services.chat.domain.settings import ChatSettings

_converter = DocumentConverter()
_converter.tag(ChatEvent, "event", EVENT_NAMES)
# Pairs, because dots and dollars in ids have a meaning in keys of documents.
_PAIRS = override(unstruct_hook=lambda allowed: list(allowed.items()), struct_hook=lambda pairs, _: dict(pairs))
_converter.rename(ChatSettings, companies=_PAIRS, customers=_PAIRS)


def entry_to_document(entry: Entry) -> Document:
    """The log's document of an entry that is not published yet."""
    return {"_id": entry_id(entry.session_id, entry.revision), **_converter.unstructure(entry), "unpublished": True}


def entry_id(session_id: str, revision: int) -> str:
    return f"{session_id}:{revision:08d}"


def entry_from_document(document: Mapping[str, Any]) -> Entry:
    return _converter.structure(document, Entry)


def session_to_document(session: ChatSession) -> Document:
    """The whole state, by field name."""
    return _converter.unstructure(session)  # type: ignore[no-any-return]


def session_from_document(document: Mapping[str, Any]) -> ChatSession:
    return _converter.structure(document, ChatSession)


def settings_to_document(settings: ChatSettings) -> Document:
    return _converter.unstructure(settings)  # type: ignore[no-any-return]


def settings_from_document(document: Mapping[str, Any]) -> ChatSettings:
    """A field that the document lacks has its default."""
    return _converter.structure(document, ChatSettings)
