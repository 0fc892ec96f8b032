"""Ending a session, its closing note, its ticket and the customer's feedback (spec 4.1, 4.2, 4.11, 4.12, 4.14, 4.15).

A session has the board and company of its ticket, both while it is live and later (spec 2.10).
"""

from dataclasses import dataclass

from services.chat.domain.access import check_is, check_is_in, check_opened
from services.chat.domain.arguments import checked_text
from services.chat.domain.conversation import status_changed
from services.chat.domain.errors import BadArgument, Refused, StepNotAllowed
from services.chat.domain.events import (
    ChatEvent,
    CloseNoted,
    ExistingTicket,
    FeedbackCommented,
    FeedbackGiven,
    NewTicket,
    ParticipantLeft,
    PlaceChanged,
    SessionCompleted,
    Solved,
    TicketAskedAgain,
    TicketLinked,
    TicketWish,
    TicketWished,
    UnattendedChanged,
)
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession, TicketLink
from services.chat.domain.status import ChatStatus, StatusStep, next_status

PRIORITIES = ("low", "normal", "high", "urgent")
MAX_SUMMARY = 200
MAX_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class NoTicket:
    pass


@dataclass(frozen=True, slots=True)
class OwnTicket:
    pass


@dataclass(frozen=True, slots=True)
class ClosingNote:
    note: str


# None: the request names no ending, which on a ticket means that ticket.
Ending = NewTicket | ExistingTicket | NoTicket | OwnTicket | ClosingNote | None


def complete(session: ChatSession, by: Person, ending: Ending) -> list[ChatEvent]:
    """An engineer who is in the session ends a handled one; any engineer ends an abandoned or call-back one, with a
    note. Board and ticket were checked."""
    next_status(session.type, session.status, StatusStep.COMPLETE)
    if session.status is not ChatStatus.HANDLED:
        if not isinstance(ending, ClosingNote):
            raise BadArgument("Write what was done.", field="ending", code="note_needed")
        checked_text(ending.note, "closing_note.note")
        return [*status_changed(session, StatusStep.COMPLETE), SessionCompleted(), CloseNoted(ending.note)]
    check_is_in(session, by)
    wish = _wish(session, ending)
    attended: list[ChatEvent] = [UnattendedChanged(False)] if session.unattended else []
    ended = [*attended, *status_changed(session, StatusStep.COMPLETE), SessionCompleted()]
    return [*ended, TicketWished(wish)] if wish else ended


def cancel_callback(session: ChatSession, by: Person) -> list[ChatEvent]:
    """The customer cancels their call-back (spec 4.14). They leave too: there is nothing more to read in it."""
    if session.status is not ChatStatus.CALLBACK:
        raise StepNotAllowed(f"A session that is {session.status} is no open call-back.", status=session.status, step="cancel_callback")
    check_opened(session, by)
    left: list[ChatEvent] = [ParticipantLeft(by)] if session.has(by.id) else []
    return [*status_changed(session, StatusStep.WITHDRAW), SessionCompleted(), *left]


def _wish(session: ChatSession, ending: Ending) -> TicketWish | None:
    if session.on_ticket:
        own = ExistingTicket(session.ticket_id)
        if ending is None or isinstance(ending, OwnTicket) or ending == own:
            return own
        raise BadArgument("A chat on a ticket ends with its log on that ticket.", field="ending", code="on_ticket")
    match ending:
        case NoTicket():
            return None
        case ExistingTicket():
            return ending
        case NewTicket():
            checked_text(ending.summary, "create.summary", MAX_SUMMARY)
            if ending.priority not in PRIORITIES:
                raise BadArgument(f"priority must be one of: {', '.join(PRIORITIES)}.", field="create.priority")
            return ending
        case _:
            raise BadArgument("Choose what happens with the log: create, attach or none.", field="ending", code="ending_needed")


def amend(session: ChatSession, by: Person, note: str) -> list[ChatEvent]:
    """The closer adds or edits the note (spec 4.12); the log keeps each edit."""
    if session.status is not ChatStatus.COMPLETED or session.close_record is None:
        raise StepNotAllowed(f"A session that is {session.status} has no closing note.", status=session.status, step="amend")
    check_is(by, session.close_record.by, "edit this note", code="not_the_closer")
    checked_text(note, "note")
    return [CloseNoted(note)]


def give_feedback(session: ChatSession, by: Person, solved: Solved, comment: str) -> list[ChatEvent]:
    """The customer of an ended chat, while they are in it, answers once whether it was solved. A comment may be added once, then or
    later. The same again changes nothing."""
    if session.status is not ChatStatus.COMPLETED or session.handled_at is None:
        raise StepNotAllowed("Feedback is given after a chat with an engineer.", status=session.status, step="give_feedback")
    check_is_in(session, by)
    if comment:
        checked_text(comment, "comment", MAX_COMMENT)
    given = session.feedback
    if given is None:
        return [FeedbackGiven(solved), *([FeedbackCommented(comment)] if comment else [])]
    if given.solved is not solved:
        raise Refused("The question has been answered.", field="solved", code="feedback_given")
    if comment in ("", given.comment):
        return []
    if given.comment:
        raise Refused("A comment has been written.", field="comment", code="feedback_given")
    return [FeedbackCommented(comment)]


def ticket_linked(session: ChatSession, ticket_id: str, ticket_number: int, location: PlaceChanged | None) -> list[ChatEvent]:
    """The ticket has the log. The session gets the ticket's board and company (`location` None: not known). A repeat changes nothing."""
    if session.ticket_link is not TicketLink.PENDING:
        return []
    return [TicketLinked(ticket_id, ticket_number), *(location_changed(session, location) if location else [])]


def repeat_ticket_wish(session: ChatSession) -> list[ChatEvent]:
    return [TicketAskedAgain()] if session.ticket_link is TicketLink.PENDING else []


def ticket_moved(session: ChatSession, ticket_id: str, location: PlaceChanged) -> list[ChatEvent]:
    """For a session of that ticket, which has the board and company of `location` now. A repeat and an older revision change nothing."""
    return location_changed(session, location) if session.ticket_id == ticket_id else []


def location_changed(session: ChatSession, location: PlaceChanged) -> list[ChatEvent]:
    """For a session that belongs to the ticket, or is being linked to it."""
    outdated = location.ticket_revision <= session.ticket_revision
    return [] if outdated or is_at(session, location.board_id, location.company_id) else [location]


def is_at(session: ChatSession, board_id: str, company_id: str) -> bool:
    return (session.board_id, session.company_id) == (board_id, company_id)
