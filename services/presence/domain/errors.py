"""The errors of presence. Each has a canonical status (`kind`), a stable `code` and the field that is wrong."""


class PresenceError(Exception):
    kind, code = "internal", "presence_error"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details


class WrongArgument(PresenceError):
    kind, code = "invalid_argument", "wrong_argument"


class NotAllowed(PresenceError):
    kind, code = "permission_denied", "not_allowed"


class NoSuchPerson(PresenceError):
    """For unknown people and for people of another desk alike (spec 10.2)."""

    kind, code = "not_found", "no_such_person"


class CommandIdReused(PresenceError):
    """The same admin's command id with another reason."""

    kind, code = "already_exists", "command_id_reused"


class IncarnationPast(PresenceError):
    """The replica has restarted since, so reports of this incarnation do not count."""

    kind, code = "failed_precondition", "incarnation_past"


class VersionConflict(PresenceError):
    """The settings were changed since they were read."""

    kind, code = "aborted", "version_conflict"


class Busy(PresenceError):
    """Too many lost races. The call may be repeated."""

    kind, code = "aborted", "busy"
