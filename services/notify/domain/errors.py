"""The errors of notify. Each has a canonical status (`kind`), a stable `code` and the field that is wrong.

NotifyError
    WrongArgument       invalid_argument
    NoSuchSession       not_found
    NoSuchEngineer      not_found
    NotAllowed          permission_denied
    Busy                aborted
"""


class NotifyError(Exception):
    kind = "internal"
    code = "notify_error"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details


class WrongArgument(NotifyError):
    kind = "invalid_argument"
    code = "wrong_argument"


class NoSuchSession(NotifyError):
    """For a session that is missing and for one that is hidden from the caller alike (spec 10.2)."""

    kind = "not_found"
    code = "no_such_session"


class NoSuchEngineer(NotifyError):
    kind = "not_found"
    code = "no_such_engineer"


class NotAllowed(NotifyError):
    kind = "permission_denied"
    code = "not_allowed"


class Busy(NotifyError):
    """Too many lost races. The call may be repeated."""

    kind = "aborted"
    code = "busy"
