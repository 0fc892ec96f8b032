"""Chat's desk settings in MongoDB. They may be large, so an audit entry holds differences only."""

from typing import Any

from cattrs import override

from parley.chat.v1 import chat_pb2 as pb
from servicekit.clock import Clock
from servicekit.documents import DocumentConverter
from servicekit.kafka_records import Record
from servicekit.kafka_topics import CHAT
from servicekit.mongo import Document, Mongo
from servicekit.mongo_desk_settings import MongoDeskSettings
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.errors import VersionConflict

# Lists of (id, allowed), because dots and dollars in ids have a meaning in keys of documents. An edit changes one or two among thousands.
PAIRS = ("companies", "customers")
_AS_PAIRS = override(unstruct_hook=lambda allowed: list(allowed.items()), struct_hook=lambda pairs, _: dict(pairs))
converter = DocumentConverter()
converter.rename(ChatSettings, **dict.fromkeys(PAIRS, _AS_PAIRS))


class MongoSettings(MongoDeskSettings[ChatSettings]):
    """The port SettingsStore."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        super().__init__(
            mongo.database,
            clock,
            encode=converter.unstructure,
            decode=lambda document: converter.structure(document, ChatSettings),
            changed=differences,
            record_of=settings_record,
            conflict=VersionConflict,
            service="chat",
            flat=flat,
        )


def differences(before: Document, after: Document) -> Document:
    """The fields that differ, as an audit entry holds them."""
    return {"changed": {field: _difference(field, before.get(field), after[field]) for field in after if before.get(field) != after[field]}}


def _difference(field: str, before: Any, after: Any) -> Any:
    """[before, after]; for the lists of pairs {id: [before, after]} of those that differ, null = not listed."""
    if field not in PAIRS:
        return [before, after]
    old, new = dict(before or ()), dict(after)
    return {id: [old.get(id), new.get(id)] for id in sorted(old.keys() | new.keys()) if old.get(id) != new.get(id)}


def flat(settings: Document) -> Document:
    """The fields as the audit log compares them: one for each company and customer."""
    pairs = {f"{field}.{id}": allowed for field in PAIRS for id, allowed in settings.get(field, ())}
    return {**{field: value for field, value in settings.items() if field not in PAIRS}, **pairs}


def settings_record(desk_id: str, version: int) -> Record:
    """A desk's settings changed: every replica with a cached copy consumes this."""
    value = pb.ChatSettingsChanged(desk_id=desk_id, version=version).SerializeToString()
    headers = {"desk": desk_id, "company": "", "board": "", "people": "", "kind": "settings_changed", "status": "", "traceparent": ""}
    return Record(CHAT.name, desk_id, value, headers)
