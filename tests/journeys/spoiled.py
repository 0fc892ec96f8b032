"""Makes invalid requests from a valid one by changing one field at a time: missing, too long, an unknown id, or a wrong number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

# Of digits, because Python raises ValueError for a number of more than 4,300 of them.
LONG = "1" * 100_000
NOBODY = "nobody-has-this-id"
MAX_INT32 = 2**31 - 1
DEEPEST = 5


@dataclass(frozen=True)
class Spoiled:
    """A request with one invalid field. `path` is the field's path in the proto, such as settings.hours.spans.day; `how` is missing, long,
    unknown or wrong."""

    path: str
    how: str
    request: Any
    names: frozenset[str]

    @property
    def key(self) -> str:
        return f"{self.path} {self.how}"

    def is_named_by(self, field: str) -> bool:
        """Whether the field that an error names is this one, contains it or is contained in it."""
        return bool({part.partition("[")[0] for part in field.split(".")} & self.names)


def spoiled(good: Any) -> Iterator[Spoiled]:
    """All requests that differ from `good` in one field."""
    for path, how, steps in _changes(good, "", ()):
        request = type(good)()
        request.CopyFrom(good)
        parent = request
        for name, index in steps[:-1]:
            parent = getattr(parent, name) if index is None else getattr(parent, name)[index]
        field = parent.DESCRIPTOR.fields_by_name[steps[-1][0]]
        _spoil(parent, field, how)
        oneof = field.containing_oneof
        names = frozenset(path.split(".")) | ({oneof.name} if oneof else frozenset())
        yield Spoiled(path, how, request, names)


Steps = tuple[tuple[str, int | None], ...]


def _changes(message: Any, prefix: str, steps: Steps) -> Iterator[tuple[str, str, Steps]]:
    for field in message.DESCRIPTOR.fields:
        path, here = f"{prefix}{field.name}", (*steps, (field.name, None))
        given = _is_given(message, field)
        if given:
            yield path, "missing", here
        yield from ((path, how, here) for how in _ways(field))
        if _is_message(field) and given and len(here) < DEEPEST and not field.message_type.GetOptions().map_entry:
            index = 0 if field.is_repeated else None
            inner = getattr(message, field.name)[0] if field.is_repeated else getattr(message, field.name)
            yield from _changes(inner, f"{path}.", (*steps, (field.name, index)))


def _is_given(message: Any, field: Any) -> bool:
    return any(present.number == field.number for present, _ in message.ListFields())


def _is_message(field: Any) -> bool:
    return field.message_type is not None


def _ways(field: Any) -> list[str]:
    if field.type == field.TYPE_BYTES:
        return []
    if field.cpp_type == field.CPPTYPE_STRING:
        return ["long", *(["unknown"] if field.name.endswith(("_id", "_ids", "secret")) and field.name != "command_id" else [])]
    if field.cpp_type in (field.CPPTYPE_ENUM, field.CPPTYPE_UINT32, field.CPPTYPE_INT32, field.CPPTYPE_INT64):
        return ["wrong"]
    return ["long"] if _is_message(field) and field.message_type.GetOptions().map_entry else []


def _spoil(parent: Any, field: Any, how: str) -> None:
    if how == "missing":
        parent.ClearField(field.name)
        return
    if _is_message(field):
        getattr(parent, field.name)[LONG] = True
        return
    value: object = {"long": LONG, "unknown": NOBODY, "wrong": 99 if field.cpp_type == field.CPPTYPE_ENUM else MAX_INT32}[how]
    if field.cpp_type == field.CPPTYPE_INT64:
        value = 2**60
    if field.is_repeated:
        getattr(parent, field.name).append(value)
    else:
        setattr(parent, field.name, value)


def with_unknown_ids(good: Any) -> Message:
    """The same request with every id reversed, so that it names things that don't exist."""
    request: Message = type(good).FromString(good.SerializeToString())
    _reverse_ids(request)
    return request


def has_ids(good: Message) -> bool:
    return with_unknown_ids(good) != good


def _reverse_ids(message: Any) -> None:
    for field, value in message.ListFields():
        if field.name in ("id", "command_id") or (_is_message(field) and field.is_repeated):
            continue
        if _is_message(field):
            _reverse_ids(value)
        elif field.name.endswith("_id"):
            setattr(message, field.name, value[::-1])
        elif field.name.endswith("_ids"):
            value[:] = [id[::-1] for id in value]
