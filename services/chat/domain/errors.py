"""Everything that chat refuses, as one family.

ChatError
├── SessionNotFound        does not exist, or the caller may not see it: one answer for both (spec 10.2)
├── TicketNotFound         the same of a ticket
├── FileNotFound           no such file of this session, or not one that the caller may post (spec 13.5)
├── FiguresNotFound        the caller may not see figures (spec 13.4)
├── StepNotAllowed         the life of a session has no such step (spec 3.3)
├── JoinedFirst            another engineer took the waiting session (spec 3.5)
├── NotAllowed             the caller's kind, role or part in the session does not permit it
├── Refused                a rule about now: office hours, presence, a closed ticket, permissions
├── BadArgument            an argument breaks a rule; `field` names it
├── CommandIdReused        the same command id with other content
├── OutOfOrder             the sender's message before this one is not in the log
├── VersionConflict        settings were changed meanwhile
├── Busy                   too many racers; nothing changed, try again
└── TooLate                the sender's own deadline passed before the command was decided

`kind` is a canonical gRPC status in lower case, `code` a stable word for machines; servicekit/grpc_errors.py maps them by that.
"""

from typing import ClassVar


class ChatError(Exception):
    """A refusal. Nothing changed. `details` are facts for the page, such as the winner's name."""

    kind: ClassVar[str] = "internal"
    code: str = "internal"

    def __init__(self, message: str, *, field: str = "", code: str = "", **details: str) -> None:
        super().__init__(message)
        self.message, self.field, self.details = message, field, details
        if code:
            self.code = code


class SessionNotFound(ChatError):
    kind, code = "not_found", "session_not_found"

    def __init__(self, session_id: str) -> None:
        super().__init__(f"There is no session {session_id[:64]!r}.", field="session_id")


class TicketNotFound(ChatError):
    kind, code = "not_found", "ticket_not_found"

    def __init__(self, ticket_id: str, *, field: str = "ticket_id") -> None:
        super().__init__(f"There is no ticket {ticket_id[:64]!r}.", field=field)


class FileNotFound(ChatError):
    kind, code = "not_found", "file_not_found"

    def __init__(self, field: str = "file_id") -> None:
        super().__init__("There is no such file in this session.", field=field)


class FiguresNotFound(ChatError):
    kind, code = "not_found", "figures_not_found"

    def __init__(self) -> None:
        super().__init__("There are no figures.")


class StepNotAllowed(ChatError):
    kind, code = "failed_precondition", "step_not_allowed"


class JoinedFirst(ChatError):
    kind, code = "failed_precondition", "joined_first"

    def __init__(self, person_id: str, person_name: str, may_join: bool) -> None:
        super().__init__(f"{person_name} joined first.", person_id=person_id, person_name=person_name, may_join=str(may_join).lower())


class NotAllowed(ChatError):
    kind, code = "permission_denied", "not_allowed"


class Refused(ChatError):
    kind, code = "failed_precondition", "refused"


class BadArgument(ChatError):
    kind, code = "invalid_argument", "bad_argument"


class CommandIdReused(ChatError):
    kind, code = "already_exists", "command_id_reused"

    def __init__(self) -> None:
        super().__init__("This command id was used for something else.", field="command_id")


class OutOfOrder(ChatError):
    kind, code = "failed_precondition", "out_of_order"

    def __init__(self) -> None:
        super().__init__("The message before this one has not arrived; send this one again after it.", field="previous_command_id")


class VersionConflict(ChatError):
    kind, code = "aborted", "version_conflict"


class Busy(ChatError):
    kind, code = "aborted", "busy"

    def __init__(self, session_id: str) -> None:
        super().__init__("Others are changing this session at the same moment; try again.", session_id=session_id)


class TooLate(ChatError):
    kind, code = "deadline_exceeded", "too_late"

    def __init__(self) -> None:
        super().__init__("The time that the sender gave had passed; nothing was written.")
