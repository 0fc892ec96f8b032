"""The errors of notify. Each has a canonical status (`kind`), a stable `code` and the field that is wrong."""


class NotifyError(Exception):
    kind, code = "internal", "notify_error"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details


class WrongArgument(NotifyError):
    kind, code = "invalid_argument", "wrong_argument"


class NoSuchSession(NotifyError):
    """For a session that is missing and for one that is hidden from the caller alike (spec 10.2)."""

    kind, code = "not_found", "no_such_session"


class NoSuchEngineer(NotifyError):
    kind, code = "not_found", "no_such_engineer"


class NotAllowed(NotifyError):
    kind, code = "permission_denied", "not_allowed"


class Busy(NotifyError):
    """Too many lost races. The call may be repeated."""

    kind, code = "aborted", "busy"


class NoSuchDelivery(NotifyError):
    """For a delivery that is missing and for one of another person alike."""

    kind, code = "not_found", "no_such_delivery"


class NoSuchPage(NotifyError):
    kind, code = "not_found", "no_such_page"


class VersionConflict(NotifyError):
    """The settings were changed since they were read."""

    kind, code = "aborted", "version_conflict"


class NoSuchWebhook(NotifyError):
    """Also for a webhook of another desk."""

    kind, code = "not_found", "no_such_webhook"


class TooManyWebhooks(NotifyError):
    kind, code = "failed_precondition", "too_many_webhooks"


class WebhookIsOff(NotifyError):
    kind, code = "failed_precondition", "webhook_is_off"


class CommandIdReused(NotifyError):
    kind, code = "already_exists", "command_id_reused"
