"""Fast proto JSON: each message type is compiled once to a converter, and msgspec encodes the result.

The output is that of google.protobuf.json_format with always_print_fields_with_no_presence, two to five times as fast; a test compares
the two on random messages of the whole contract. Well-known types other than Timestamp use json_format itself.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from servicekit.moments import second_to_json

TIMESTAMP = "google.protobuf.Timestamp"
AS_THEY_ARE = frozenset({FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BOOL, FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_INT32})
Convert = Callable[[Any], Any]


def proto_json(message: Message) -> bytes:
    """The message as UTF-8 JSON: camelCase, and fields without presence always printed."""
    return msgspec.json.encode(_converter_of(message.DESCRIPTOR)(message))


@cache
def _converter_of(descriptor: Descriptor) -> Convert:
    """The function from a message of this type to a JSON value."""
    if descriptor.full_name == TIMESTAMP:
        return timestamp
    if descriptor.full_name.startswith("google.protobuf."):
        return lambda message: MessageToDict(message, always_print_fields_with_no_presence=True)
    # Compiled at the first use, so that a type may contain itself.
    converters: dict[Any, tuple[str, Convert | None]] = {}
    empty: dict[str, Any] = {}

    def convert(message: Any) -> dict[str, Any]:
        if not converters:
            for field in descriptor.fields:
                as_it_is = field.type in AS_THEY_ARE and not field.is_repeated
                converters[field] = (field.json_name, None if as_it_is else _converter(field))
                if not field.has_presence:
                    empty[field.json_name] = _converter(field)(field.default_value)
        values = empty.copy()
        for field, value in message.ListFields():
            name, convert_value = converters[field]
            values[name] = value if convert_value is None else convert_value(value)
        return values

    return convert


def _converter(field: Any) -> Convert:
    """The function from a field's value to a JSON value."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
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


def timestamp(stamp: Any) -> str:
    """RFC 3339 in UTC with as many digits of the fraction as it needs: 0, 3, 6 or 9."""
    nanos = stamp.nanos
    if not nanos:
        return f"{_second(stamp.seconds)}Z"
    if not nanos % 1_000_000:
        return f"{_second(stamp.seconds)}.{nanos // 1_000_000:03d}Z"
    if not nanos % 1_000:
        return f"{_second(stamp.seconds)}.{nanos // 1_000:06d}Z"
    return f"{_second(stamp.seconds)}.{nanos:09d}Z"


_second = lru_cache(maxsize=1024)(second_to_json)
