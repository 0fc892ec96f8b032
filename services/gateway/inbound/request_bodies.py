"""From an HTTP body or query to a request of the contract. A wrong value is refused with its field.

All of it takes linear time (spec 10.9): lengths are checked before a pattern or a parser reads the text.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.gateway.errors import BadValue, TooLarge


@dataclass(frozen=True, slots=True)
class Bound:
    """What a body may hold. Each object becomes a message and each value a call, which cost far more than reading their bytes.

    `commas` bounds the values; commas within texts count too.
    """

    bytes: int
    commas: int
    objects: int


BODY = Bound(bytes=64 * 1024, commas=12_000, objects=100)
# For the routes whose requests hold long lists: settings and directory.
LARGE_BODY = Bound(bytes=1024 * 1024, commas=30_000, objects=1_000)
_MAX_REASON = 300
_MAX_NUMBER = 10
_WITHIN = re.compile(r"Failed to parse (?P<name>\w+) field: ")
_UNKNOWN = re.compile(r'Message type "[\w.]*" has no field named "(?P<name>[^"]*)"')


async def read_into(request: Request, message: Message, bound: Bound = BODY) -> None:
    """Fills the message from a JSON body; an empty body leaves it empty. Raises TooLarge or BadValue."""
    body = await _read(request, bound.bytes)
    if body.count(b",") > bound.commas:
        raise BadValue(f"The body holds more than {bound.commas} values.")
    text = body.strip()
    if not text:
        return
    if not text.startswith(b"{"):
        raise BadValue("The body must be a JSON object.")
    try:
        json_format.ParseDict(json.loads(text, object_pairs_hook=_Objects(bound.objects)), message)
    except json_format.ParseError as error:
        raise _bad_value(str(error)) from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        # Invalid UTF-8, a lone surrogate, or nested too deeply.
        raise BadValue("The body is not valid JSON of this request.") from None


def set_from_text(message: Message, field_name: str, texts: Sequence[str], label: str) -> None:
    """Sets a field from the text of a path or a query; `label` is the page's name of it. A moment is whole seconds since 1970. Raises
    BadValue."""
    field: Any = message.DESCRIPTOR.fields_by_name[field_name]
    if field.is_repeated:
        values = [_value(field, part, label) for text in texts for part in text.split(",") if part]
        getattr(message, field_name).extend(values)
    elif field.message_type is not None and field.message_type.full_name == Timestamp.DESCRIPTOR.full_name:
        getattr(message, field_name).FromSeconds(_whole_number(texts[-1], label))
    else:
        setattr(message, field_name, _value(field, texts[-1], label))


def _value(field: FieldDescriptor, text: str, label: str) -> object:
    if field.enum_type is not None:
        return _enum_value(field.enum_type, text, label)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return text
    return _whole_number(text, label)


def _whole_number(text: str, label: str) -> int:
    if len(text) <= _MAX_NUMBER and text.isascii() and text.isdigit() and int(text) < 2**32:
        return int(text)
    raise BadValue(f"{label} must be a whole number.", field=label)


def _enum_value(enum: EnumDescriptor, text: str, label: str) -> int:
    # TICKET_STATUS_NEW, as in proto JSON, or its short form in a link: new.
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
    for name in (text, f"{prefix}_{text.upper()}"):
        if name in enum.values_by_name:
            return int(enum.values_by_name[name].number)
    raise BadValue(f"{label} can't be {text[:40]!r}.", field=label)


async def _read(request: Request, most: int) -> bytes:
    length = request.headers.get("content-length", "")
    # The parser has refused everything but digits. More of them than this are too large in any case.
    if len(length) > _MAX_NUMBER or (length and int(length) > most):
        raise _too_large(most)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most} bytes.", most=str(most))


class _Objects:
    """Builds the objects of one body and counts them. Raises BadValue."""

    def __init__(self, most: int) -> None:
        self._count, self._most = 0, most

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._count += 1
        if self._count > self._most:
            raise BadValue(f"The body holds more than {self._most} objects.")
        made = dict(pairs)
        if len(made) < len(pairs):
            raise BadValue("The body names a field twice.")
        return made


def _bad_value(reason: str) -> BadValue:
    """`reason` is protobuf's: the path to the field, and then words that quote the value and name internal types."""
    path, end, reason = [], 0, reason[:_MAX_REASON]
    while within := _WITHIN.match(reason, end):
        path.append(within["name"])
        end = within.end()
    if unknown := _UNKNOWN.match(reason, end):
        field = ".".join([*path, unknown["name"]])
        return BadValue(f"There is no field {field}.", field=field)
    if not path:
        return BadValue("The body is not valid JSON of this request.")
    field = ".".join(path)
    return BadValue(f"{field} has an invalid value.", field=field)
