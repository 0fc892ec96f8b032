"""Pages of a list in a store, newest first."""

from collections.abc import Callable
from typing import Any

from pymongo import DESCENDING

from servicekit.mongo import Collection, Document

Cursor = tuple[int, str]


async def newest_first(
    collection: Collection[Document],
    condition: Document,
    moment: str,
    size: int,
    below: Cursor | None = None,
    keep: Callable[[Document], Any] = bool,
) -> list[Document]:
    """The newest documents of the condition that `keep` accepts, at most `size`, ordered by the fields `moment` and `id`. `below`: the
    moment and the id of the last document of the page before.

    One index must serve the condition and the order. `keep` is for conditions with alternatives, because the embedded store uses no index
    for `$or`. Reads more than twice `size` only if many documents share a moment, or if `keep` refuses many.
    """
    if below is not None:
        condition = {**condition, moment: {"$lte": below[0]}}
    limit = size
    while True:
        found = await collection.find(condition).sort([(moment, DESCENDING), ("id", DESCENDING)]).limit(limit).to_list(limit)
        kept = [each for each in found if (below is None or (each[moment], each["id"]) < below) and keep(each)]
        if len(kept) >= size or len(found) < limit:
            return kept[:size]
        limit *= 2
