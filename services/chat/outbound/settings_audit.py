"""The audit trail of a desk's settings: who changed what from what to what, oldest first, each entry a text in the desk's own document.

A document has a largest size, and what no longer fits makes every change fail for good: so an entry holds differences only, and the oldest
entries go when all of them are too many or too large.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, takewhile
from typing import Any

from services.chat.domain.people import Person
from services.chat.outbound.documents import Document, milliseconds

MOST_AUDITED = 500
# Of the 16 MB that a document may have. The largest settings take about 3 of them, and so does the largest entry.
MOST_BYTES = 4_000_000
# Lists of (id, allowed), of which an edit changes one or two among thousands.
PAIRS = ("companies", "customers")


def audited(version: int, by: Person, at: datetime, before: Document, after: Document) -> str:
    """As text: not every store can push anything richer."""
    changed = {field: _difference(field, before.get(field), after[field]) for field in after if before.get(field) != after[field]}
    return json.dumps({"version": version, "at": milliseconds(at), "by": by.id, "by_name": by.name, "changed": changed})


def kept(audit: Sequence[str], newest: str) -> int:
    """How many of the latest entries, the newest included, the document keeps."""
    sizes = accumulate(len(entry.encode()) for entry in (newest, *reversed(audit)))
    return max(1, min(MOST_AUDITED, sum(1 for _ in takewhile(lambda size: size <= MOST_BYTES, sizes))))


def _difference(field: str, before: Any, after: Any) -> Any:
    """[before, after]; for the lists of pairs {id: [before, after]} of those that differ, null = not listed."""
    if field not in PAIRS:
        return [before, after]
    old, new = dict(before or ()), dict(after)
    return {id: [old.get(id), new.get(id)] for id in sorted(old.keys() | new.keys()) if old.get(id) != new.get(id)}
