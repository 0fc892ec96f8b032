"""Whether an index serves a query: equality fields first, then the sort, then ranges.

The embedded store uses only the first field of an index. So where a query names a selective field, an index must begin with one. And it
reads every document for a condition with $or or $and, for $in, and for a bare value (`{"desk_id": "x"}` also means a list with "x"), unless
it has an index of that field alone: services write `{"desk_id": {"$eq": "x"}}`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel

from services.chat.wiring import INDEXES as CHAT
from services.notify.wiring import INDEXES as NOTIFY
from services.presence.wiring import INDEXES as PRESENCE
from services.tickets.wiring import INDEXES as TICKETS

Key = tuple[str, int]
INDEXES: Mapping[str, Mapping[str, Sequence[IndexModel]]] = {
    "chat": CHAT,
    "notify": NOTIFY,
    "presence": PRESENCE,
    "tickets": {**TICKETS, "attachments.files": []},
}
# Fields with few values; every other one is selective.
BROAD = frozenset(
    {
        "desk_id",
        "board_id",
        "company_id",
        "kind",
        "type",
        "status",
        "priority",
        "voided",
        "live",
        "private",
        "ended",
        "public",
        "said.presence",
        "side",
    }
)
# Collection -> why its queries need no index.
SMALL = {
    "leases": "one document for each gateway process of the last hour",
    "settings": "one document for each desk with its own settings; a filter without _id is sent after a gap in a topic",
}
# (collection, filter): only the tests send it.
ONLY_TESTS = {
    ("attachments.chunks", "{}"),
    ("webhooks", "{}"),
    ("attachments.files", "{}"),
    ("engineer_history", '{"kind": "="}'),
    ("ticket_log", "{}"),
} | {
    ("tickets", "{}"),
    ("sessions", '{"voided": ["$eq"]}'),
    ("sessions", '{"desk_id": "="}'),
    ("sessions", '{"live": "="}'),
    ("webhook_events", '{"webhook_id": "="}'),
    ("people_words", '{"person_id": ["$in"]}'),
    ("log", '{"desk_id": "="}'),
}
# Few documents are found by this field, so the store sorts them itself: one ticket, a customer's, or the MAX_FOUND of a search.
FEW = {("tickets", "number"), ("tickets", "customer_id"), ("tickets", "_id")}
# Fields that an index need not have, because they exclude few of the documents that the rest of it finds.
EXCLUDING_FEW: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("chat", "sessions"): {
        "voided": "few sessions are voided",
        "live": "beside statuses, of which it excludes few; the embedded store uses it instead of them",
        "company_id": "access: an engineer sees most companies of a desk",
        "board_id": "access: an engineer sees most boards of a desk",
    },
    ("tickets", "sign_ins"): {"ended": "beside the time of a refresh, which only those have that the version before ended"},
    ("tickets", "erasures"): {"desk_id": "beside the time since a chat's log was fetched, in which few people are erased"},
    ("tickets", "tickets"): {
        "company_id": "access: an engineer sees most companies of a desk",
        "board_id": "access: an engineer sees most boards of a desk",
    },
}


# (collection, field) whose condition cannot be $eq, because the field or the condition is a list: why the embedded store may read every
# document for it.
LISTS = {
    ("subscriptions", "person_id"): "one query for up to a thousand people; few have a subscription",
    ("attachments.chunks", "files_id"): "the driver's own query",
    ("sessions", "people"): "the person's sessions, of which the desk or the status limits those that are read",
    ("calls", "alerting"): "rare: once for each change of what an engineer may see",
    ("people", "leases"): "rare: once for each gateway process that ends",
}
INDEXED_OPERATORS = frozenset({"$eq", "$gt", "$gte", "$lt", "$lte", "$exists"})


def scanned(service: str, collection: str, condition: Mapping[str, Any]) -> bool:
    """Whether the embedded store reads every document of the collection for the query."""
    if collection in SMALL or (collection, json.dumps(condition)) in ONLY_TESTS or "_id" in condition:
        return False
    if any(name.startswith("$") for name in condition):
        return True
    declared = [[name for name, _ in index.document["key"].items()] for index in INDEXES[service].get(collection, [])]
    last = {fields[-1] for fields in declared}
    for first in {fields[0] for fields in declared} & condition.keys():
        used = condition[first]
        if (collection, first) in LISTS or (first in last if used == "=" else set(used) <= INDEXED_OPERATORS):
            return False
    return True


@dataclass
class _Fields:
    """The fields of a filter by the kind of their condition. `either`: the alternatives of each $or."""

    equal: set[str] = field(default_factory=set)
    ranges: set[str] = field(default_factory=set)
    either: list[list[Mapping[str, Any]]] = field(default_factory=list)


def unserved(service: str, collection: str, condition: Mapping[str, Any], sort: Sequence[Key]) -> bool:
    """Whether no index serves the query and no exception applies. `service` is a key of INDEXES."""
    declared = INDEXES[service].get(collection, [])
    if collection in SMALL or (collection, json.dumps(condition)) in ONLY_TESTS:
        return False
    indexes = [["_id"], *([name for name, _ in index.document["key"].items()] for index in declared)]
    if any((collection, name) in FEW for name in condition):
        sort = []
    return not _served(condition, sort, indexes, EXCLUDING_FEW.get((service, collection), {}))


def _served(condition: Mapping[str, Any], sort: Sequence[Key], indexes: Iterable[Sequence[str]], few: Mapping[str, str]) -> bool:
    fields, one_direction = _fields(condition), len({direction for _, direction in sort}) <= 1
    order = [name for name, _ in sort if name not in fields.equal]
    if one_direction and any(_serves(index, fields, order, few) for index in indexes):
        return True
    rest = {name: value for name, value in condition.items() if name != "$or"}
    return any(
        all(_served({"$and": [rest, branch]}, sort, indexes, few) for branch in branches if "$or" not in rest) for branches in fields.either
    )


def _serves(index: Sequence[str], fields: _Fields, order: Sequence[str], few: Mapping[str, str]) -> bool:
    used = 0
    while used < len(index) and index[used] in fields.equal:
        used += 1
    equal = set(index[:used])
    if order and list(index[used : used + len(order)]) != list(order):
        return False
    first_is_limited = used or index[0] in fields.ranges
    if not first_is_limited:
        return False
    if selective := {name for name in fields.equal if name not in BROAD}:
        return index[0] in selective
    return fields.equal - equal <= few.keys() | set(index[used:])


def _fields(condition: Mapping[str, Any]) -> _Fields:
    found = _Fields()
    for name, value in condition.items():
        if name == "$and":
            for part in value:
                inner = _fields(part)
                found.equal |= inner.equal
                found.ranges |= inner.ranges
                found.either += inner.either
        elif name == "$or":
            found.either.append(value)
        elif value == "=" or "$in" in value or "$eq" in value:
            found.equal.add(name)
        else:
            found.ranges.add(name)
    return found
