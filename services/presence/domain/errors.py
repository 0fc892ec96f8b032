"""What this service refuses. Each error carries a canonical status, a machine word and the field that is wrong.

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
    """Who was never there and who is of another desk look alike (spec 10.2)."""

    kind = "not_found"
    code = "no_such_person"


class CommandIdReused(PresenceError):
    """The same admin's command id with another reason."""

    kind = "already_exists"
    code = "command_id_reused"


class IncarnationPast(PresenceError):
    """The replica has started anew since, so nothing that its former self says counts."""

    kind = "failed_precondition"
    code = "incarnation_past"


class VersionConflict(PresenceError):
    """The settings were changed since they were read."""

    kind = "aborted"
    code = "version_conflict"


class Busy(PresenceError):
    """Others changed the same people again and again; the same call may be made again."""

    kind = "aborted"
    code = "busy"
