"""The errors of tickets and the directory. Each has a canonical status (`kind`), a stable `code` and, where an argument is wrong, its
`field`.

TicketsError
  InvalidValue        invalid_argument     an argument breaks a rule; nothing changed
  NotFound            not_found            is missing or hidden from the caller
    TicketNotFound, AttachmentNotFound, PersonNotFound
  StepNotAllowed      failed_precondition  the status table has no such step (spec 9.1)
  NotAllowed          permission_denied    the caller may see it, but not do that
  CommandIdReused     already_exists       the same command id came with other content
  IdTaken             already_exists       an id of the directory belongs to something else
  TrialOff            failed_precondition  trial sign-in is switched off (spec 10.1)
  SignedOut           unauthenticated      a sign-in that ended, expired or never was
  Busy                aborted              lost too many races in a row; try again
"""


class TicketsError(Exception):
    """`details` are texts for the page."""

    kind = "internal"
    code = "tickets_error"

    def __init__(self, message: str, *, field: str = "", **details: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details


class InvalidValue(TicketsError):
    kind = "invalid_argument"
    code = "invalid_value"

    def __init__(self, field: str, message: str, code: str = "invalid_value") -> None:
        super().__init__(message, field=field)
        self.code = code


class NotFound(TicketsError):
    kind = "not_found"
    code = "not_found"


class TicketNotFound(NotFound):
    code = "ticket_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such ticket.", field="ticket_id")


class AttachmentNotFound(NotFound):
    code = "attachment_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such attachment on this ticket.", field="attachment_id")


class PersonNotFound(NotFound):
    code = "person_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such person.", field="person_id")


class StepNotAllowed(TicketsError):
    kind = "failed_precondition"
    code = "step_not_allowed"


class NotAllowed(TicketsError):
    kind = "permission_denied"
    code = "not_allowed"


class CommandIdReused(TicketsError):
    kind = "already_exists"
    code = "command_id_reused"

    def __init__(self) -> None:
        super().__init__("This command id was used for something else before.", field="command_id")


class IdTaken(TicketsError):
    kind = "already_exists"
    code = "id_taken"


class TrialOff(TicketsError):
    kind = "failed_precondition"
    code = "trial_off"

    def __init__(self) -> None:
        super().__init__("Trial sign-in is switched off.")


class SignedOut(TicketsError):
    kind = "unauthenticated"
    code = "signed_out"

    def __init__(self) -> None:
        super().__init__("You are signed out.")


class Busy(TicketsError):
    kind = "aborted"
    code = "busy"

    def __init__(self) -> None:
        super().__init__("Many people change this at once; try again.")
