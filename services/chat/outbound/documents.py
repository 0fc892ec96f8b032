"""Chat's dataclasses as documents and back, by their own type hints.

Moments are whole milliseconds since 1970 as integers: a store may return a date that an update wrote as text, and the hash chain uses
integers too. Enums are stored by value, tuples as lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from services.chat.contract.events import EVENT_NAMES
from services.chat.domain.events import Entry
from services.chat.domain.session import ChatSession
from services.chat.domain.settings import ChatSettings

Document = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_EVENTS: Mapping[str, Any] = {name: kind for kind, name in EVENT_NAMES.items()}


def milliseconds(at: datetime) -> int:
    """Since 1970; `at` must be aware."""
    return (at - _EPOCH) // _MS


def moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def entry_to_document(entry: Entry) -> Document:
    """The log's document of an entry that is not published yet."""
    return {
        "_id": entry_id(entry.session_id, entry.revision),
        "desk_id": entry.desk_id,
        "session_id": entry.session_id,
        "revision": entry.revision,
        "by": _encode(entry.by),
        "command_id": entry.command_id,
        "kind": entry.kind,
        "fingerprint": entry.fingerprint,
        "at": milliseconds(entry.at),
        "events": [{"event": EVENT_NAMES[type(event)], **_encode(event)} for event in entry.events],
        "salt": entry.salt,
        "hash": entry.hash,
        "traceparent": entry.traceparent,
        "unpublished": True,
    }


def entry_id(session_id: str, revision: int) -> str:
    return f"{session_id}:{revision:08d}"


def entry_from_document(document: Mapping[str, Any]) -> Entry:
    events = tuple(_decoder(_EVENTS[event["event"]])(event) for event in document["events"])
    return _decoder(Entry)({**document, "events": events})  # type: ignore[no-any-return]


def session_to_document(session: ChatSession) -> Document:
    """The whole state, by field name."""
    return _encode(session)  # type: ignore[no-any-return]


def session_from_document(document: Mapping[str, Any]) -> ChatSession:
    return _decoder(ChatSession)(document)  # type: ignore[no-any-return]


def settings_to_document(settings: ChatSettings) -> Document:
    # Pairs, because dots and dollars in ids have a meaning in keys of documents.
    document: Document = _encode(settings)
    return {**document, "companies": list(settings.companies.items()), "customers": list(settings.customers.items())}


def settings_from_document(document: Mapping[str, Any]) -> ChatSettings:
    """A field that the document lacks has its default."""
    pairs = {name: dict(document.get(name, ())) for name in ("companies", "customers")}
    return _decoder(ChatSettings)({**document, **pairs})  # type: ignore[no-any-return]


def _encode(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _encode(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat()  # a date


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _union(tuple(_choice for _choice in get_args(kind) if _choice is not NoneType))
    if origin is tuple:
        return _tuple(get_args(kind))
    if is_dataclass(kind):
        return _dataclass(kind)
    if kind is datetime:
        return moment
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if kind is date:
        return date.fromisoformat
    return lambda value: value


def _dataclass(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    decoders = [(name, _decoder(hints[name])) for name in _names(kind)]
    return lambda document: kind(**{name: decode(document[name]) for name, decode in decoders if name in document})


def _tuple(kinds: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        if get_origin(kinds[0]) in (Union, UnionType):
            return tuple  # an entry's events are decoded by name
        each = _decoder(kinds[0])
        return lambda values: tuple(each(value) for value in values)
    decoders = [_decoder(one) for one in kinds]
    return lambda values: tuple(decode(value) for decode, value in zip(decoders, values, strict=True))


def _union(choices: tuple[Any, ...]) -> Callable[[Any], Any]:
    """None, the only choice, or the dataclass with the document's fields."""
    if len(choices) == 1:
        only = _decoder(choices[0])
        return lambda value: None if value is None else only(value)
    by_names = {frozenset(_names(choice)): _decoder(choice) for choice in choices}
    return lambda value: None if value is None else by_names[frozenset(value)](value)
