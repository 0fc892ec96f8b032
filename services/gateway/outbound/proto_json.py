"""Fast proto JSON: each message type is compiled once to a converter, and msgspec encodes the result.

The output is that of google.protobuf.json_format with always_print_fields_with_no_presence, two to five times as fast; a test compares
the two on random messages of the whole contract. Well-known types other than Timestamp use json_format itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

EPOCH = datetime(1970, 1, 1)  # UTC; _timestamp appends the Z
TIMESTAMP = "google.protobuf.Timestamp"
AS_THEY_ARE = frozenset({FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BOOL, FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_INT32})
Convert = Callable[[Any], Any]
Fill = Callable[[Any, dict[str, Any]], None]


def proto_json(message: Message) -> bytes:
    """The message as UTF-8 JSON: camelCase, and fields without presence always printed."""
    return msgspec.json.encode(_converter_of(message.DESCRIPTOR)(message))


@cache
def _converter_of(descriptor: Descriptor) -> Convert:
    """The function from a message of this type to a JSON value."""
    if descriptor.full_name == TIMESTAMP:
        return _timestamp
    if descriptor.full_name.startswith("google.protobuf."):
        return lambda message: MessageToDict(message, always_print_fields_with_no_presence=True)
    # Compiled at the first use, so that a type may contain itself.
    fills: list[Fill] = []

    def convert(message: Any) -> dict[str, Any]:
        if not fills:
            fills.extend(_fills(descriptor))
        values: dict[str, Any] = {}
        for fill in fills:
            fill(message, values)
        return values

    return convert


def _fills(descriptor: Descriptor) -> list[Fill]:
    fills: list[Fill] = []
    for field in descriptor.fields:
        if field.containing_oneof is None or _is_optional(field):
            fills.append(_fill_present(field) if field.has_presence else _fill_always(field))
    fills.extend(_fill_oneof(oneof) for oneof in descriptor.oneofs if not _is_optional(oneof.fields[0]))
    return fills or [lambda message, values: None]


def _fill_always(field: Any) -> Fill:
    name, json_name, convert = field.name, field.json_name, _converter(field)

    def fill(message: Any, values: dict[str, Any]) -> None:
        values[json_name] = convert(getattr(message, name))

    def fill_as_is(message: Any, values: dict[str, Any]) -> None:
        values[json_name] = getattr(message, name)

    return fill_as_is if field.type in AS_THEY_ARE and not field.is_repeated else fill


def _fill_present(field: Any) -> Fill:
    name, json_name, convert = field.name, field.json_name, _converter(field)

    def fill(message: Any, values: dict[str, Any]) -> None:
        if message.HasField(name):
            values[json_name] = convert(getattr(message, name))

    return fill


def _fill_oneof(oneof: Any) -> Fill:
    name = oneof.name
    options = {field.name: (field.json_name, _converter(field)) for field in oneof.fields}

    def fill(message: Any, values: dict[str, Any]) -> None:
        if chosen := message.WhichOneof(name):
            json_name, convert = options[chosen]
            values[json_name] = convert(getattr(message, chosen))

    return fill


def _converter(field: Any) -> Convert:
    """The function from a field's value to a JSON value."""
    if _is_map(field):
        key_of, convert = map(_converter, field.message_type.fields)
        return lambda found: {_map_key(key_of(key)): convert(found[key]) for key in found}
    if field.is_repeated:
        convert = _converter_of_one(field)
        return list if field.type in AS_THEY_ARE else lambda values: [convert(value) for value in values]
    return _converter_of_one(field)


def _converter_of_one(field: Any) -> Convert:
    if field.message_type is not None:
        return _converter_of(field.message_type)
    if field.enum_type is not None:
        names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        return lambda number: names.get(number, number)
    if field.type in AS_THEY_ARE:
        return lambda value: value
    raise TypeError(f"{field.full_name} is of a type that no message of the contract has had so far")


def _map_key(key: Any) -> str:
    return key if isinstance(key, str) else str(key).lower()


def _is_map(field: Any) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _is_optional(field: Any) -> bool:
    # `optional` is a oneof of one field, which proto JSON does not show.
    oneof = field.containing_oneof
    return oneof is not None and oneof.name == f"_{field.name}"


def _timestamp(stamp: Any) -> str:
    nanos = stamp.nanos
    if not nanos:
        return f"{_second(stamp.seconds)}Z"
    if not nanos % 1_000_000:
        return f"{_second(stamp.seconds)}.{nanos // 1_000_000:03d}Z"
    if not nanos % 1_000:
        return f"{_second(stamp.seconds)}.{nanos // 1_000:06d}Z"
    return f"{_second(stamp.seconds)}.{nanos:09d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return (EPOCH + timedelta(seconds=seconds)).isoformat()
