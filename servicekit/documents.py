"""Converts dataclasses to documents of the store and back, by their type hints.

Moments are whole milliseconds (moments.py): a store may return a date that an update wrote as text. Days are text, enums their value,
tuples and sets lists. Reading gives a missing field its default, ignores unknown fields, and raises KeyError, TypeError or ValueError
for a document of another shape.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import IntEnum, StrEnum
from operator import attrgetter
from typing import Any

from cattrs import Converter, override
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from cattrs.strategies import configure_tagged_union

from servicekit.moments import from_ms, to_ms


class DocumentConverter(Converter):
    """`structure(document, kind)` reads, `unstructure(value)` writes.

    `rename` and `tag` declare where a document differs from its dataclass. Call them for an inner dataclass before its outer one, because
    the outer one's code is generated at that call.
    """

    def __init__(self) -> None:
        super().__init__(detailed_validation=False, unstruct_collection_overrides={tuple: list, frozenset: sorted})
        self.register_unstructure_hook(datetime, to_ms)
        self.register_structure_hook(datetime, lambda milliseconds, _: from_ms(milliseconds))
        for kind in (StrEnum, IntEnum):
            self.register_unstructure_hook(kind, attrgetter("value"))
        self.register_unstructure_hook(date, date.isoformat)
        self.register_structure_hook(date, lambda text, _: date.fromisoformat(text))

    def rename(self, kind: type, **fields: Any) -> None:
        """`field="its name in the store"`, or `field=cattrs.override(...)`."""
        stored: dict[str, Any] = {field: override(rename=how) if isinstance(how, str) else how for field, how in fields.items()}
        self.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, self, **stored))
        self.register_structure_hook(kind, make_dict_structure_fn(kind, self, **stored))

    def tag(self, union: Any, name: str, tags: Mapping[type, str]) -> None:
        """Stores the tag of a union's member in the field `name` of its document."""
        configure_tagged_union(union, self, tags.__getitem__, name)
