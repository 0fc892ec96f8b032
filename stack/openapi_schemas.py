"""JSON Schemas of the contract's messages in proto JSON, with the comments of the protos, for the description of the HTTP API."""

from collections.abc import Collection, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

Json = dict[str, Any]
GOOGLES: Mapping[str, Json] = {"google.protobuf.Timestamp": {"type": "string", "format": "date-time"}}
# Numbers of fields in descriptor.proto, by which a location names what it describes.
MESSAGES, ENUMS, SERVICES = 4, 5, 6
FIELDS, NESTED, NESTED_ENUMS = 2, 3, 4
METHODS = 2


def comments_in(files: FileDescriptorSet) -> dict[str, str]:
    """Full name of a message, field, enum, value, service or RPC -> its comment, in one line."""
    found: dict[str, str] = {}
    for file in files.file:
        names = dict(_names(file))
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            if name and location.leading_comments.strip():
                found[name] = " ".join(location.leading_comments.split())
    return found


def _names(file: FileDescriptorProto) -> list[tuple[tuple[int, ...], str]]:
    """Pairs of a location's path and the full name of what is there."""
    found: list[tuple[tuple[int, ...], str]] = []

    def message(described: DescriptorProto, path: tuple[int, ...], scope: str) -> None:
        full = f"{scope}.{described.name}"
        found.append((path, full))
        found.extend(((*path, FIELDS, number), f"{full}.{field.name}") for number, field in enumerate(described.field))
        for number, nested in enumerate(described.nested_type):
            message(nested, (*path, NESTED, number), full)
        for number, nested_enum in enumerate(described.enum_type):
            enum(nested_enum, (*path, NESTED_ENUMS, number), full)

    def enum(described: EnumDescriptorProto, path: tuple[int, ...], scope: str) -> None:
        found.append((path, f"{scope}.{described.name}"))

    for number, described in enumerate(file.message_type):
        message(described, (MESSAGES, number), file.package)
    for number, described_enum in enumerate(file.enum_type):
        enum(described_enum, (ENUMS, number), file.package)
    for number, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        found.append(((SERVICES, number), name))
        found.extend(((SERVICES, number, METHODS, index), f"{name}.{method.name}") for index, method in enumerate(service.method))
    return found


class Schemas:
    """Collects the schemas of all messages that were asked for, by full name."""

    def __init__(self, comments: Mapping[str, str]) -> None:
        self._comments = comments
        self.components: dict[str, Json] = {}

    def reference(self, message: Descriptor) -> Json:
        """The schema of a message, as a reference to its component."""
        if message.full_name in GOOGLES:
            return dict(GOOGLES[message.full_name])
        if message.full_name not in self.components:
            # A message may contain itself, so it has its place before its fields.
            self.components[message.full_name] = {}
            self.components[message.full_name].update(self.inline(message))
        return {"$ref": f"#/components/schemas/{message.full_name}"}

    def inline(self, message: Descriptor, without: Collection[str] = ()) -> Json:
        """The schema of a message without some of its fields."""
        fields = [field for field in message.fields if field.name not in without]
        made: Json = {"type": "object", "properties": {field.json_name: self.of_field(field) for field in fields}}
        return made | self._described(message.full_name)

    def of_field(self, field: Any) -> Json:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            made: Json = {"type": "object", "additionalProperties": self.of_value(field.message_type.fields_by_name["value"])}
        elif field.is_repeated:
            made = {"type": "array", "items": self.of_value(field)}
        else:
            made = self.of_value(field)
        return made | self._described(field.full_name)

    def of_value(self, field: Any) -> Json:
        """The schema of one value of the field."""
        if field.message_type is not None:
            return self.reference(field.message_type)
        if field.enum_type is not None:
            return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
        if field.type == FieldDescriptor.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        return dict(_NUMBERS.get(field.cpp_type, {"type": "string"}))

    def _described(self, name: str) -> Json:
        return {"description": self._comments[name]} if name in self._comments else {}


# In proto JSON a number of 64 bits is a text.
_NUMBERS: Mapping[int, Json] = {
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptor.CPPTYPE_INT64: {"type": "string", "pattern": "^-?[0-9]{1,18}$"},
    FieldDescriptor.CPPTYPE_UINT64: {"type": "string", "pattern": "^[0-9]{1,19}$"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.CPPTYPE_FLOAT: {"type": "number"},
}
