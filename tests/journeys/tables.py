"""The sizes of the tables in the memory of a service: of every collection that its parts hold."""

import types
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from servicekit.app import App
from services.gateway.domain.bounded_dict import BoundedDict

OWN = ("services.", "servicekit.")
COLLECTIONS = (dict, list, set, deque)


def sizes(app: App) -> Counter[str]:
    """The path of each collection, by class and attribute, and how many elements it has. Collections in collections count together. A
    BoundedDict, whose class bounds it, is left out."""
    found: Counter[str] = Counter()
    seen: set[int] = set()
    left: list[tuple[str, Any]] = [(app.name, part) for part in app.parts]
    while left:
        path, one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, COLLECTIONS):
            found[path] += 0 if isinstance(one, BoundedDict) else len(one)
            left += [(f"{path}[]", each) for each in (one.values() if isinstance(one, Mapping) else one)]
        else:
            left += [(f"{type(one).__name__}.{name}" if name else path, each) for name, each in _held(one)]
    return found


def _held(one: Any) -> Iterator[tuple[str, Any]]:
    """What an object of ours holds, by attribute, and what a function is bound to, without a name."""
    if isinstance(one, types.MethodType):
        yield "", one.__self__
    elif isinstance(one, partial):
        yield from (("", each) for each in (one.func, *one.args, *one.keywords.values()))
    elif isinstance(one, types.FunctionType):
        yield from (("", cell.cell_contents) for cell in one.__closure__ or ())
    elif type(one).__module__.startswith(OWN):
        slots = (name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ()))
        for name in [*vars(one)] if hasattr(one, "__dict__") else [*slots]:
            yield name, getattr(one, name, None)
