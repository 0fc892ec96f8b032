"""The errors of tickets and the directory. Each has a canonical status (`kind`), a stable `code` and, where an argument is wrong, its
`field`. An error with one meaning has its message and field in the class.
"""

from servicekit.files import MB


class TicketsError(Exception):
    """`details` are texts for the page."""

    kind, code, message, field = "internal", "tickets_error", "", ""

    def __init__(self, message: str = "", *, field: str = "", **details: str) -> None:
        self.message, self.field, self.details = message or self.message, field or self.field, details
        super().__init__(self.message)


class InvalidValue(TicketsError):
    """An argument breaks a rule; nothing changed."""

    kind, code = "invalid_argument", "invalid_value"

    def __init__(self, field: str, message: str, code: str = "invalid_value") -> None:
        super().__init__(message, field=field)
        self.code = code


class TooLarge(InvalidValue):
    """A file is larger than the largest one that may be attached; `most` is in bytes."""

    def __init__(self, most: int) -> None:
        super().__init__("size", f"A file has at most {most // MB} MB.", "too_large")
        self.details = {"most": str(most)}


class NotFound(TicketsError):
    """It is missing or hidden from the caller."""

    kind, code = "not_found", "not_found"


class TicketNotFound(NotFound):
    code, message, field = "ticket_not_found", "There is no such ticket.", "ticket_id"


class AttachmentNotFound(NotFound):
    code, message, field = "attachment_not_found", "There is no such attachment on this ticket.", "attachment_id"


class UploadNotFound(NotFound):
    code, field = "upload_not_found", "attachment_ids"
    message = "A file was uploaded by somebody else, for another ticket, or too long ago. Upload it again."


class PersonNotFound(NotFound):
    code, message, field = "person_not_found", "There is no such person.", "person_id"


class PersonDisabled(PersonNotFound):
    """For the person who signs in; everybody else gets the answer for a missing one."""

    code, message = "person_disabled", "This person may no longer sign in."


class ErasureNotFound(NotFound):
    code, message, field = "erasure_not_found", "Nobody has erased this person.", "person_id"


class PersonErased(TicketsError):
    """Spec 10.6."""

    kind, code, message, field = "failed_precondition", "person_erased", "This person was erased for good.", "entry.person.id"


class StepNotAllowed(TicketsError):
    """The status table has no such step (spec 9.1)."""

    kind, code = "failed_precondition", "step_not_allowed"


class NotAllowed(TicketsError):
    """The caller may see it, but not do that."""

    kind, code = "permission_denied", "not_allowed"


class CommandIdReused(TicketsError):
    kind, code = "already_exists", "command_id_reused"
    message, field = "This command id was used for something else before.", "command_id"


class IdTaken(TicketsError):
    """An id of the directory belongs to something else."""

    kind, code = "already_exists", "id_taken"


class EmailTaken(TicketsError):
    """Another person of the same desk and side, who is not disabled, has the e-mail address (spec 10.1)."""

    kind, code = "already_exists", "email_taken"
    message, field = "Somebody has this e-mail address.", "entry.person.email"


class NameTaken(TicketsError):
    """Another company or board of the desk has the name."""

    kind, code = "already_exists", "name_taken"


class ChangedMeanwhile(TicketsError):
    """An entry of the directory has another revision than the caller has read."""

    kind, code = "aborted", "changed_meanwhile"
    message, field = "Somebody else changed this meanwhile; read it again.", "if_revision"


class OwnAdminRole(TicketsError):
    kind, code = "failed_precondition", "own_admin_role"
    message, field = "You cannot take the admin role from yourself. Ask another admin.", "entry.person.role"


class LastAdmin(TicketsError):
    kind, code = "failed_precondition", "last_admin"
    message, field = "This is the last admin of the whole desk. Give somebody else that role and access first.", "entry.person.role"


class BoardArchived(InvalidValue):
    """Nothing new may name an archived board (spec 2.10)."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "This board is archived.", code="board_archived")


class CompanyArchived(InvalidValue):
    """Nothing new may name an archived company (spec 2.10)."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "This company is archived.", code="company_archived")


class DefaultBoard(TicketsError):
    kind, code = "failed_precondition", "default_board"
    message, field = "This is the default board of a company. Choose another board there first.", "entry.board.archived"


class FileLimit(InvalidValue):
    """A desk's largest file is larger than the service allows; `most` is in MB (spec 9.3)."""

    def __init__(self, most: int) -> None:
        super().__init__("entry.desk.max_file_mb", f"At most {most} MB are possible here.", code="file_limit")


class LastBoard(TicketsError):
    kind, code = "failed_precondition", "last_board"
    message, field = "This is the desk's last board that is not archived.", "entry.board.archived"


class TrialOff(TicketsError):
    """Spec 10.1."""

    kind, code, message = "failed_precondition", "trial_off", "Trial sign-in is switched off."


class SignedOut(TicketsError):
    """A sign-in that ended, expired or never existed."""

    kind, code, message = "unauthenticated", "signed_out", "You are signed out."


class Busy(TicketsError):
    """Too many lost races in a row. The call may be repeated."""

    kind, code, message = "aborted", "busy", "Many people change this at once; try again."
