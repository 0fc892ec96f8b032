"""Maps typed errors to gRPC statuses with details (google.rpc.Status: ErrorInfo, BadRequest) and back."""

from collections.abc import Mapping

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from servicekit.errors import Kind, RemoteError, TypedError, Unavailable

DOMAIN = "parley"
DETAILS_KEY = "grpc-status-details-bin"
STATUS: Mapping[Kind, grpc.StatusCode] = {kind: grpc.StatusCode[kind.name] for kind in Kind}
KIND: Mapping[grpc.StatusCode, Kind] = {status: kind for kind, status in STATUS.items()}
# Initial metadata of a call that takes a stream: its first request is accepted.
ACCEPTED = "parley-accepted"
TOO_LARGE = "message larger than max"
# grpc.aio's details when the other side ended a stream while this side wrote; the other side's own status is lost.
ENDED = "Internal error from Core"
# With either status the request may or may not have succeeded.
_UNANSWERED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def to_status(error: TypedError) -> tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """Status code, message and trailing metadata with all fields of the error."""
    code = STATUS[error.kind]
    status = Status(code=code.value[0], message=error.message)
    status.details.add().Pack(ErrorInfo(reason=error.code, domain=DOMAIN, metadata=error.details))
    if error.field:
        violation = BadRequest.FieldViolation(field=error.field, description=error.message)
        status.details.add().Pack(BadRequest(field_violations=[violation]))
    return code, error.message, ((DETAILS_KEY, status.SerializeToString()),)


def from_rpc_error(error: grpc.aio.AioRpcError | grpc.aio.UsageError) -> TypedError:
    """Unavailable for UNAVAILABLE, DEADLINE_EXCEEDED and a closed channel, else RemoteError; both with the fields of the error."""
    if isinstance(error, grpc.aio.UsageError):
        return Unavailable("The connection to that service is closed.")
    status = error.code()
    if status is grpc.StatusCode.RESOURCE_EXHAUSTED and TOO_LARGE in (error.details() or ""):
        # gRPC's message on either side for a message over its limit. A retry does not help.
        return RemoteError.of(Kind.OUT_OF_RANGE, "too_large", "A message is larger than it may be.")
    family: type[TypedError] = Unavailable if status in _UNANSWERED else RemoteError
    kind = KIND.get(status, Kind.UNKNOWN)
    code, field, details = _details(error)
    if status is grpc.StatusCode.INTERNAL and error.details() == ENDED:
        return Unavailable("The call ended while a request was written.")
    return family.of(kind, code or kind.value, error.details() or kind.value, field=field, details=details)


def _details(error: grpc.aio.AioRpcError) -> tuple[str, str, dict[str, str]]:
    code, field, details = "", "", dict[str, str]()
    for key, value in error.trailing_metadata() or ():
        if key != DETAILS_KEY or not isinstance(value, bytes):
            continue
        for packed in Status.FromString(value).details:
            info, bad = ErrorInfo(), BadRequest()
            if packed.Unpack(info):
                code, details = info.reason, dict(info.metadata)
            elif packed.Unpack(bad) and bad.field_violations:
                field = bad.field_violations[0].field
    return code, field, details
