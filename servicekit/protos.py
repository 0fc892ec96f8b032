"""Dataclasses and enums of a domain as fields and enums of their protos.

A field has the same name on both sides, except where `declare` renames it.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from cattrs import Converter, override
from cattrs.gen import make_dict_unstructure_fn
from google.protobuf.message import Message

from servicekit.moments import to_proto

Member = TypeVar("Member", bound=Enum)
Number = TypeVar("Number", covariant=True)


class Numbers(Protocol[Number]):
    """An enum of a proto."""

    def keys(self) -> list[str]: ...

    def Value(self, name: str) -> Number: ...


def numbers_of(members: type[Member], numbers: Numbers[Number]) -> dict[Member, Number]:
    """Member -> the proto's number of that name: Colour.RED -> COLOUR_RED; a member with an empty value -> COLOUR_UNSPECIFIED.

    Raises ValueError when the proto lacks a member.
    """
    prefix = numbers.keys()[0].removesuffix("UNSPECIFIED")
    return {member: numbers.Value(f"{prefix}{member.name if member.value else 'UNSPECIFIED'}") for member in members}


# One for the process: a dataclass belongs to one service.
_converter = Converter(unstruct_collection_overrides={tuple: list})
_converter.register_unstructure_hook(datetime, to_proto)
_converter.register_unstructure_hook(date, date.isoformat)


def fields_of(value: Any) -> Any:
    """A dataclass as the keyword arguments of its proto, where None leaves a field unset; an enum as its number; a sequence as a list."""
    return _converter.unstructure(value)


def declare(kind: type, proto: type[Message], **renamed: str) -> None:
    """`renamed`: field="its name in the proto". Leaves out the fields that the proto lacks.

    Call it for an inner dataclass before its outer one. A dataclass with the proto's names needs no call.
    """
    names = {field.name: renamed.get(field.name, field.name) for field in fields(kind)}
    how: dict[str, Any] = {field: override(rename=name, omit=name not in proto.DESCRIPTOR.fields_by_name) for field, name in names.items()}
    _converter.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, _converter, **how))


def declare_enum(members: type[Enum], numbers: Numbers[Any]) -> None:
    _converter.register_unstructure_hook(members, numbers_of(members, numbers).__getitem__)


def declare_as(kind: Any, fields: Callable[[Any], Any]) -> None:
    """For a type whose proto has another shape."""
    _converter.register_unstructure_hook_func(lambda one: one == kind, fields)
