"""Removes from messages what customers must not see: the fields that the contract marks with the option `engineers_only`."""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message

ENGINEERS_ONLY = "parley.options.v1.engineers_only"
COUNTS_REMOVED = "parley.options.v1.counts_removed"
CLEARED_IF_EMPTIED = "parley.options.v1.cleared_if_emptied"
M = TypeVar("M", bound=Message)


def for_customers(message: M) -> M:
    """The message as customers may see it: the same one if nothing is removed, else a copy.

    A marked field is cleared. An element of a list is removed if the set member of a oneof in it is marked; the field with the option
    `counts_removed` in the message that has the list grows by the number of removed elements. If none are left, the fields with the option
    `cleared_if_emptied` in that message are cleared.
    """
    if not reaches_mark(message.DESCRIPTOR) or not _has_marked(message):
        return message
    shown = type(message)()
    shown.CopyFrom(message)
    _remove(shown)
    return shown


def has_option(field: FieldDescriptor, option: str = ENGINEERS_ONLY) -> bool:
    """Whether the contract sets this option, a bool, on the field."""
    try:
        extension = Default().FindExtensionByName(option)
    except KeyError:
        # No loaded proto sets options, because each that does imports their definition.
        return False
    return bool(field.GetOptions().Extensions[extension])  # type: ignore[index]


@cache
def reaches_mark(descriptor: Descriptor) -> bool:
    """Whether this type, or one that it contains, has a marked field."""
    seen, to_see = set[str](), [descriptor]
    while to_see:
        current = to_see.pop()
        if current.full_name in seen:
            continue
        seen.add(current.full_name)
        if any(has_option(field) for field in current.fields):
            return True
        to_see += [field.message_type for field in current.fields if field.message_type is not None]
    return False


class _Marks(NamedTuple):
    """Names of fields of one type: the marked ones, those that contain a marked one, the counter ("" if none), and those that are cleared
    when all elements were removed."""

    marked: frozenset[str]
    leading: frozenset[str]
    counter: str
    about_elements: tuple[str, ...]


@cache
def _marks_of(descriptor: Descriptor) -> _Marks:
    marked = frozenset(field.name for field in descriptor.fields if has_option(field))
    leading = (field.name for field in descriptor.fields if field.message_type is not None and reaches_mark(field.message_type))
    counter = next((field.name for field in descriptor.fields if has_option(field, COUNTS_REMOVED)), "")
    about_elements = tuple(field.name for field in descriptor.fields if has_option(field, CLEARED_IF_EMPTIED))
    return _Marks(marked, frozenset(leading) - marked, counter, about_elements)


def _has_marked(message: Any) -> bool:
    marked, leading, *_ = _marks_of(message.DESCRIPTOR)
    for field, value in message.ListFields():
        if field.name in marked or (field.name in leading and any(map(_has_marked, _messages(field, value)))):
            return True
    return False


def _messages(field: FieldDescriptor, value: Any) -> Iterable[Any]:
    """The messages that a field holds: one, those of a list, or the values of a map."""
    if not field.is_repeated:
        return (value,)
    messages: Iterable[Any] = value.values() if field.message_type.GetOptions().map_entry else value  # type: ignore[union-attr]
    return messages


def _remove(message: Any) -> None:
    marked, leading, counter, about_elements = _marks_of(message.DESCRIPTOR)
    removed = left = 0
    for field, value in message.ListFields():
        if field.name in marked:
            message.ClearField(field.name)
        elif field.name in leading:
            messages = _messages(field, value)
            if messages is value:
                removed += _remove_elements(value)
                left += sum(1 for _ in messages)
            for one in messages:
                _remove(one)
    if removed and counter:
        setattr(message, counter, getattr(message, counter) + removed)
    if removed and not left:
        for name in about_elements:
            message.ClearField(name)


def _remove_elements(elements: Any) -> int:
    """Removes the marked elements and returns how many."""
    found = [index for index, element in enumerate(elements) if _is_marked(element)]
    for index in reversed(found):
        del elements[index]
    return len(found)


def _is_marked(element: Any) -> bool:
    """Whether the set member of a oneof is marked. A field that is `optional` is a oneof of its own and does not count."""
    marked = _marks_of(element.DESCRIPTOR).marked
    return any(
        field.name in marked and field.containing_oneof is not None and field.containing_oneof.name != f"_{field.name}"
        for field, _ in element.ListFields()
    )
