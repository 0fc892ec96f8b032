"""The errors that services return to each other: a kind (canonical status), a code, a field and details.

Domain code does not import this module. `as_typed` recognizes its errors by the same four attributes.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """The canonical statuses, lower case."""

    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    INVALID_ARGUMENT = "invalid_argument"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    PERMISSION_DENIED = "permission_denied"
    RESOURCE_EXHAUSTED = "resource_exhausted"
    FAILED_PRECONDITION = "failed_precondition"
    ABORTED = "aborted"
    OUT_OF_RANGE = "out_of_range"
    UNIMPLEMENTED = "unimplemented"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    DATA_LOSS = "data_loss"
    UNAUTHENTICATED = "unauthenticated"


# The same request may succeed later.
TRANSIENT = frozenset(
    {
        Kind.CANCELLED,
        Kind.UNKNOWN,
        Kind.DEADLINE_EXCEEDED,
        Kind.RESOURCE_EXHAUSTED,
        Kind.ABORTED,
        Kind.INTERNAL,
        Kind.UNAVAILABLE,
        Kind.UNAUTHENTICATED,  # a key that has not reached the other side yet
    }
)


class TypedError(Exception):
    """`code` is a stable word for programs, `message` a sentence for people, `field` the invalid field of the request or ""."""

    kind: Kind = Kind.INTERNAL
    code: str = "internal"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details

    @classmethod
    def of(cls, kind: Kind, code: str, message: str, *, field: str = "", details: Mapping[str, str] | None = None) -> Self:
        """An error whose kind and code are known at run time only."""
        error = cls(message, field=field)
        error.kind, error.code, error.details = kind, code, dict(details or {})
        return error

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later, unchanged."""
        return self.kind in TRANSIENT


class RemoteError(TypedError):
    """An error that another service returned, with its fields."""


class Unavailable(TypedError):
    """Store, broker or peer does not answer. A write may have succeeded: repeat it with the same id."""

    kind, code = Kind.UNAVAILABLE, "unavailable"


class Unauthenticated(TypedError):
    kind, code = Kind.UNAUTHENTICATED, "unauthenticated"


class PermissionDenied(TypedError):
    kind, code = Kind.PERMISSION_DENIED, "permission_denied"


class InvalidArgument(TypedError):
    kind, code = Kind.INVALID_ARGUMENT, "invalid_argument"


class NotFound(TypedError):
    kind, code = Kind.NOT_FOUND, "not_found"


def as_typed(error: BaseException) -> TypedError | None:
    """The error as a TypedError, by class or by its attributes kind, code, field and details; None for any other error."""
    if isinstance(error, TypedError):
        return error
    kind, code, field = (getattr(error, name, None) for name in ("kind", "code", "field"))
    details = getattr(error, "details", None)
    if not (isinstance(kind, str) and isinstance(code, str) and isinstance(field, str) and isinstance(details, Mapping)):
        return None
    try:
        canonical = Kind(kind)
    except ValueError:
        return None
    text = getattr(error, "message", None)
    message = text if isinstance(text, str) else str(error)
    return TypedError.of(canonical, code, message, field=field, details={str(k): str(v) for k, v in details.items()})
