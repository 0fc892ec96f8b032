"""The drawn family of refusals that cross process borders: a kind (canonical status), a code, a field, details.

Domain code imports nothing, so its own error families are recognised by having the same four attributes (`as_typed`).
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


# A later try of the very same request may succeed.
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
    """A refusal. `code` is a stable word for programs, `message` a sentence for people, `field` the request's field at fault or ""."""

    kind: Kind = Kind.INTERNAL
    code: str = "internal"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details

    @classmethod
    def of(cls, kind: Kind, code: str, message: str, *, field: str = "", details: Mapping[str, str] | None = None) -> Self:
        """One whose kind and code are known only now."""
        error = cls(message, field=field)
        error.kind, error.code, error.details = kind, code, dict(details or {})
        return error

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later, unchanged."""
        return self.kind in TRANSIENT


class RemoteError(TypedError):
    """Another service's refusal, with its fields."""


class Unavailable(TypedError):
    """Store, broker or peer does not answer; the fate of a write is unknown: repeat it with the same id."""

    kind, code = Kind.UNAVAILABLE, "unavailable"


class Unauthenticated(TypedError):
    kind, code = Kind.UNAUTHENTICATED, "unauthenticated"


class PermissionDenied(TypedError):
    kind, code = Kind.PERMISSION_DENIED, "permission_denied"


class InvalidArgument(TypedError):
    kind, code = Kind.INVALID_ARGUMENT, "invalid_argument"


class NotFound(TypedError):
    kind, code = Kind.NOT_FOUND, "not_found"


class AlreadyExists(TypedError):
    kind, code = Kind.ALREADY_EXISTS, "already_exists"


class FailedPrecondition(TypedError):
    kind, code = Kind.FAILED_PRECONDITION, "failed_precondition"


class Aborted(TypedError):
    kind, code = Kind.ABORTED, "aborted"


class ResourceExhausted(TypedError):
    kind, code = Kind.RESOURCE_EXHAUSTED, "resource_exhausted"


def as_typed(error: BaseException) -> TypedError | None:
    """The refusal that an error is, by class or by shape (kind, code, field, details); None for anything else."""
    if isinstance(error, TypedError):
        return error
    kind, code, field = (getattr(error, name, None) for name in ("kind", "code", "field"))
    details = getattr(error, "details", None)
    if not (isinstance(kind, str) and isinstance(code, str) and isinstance(field, str) and isinstance(details, Mapping)):
        return None
    try:
        known = Kind(kind)
    except ValueError:
        return None
    text = getattr(error, "message", None)
    message = text if isinstance(text, str) else str(error)
    return TypedError.of(known, code, message, field=field, details={str(k): str(v) for k, v in details.items()})
