"""Chat's dataclasses as documents and back (servicekit/documents.py)."""

from cattrs import override

from servicekit.documents import DocumentConverter
from servicekit.mongo import Document
from services.chat.contract.sessions import EVENT_NAMES
from services.chat.domain.events import ChatEvent, Entry
from services.chat.domain.settings import ChatSettings

# A field that a document lacks has its default.
converter = DocumentConverter()
converter.tag(ChatEvent, "event", EVENT_NAMES)
# Pairs, because dots and dollars in ids have a meaning in keys of documents.
_PAIRS = override(unstruct_hook=lambda allowed: list(allowed.items()), struct_hook=lambda pairs, _: dict(pairs))
converter.rename(ChatSettings, companies=_PAIRS, customers=_PAIRS)


def entry_to_document(entry: Entry) -> Document:
    """The log's document of an entry that is not published yet."""
    return {"_id": entry_id(entry.session_id, entry.revision), **converter.unstructure(entry), "unpublished": True}


def entry_id(session_id: str, revision: int) -> str:
    return f"{session_id}:{revision:08d}"
