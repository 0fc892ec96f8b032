"""The errors of presence. Each has a canonical status (`kind`), a stable `code` and the field that is wrong.

PresenceError
    WrongArgument       invalid_argument
    NotAllowed          permission_denied
    NoSuchPerson        not_found
    CommandIdReused     already_exists
    IncarnationPast     failed_precondition
    VersionConflict     aborted
    Busy                aborted
"""


class PresenceError(Exception):
    kind = "internal"
    code = "presence_error"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details


class WrongArgument(PresenceError):
    kind = "invalid_argument"
    code = "wrong_argument"


class NotAllowed(PresenceError):
    kind = "permission_denied"
    code = "not_allowed"


class NoSuchPerson(PresenceError):
    """For unknown people and for people of another desk alike (spec 10.2)."""

    kind = "not_found"
    code = "no_such_person"


class CommandIdReused(PresenceError):
    """The same admin's command id with another reason."""

    kind = "already_exists"
    code = "command_id_reused"


class IncarnationPast(PresenceError):
    """The replica has restarted since, so reports of this incarnation do not count."""

    kind = "failed_precondition"
    code = "incarnation_past"


class VersionConflict(PresenceError):
    """The settings were changed since they were read."""

    kind = "aborted"
    code = "version_conflict"


class Busy(PresenceError):
    """Too many lost races. The call may be repeated."""

    kind = "aborted"
    code = "busy"
