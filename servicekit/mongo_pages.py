"""Pages of a list in a store, in the order of a field."""

from collections.abc import Callable
from typing import Any

from pymongo import ASCENDING, DESCENDING

from servicekit.mongo import Collection, Document

Cursor = tuple[int | str, str]
Order = list[tuple[str, int]]


async def newest_first(
    collection: Collection[Document],
    condition: Document,
    moment: str,
    size: int,
    below: Cursor | None = None,
    keep: Callable[[Document], Any] = bool,
) -> list[Document]:
    """The newest documents of the condition that `keep` accepts, by the field `moment`; see `in_order`."""
    return await in_order(collection, condition, [(moment, DESCENDING), ("id", DESCENDING)], size, below, keep)


async def in_order(
    collection: Collection[Document],
    condition: Document,
    order: Order,
    size: int,
    after: Cursor | None = None,
    keep: Callable[[Document], Any] = bool,
    fields: Document | None = None,
) -> list[Document]:
    """The first documents of the condition that `keep` accepts, at most `size`. `order`: a field and `id`, both in one direction; a dot in
    the field's name leads into a document. `after`: both values of the last document of the page before.

    One index must serve the condition and the order. `keep` is for conditions with alternatives, because the embedded store uses no index
    for `$or`. Reads more than twice `size` only if many documents share a value, or if `keep` refuses many.
    """
    field, direction = order[0]
    if after is not None:
        bound = {"$gte" if direction == ASCENDING else "$lte": after[0]}
        condition = {**condition, field: {**condition.get(field, {}), **bound}}
    limit = size
    while True:
        found = await collection.find(condition, fields).sort(order).limit(limit).to_list(limit)
        kept = [each for each in found if (after is None or _is_after(position(each, field), after, direction)) and keep(each)]
        if len(kept) >= size or len(found) < limit:
            return kept[:size]
        limit *= 2


def position(document: Document, field: str) -> Cursor:
    """The document's values of that field and of `id`."""
    value: Any = document
    for name in field.split("."):
        value = value[name]
    return value, document["id"]


def _is_after(at: Any, after: Any, direction: int) -> bool:
    return bool(at > after if direction == ASCENDING else at < after)
