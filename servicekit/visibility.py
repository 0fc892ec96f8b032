"""What customers must not see of a message: each field that the contract marks with the option `engineers_only`.

The marks of a message type are read once. A message from whose type no marked field can be reached costs one look-up.
"""

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message

ENGINEERS_ONLY = "parley.options.v1.engineers_only"
COUNTS_REMOVED = "parley.options.v1.counts_removed"
M = TypeVar("M", bound=Message)
# Whether a message holds something to remove.
Check = Callable[[Any], bool]
# Removes it, and returns how many list elements it removed.
Removal = Callable[[Any], int]


def for_customers(message: M) -> M:
    """The message as customers may see it: itself if nothing is to be removed, else a copy. The message itself stays as it is.

    A marked field is cleared. An element of a list is removed if the set member of a oneof in it is marked; the field with the option
    `counts_removed` in the message that has the list grows by the number of removed elements.
    """
    rule = _rule_of(message.DESCRIPTOR)
    if rule is None or not rule.concerns(message):
        return message
    shown = type(message)()
    shown.CopyFrom(message)
    rule.remove(shown)
    return shown


def has_option(field: FieldDescriptor, option: str = ENGINEERS_ONLY) -> bool:
    """Whether the contract sets this option, a bool, on the field."""
    try:
        extension = Default().FindExtensionByName(option)
    except KeyError:
        # No proto that this process has loaded sets options, for each that does imports their definition.
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


class _Rule:
    """What is removed where a message has one certain type. Made at the first use, so that a type may contain itself."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._descriptor = descriptor

    @cached_property
    def concerns(self) -> Check:
        checks = [part[0] for part in self._parts]
        return checks[0] if len(checks) == 1 else lambda message: any(check(message) for check in checks)

    @cached_property
    def remove(self) -> Removal:
        removals = [part[1] for part in self._parts]
        counter = next((field.name for field in self._descriptor.fields if has_option(field, COUNTS_REMOVED)), "")

        def remove(message: Any) -> int:
            removed = sum(removal(message) for removal in removals)
            if removed and counter:
                setattr(message, counter, getattr(message, counter) + removed)
            return 0

        return remove

    @cached_property
    def removes_element(self) -> Check:
        """Whether a message is removed as a whole where it is an element of a list."""
        marked = {oneof: {field.name for field in fields if has_option(field)} for oneof, fields in self._oneofs.items()}
        return lambda element: any(element.WhichOneof(oneof) in members for oneof, members in marked.items())

    @cached_property
    def _parts(self) -> list[tuple[Check, Removal]]:
        """One for each field, or oneof, that has something to remove."""
        in_oneofs = {field.name for fields in self._oneofs.values() for field in fields}
        alone = [_part_of_field(field) for field in _reaching(self._descriptor) if field.name not in in_oneofs]
        return alone + [_part_of_oneof(oneof, fields) for oneof, fields in self._oneofs.items()]

    @cached_property
    def _oneofs(self) -> dict[str, list[FieldDescriptor]]:
        """Name -> its members that have something to remove. A field that is `optional` is a oneof of its own and does not count."""
        found: dict[str, list[FieldDescriptor]] = {}
        for field in _reaching(self._descriptor):
            oneof = field.containing_oneof
            if oneof is not None and oneof.name != f"_{field.name}":
                found.setdefault(oneof.name, []).append(field)
        return found


@cache
def _rule_of(descriptor: Descriptor) -> _Rule | None:
    return _Rule(descriptor) if reaches_mark(descriptor) else None


def _reaching(descriptor: Descriptor) -> list[FieldDescriptor]:
    """The fields that are marked, or whose messages reach a marked field."""
    return [
        field for field in descriptor.fields if has_option(field) or (field.message_type is not None and reaches_mark(field.message_type))
    ]


def _part_of_oneof(oneof: str, fields: list[FieldDescriptor]) -> tuple[Check, Removal]:
    parts = {field.name: _part_of_field(field) for field in fields}

    def check(message: Any) -> bool:
        part = parts.get(message.WhichOneof(oneof))
        return part is not None and part[0](message)

    def remove(message: Any) -> int:
        part = parts.get(message.WhichOneof(oneof))
        return 0 if part is None else part[1](message)

    return check, remove


def _part_of_field(field: FieldDescriptor) -> tuple[Check, Removal]:
    name = field.name
    if has_option(field):
        is_set: Check = (lambda message: message.HasField(name)) if field.has_presence else (lambda message: bool(getattr(message, name)))
        return is_set, lambda message: message.ClearField(name) or 0
    assert field.message_type is not None, "other fields are marked themselves"
    if field.message_type.GetOptions().map_entry:
        raise TypeError(f"{field.full_name} is a map whose values have marked fields, which nothing in the contract has had so far")
    rule = _rule_of(field.message_type)
    assert rule is not None, "the type reaches a marked field"
    return _part_of_list(name, rule) if field.is_repeated else _part_of_one(name, rule)


def _part_of_one(name: str, rule: _Rule) -> tuple[Check, Removal]:
    def check(message: Any) -> bool:
        return message.HasField(name) and rule.concerns(getattr(message, name))

    def remove(message: Any) -> int:
        return rule.remove(getattr(message, name)) if message.HasField(name) else 0

    return check, remove


def _part_of_list(name: str, rule: _Rule) -> tuple[Check, Removal]:
    def check(message: Any) -> bool:
        return any(map(rule.concerns, getattr(message, name)))

    def remove(message: Any) -> int:
        elements = getattr(message, name)
        before = len(elements)
        for index in range(before - 1, -1, -1):
            if rule.removes_element(elements[index]):
                del elements[index]
            else:
                rule.remove(elements[index])
        return before - len(elements)

    return check, remove
