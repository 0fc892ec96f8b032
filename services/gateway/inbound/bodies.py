"""From what a page sends by HTTP to a request of the contract; what does not fit is refused, naming the field."""

import re
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from services.gateway.domain.errors import BadValue, TooLarge

MAX_BODY = 1024 * 1024
_FIELD = re.compile(r'no field named "(?P<unknown>[^"]*)"|Failed to parse (?P<bad>\w+) field')
_TAIL = re.compile(r"\s*Available Fields.*", re.DOTALL)


async def read_into(request: Request, message: Message) -> None:
    """Fills the message from a JSON body; an empty body leaves it empty. Raises TooLarge or BadValue."""
    body = await _read(request)
    text = body.strip()
    if not text:
        return
    if not text.startswith(b"{"):
        raise BadValue("The body must be a JSON object.")
    try:
        json_format.Parse(text.decode(), message)
    except json_format.ParseError as error:
        raise _bad_value(str(error)) from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        # No UTF-8, half of a surrogate pair, or too deep.
        raise BadValue("The body is no JSON of this request.") from None


def set_from_text(message: Message, field_name: str, texts: Sequence[str], said_as: str) -> None:
    """Sets a field from words of a path or a query; `said_as` is what the page calls it. Raises BadValue."""
    field: Any = message.DESCRIPTOR.fields_by_name[field_name]
    if field.is_repeated:
        values = [_value(field, word, said_as) for text in texts for word in text.split(",") if word]
        getattr(message, field_name).extend(values)
    else:
        setattr(message, field_name, _value(field, texts[-1], said_as))


def _value(field: FieldDescriptor, text: str, said_as: str) -> object:
    if field.enum_type is not None:
        return _enum_value(field.enum_type, text, said_as)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return text
    if text.isascii() and text.isdigit() and int(text) < 2**32:
        return int(text)
    raise BadValue(f"{said_as} must be a whole number.", field=said_as)


def _enum_value(enum: EnumDescriptor, text: str, said_as: str) -> int:
    # TICKET_STATUS_NEW, as proto JSON has it, or in a link's shorter words: new.
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
    for name in (text, f"{prefix}_{text.upper()}"):
        if name in enum.values_by_name:
            return int(enum.values_by_name[name].number)
    raise BadValue(f"{said_as} can't be {text[:40]!r}.", field=said_as)


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise TooLarge(f"The body is larger than {MAX_BODY} bytes.")
    return bytes(body)


def _bad_value(reason: str) -> BadValue:
    found = _FIELD.search(reason)
    field = (found["unknown"] or found["bad"] or "") if found else ""
    return BadValue(_TAIL.sub("", reason)[:300], field=field)
