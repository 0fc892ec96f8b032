"""The fields of the documents that services store, found by storing made-up values in which every field is filled.

`python -m tests.contract.stored_fields` makes the current ones the baseline (`make baseline`), so that tests compare later versions with
them.
"""

import enum
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from servicekit.documents import DocumentConverter
from services.chat.outbound.mongo_session_log import entry_to_document
from services.notify.outbound.documents import delivery_to_document, session_alert_to_document
from services.tickets.outbound.ticket_documents import commit_to_document
from tests.fakes.clock import START

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / "tests" / "cases" / "stored" / "fields.json"
# Kind of document -> the class that is stored, and what stores it: a function, or the converter of its module.
STORED: Mapping[str, tuple[str, Callable[[Any], Any] | str]] = {
    "chat.log": ("services.chat.domain.events.Entry", entry_to_document),
    "chat.sessions": ("services.chat.domain.session.ChatSession", "services.chat.outbound.mongo_sessions"),
    "chat.settings": ("services.chat.domain.desk_settings.ChatSettings", "services.chat.outbound.mongo_settings"),
    "chat.canned_replies": ("services.chat.domain.canned_replies.CannedReply", "services.chat.outbound.mongo_canned_replies"),
    "chat.reads": ("services.chat.ports.ReadPosition", "services.chat.outbound.mongo_reads"),
    "chat.chat_logs": ("services.chat.ports.WrittenLog", "services.chat.outbound.mongo_chat_logs"),
    "notify.calls": ("services.notify.domain.session_alert.SessionAlert", session_alert_to_document),
    "notify.deliveries": ("services.notify.domain.delivery.Delivery", delivery_to_document),
    "notify.engineers": ("services.notify.domain.decision.Engineer", "services.notify.outbound.mongo_engineers"),
    "notify.engineers.presence": ("services.notify.domain.decision.PresenceFact", "services.notify.outbound.mongo_engineers"),
    "notify.preferences": ("services.notify.domain.preferences.Preferences", "services.notify.outbound.mongo_preferences"),
    "notify.subscriptions": ("services.notify.domain.subscription.Subscription", "services.notify.outbound.mongo_subscriptions"),
    "notify.webhooks": ("services.notify.domain.webhook.Webhook", "services.notify.outbound.mongo_webhooks"),
    "notify.webhook_events": ("services.notify.domain.webhook_delivery.WebhookEvent", "services.notify.outbound.mongo_webhook_events"),
    "presence.people": ("services.presence.domain.person.Person", "services.presence.outbound.mongo_people"),
    "presence.leases": ("services.presence.domain.lease.Lease", "services.presence.outbound.mongo_leases"),
    "tickets.ticket_log": ("services.tickets.domain.timeline.Commit", commit_to_document),
    "tickets.erasures": ("services.tickets.domain.erasure.Erasure", "services.tickets.outbound.mongo_erasures"),
    "tickets.audit": ("services.tickets.domain.audit.AuditEntry", "services.tickets.outbound.mongo_audit"),
    "tickets.sign_ins": ("services.tickets.domain.sign_in.SignIn", "services.tickets.outbound.mongo_sign_ins"),
}
Fields = dict[str, dict[str, list[str]]]


def stored_fields() -> Fields:
    """Kind of document -> path of a field, such as `.events[].text` -> the types that it may have in the store."""
    found: Fields = {}
    for kind, (name, how) in STORED.items():
        module, _, title = name.rpartition(".")
        store = how if callable(how) else converter_of(how).unstructure
        types: dict[str, set[str]] = {}
        for value in _values(getattr(importlib.import_module(module), title)):
            for path, type_name in _paths(store(value), ""):
                types.setdefault(path, set()).add(type_name)
        found[kind] = {path: sorted(types[path]) for path in sorted(types)}
    return found


def changed(before: Fields, now: Fields) -> list[str]:
    """What a reader of `before` misses in documents of `now`, or finds with a type that it does not know."""
    found = [(kind, path, types, now.get(kind, {}).get(path, [])) for kind, fields in before.items() for path, types in fields.items()]
    return [
        f"{kind}{path}: {types} -> {after or 'gone'}" for kind, path, types, after in found if not after or not set(after) <= set(types)
    ]


def converter_of(module: str) -> DocumentConverter:
    return next(value for value in vars(importlib.import_module(module)).values() if isinstance(value, DocumentConverter))


def _paths(stored: Any, path: str) -> Iterator[tuple[str, str]]:
    many = isinstance(stored, list | tuple)
    if path:
        yield path, "list" if many else type(stored).__name__
    inner = stored.items() if isinstance(stored, dict) else [("", part) for part in stored] if many else ()
    for name, part in inner:
        yield from _paths(part, f"{path}.{name}" if name else f"{path}[]")


def _values(hint: Any) -> list[Any]:
    """Values of the type: one for each member of a union, otherwise one. Never None."""
    kind, inner = get_origin(hint) or hint, [each for each in get_args(hint) if each is not ...]
    if kind in (Union, UnionType):
        return [value for each in inner if each is not NoneType for value in _values(each)]
    if isinstance(kind, type) and is_dataclass(kind):
        return _instances(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [next(iter(kind))]
    if kind is tuple and ... not in get_args(hint):
        return [tuple(_values(each)[0] for each in inner)]
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return [{_values(inner[0])[0]: value} for value in _values(inner[1])]
    if kind in (tuple, list, frozenset):
        return [kind(_values(inner[0]))]
    return [_PLAIN[kind]]


_PLAIN: Mapping[Any, Any] = {str: "text", int: 7, float: 0.5, bool: True, bytes: b"bytes", datetime: START, date: START.date()}


def _instances(kind: type) -> list[Any]:
    """As many as the field with the most values has; the others repeat their last one."""
    hints = get_type_hints(kind)
    values = {field.name: _values(hints[field.name]) for field in fields(kind) if field.init}
    most = max(map(len, values.values()), default=1)
    return [kind(**{name: found[min(number, len(found) - 1)] for name, found in values.items()}) for number in range(most)]


if __name__ == "__main__":
    BASELINE.write_text(json.dumps(stored_fields(), indent=1) + "\n")
