"""Messages: their text, their writers and when (spec 3.6, 3.11, 4.3)."""

from servicekit.text import fault_of_line, fault_of_text
from services.chat.domain.errors import BadArgument, NotAllowed, StepNotAllowed
from services.chat.domain.events import ChatEvent, MessagePosted, Offer, OfferWithdrawn, UnattendedChanged
from services.chat.domain.people import Person, Side
from services.chat.domain.session import ChatSession

MAX_CHARS = 4000
MAX_ID = 64


def checked_text(text: str, field: str = "text", most: int = MAX_CHARS) -> bytes:
    """The text in UTF-8; raises BadArgument if it is empty, too long, or holds control codes."""
    if fault := fault_of_text(text, most):
        raise BadArgument(fault.message, field=field, code=fault.code, most=str(most))
    return text.encode()


def checked_line(text: str, field: str, most: int) -> None:
    """The same for a name of one line, which may be empty."""
    if text and (fault := fault_of_line(text, most)):
        raise BadArgument(fault.message, field=field, code=fault.code, most=str(most))


def checked_id(id: str, field: str = "command_id") -> None:
    """Raises BadArgument unless it has 1 to 64 printable characters."""
    if not 0 < len(id) <= MAX_ID or not id.isprintable():
        raise BadArgument(f"{field} must have 1 to {MAX_ID} printable characters.", field=field)


def post(session: ChatSession, by: Person, message_id: str, text: str) -> list[ChatEvent]:
    """`text` was checked. A participant of an active session may write; a message withdraws the offer of a quiet chat (spec 4.7), and an
    engineer's message ends the unattended time (spec 3.12)."""
    if not session.active:
        raise StepNotAllowed(f"A session that is {session.status} takes no messages.", status=session.status, step="post")
    if not session.has(by.id):
        raise not_in_it()
    written: list[ChatEvent] = [MessagePosted(message_id, text)]
    if session.offer is Offer.NO_ACTIVITY:
        written.append(OfferWithdrawn())
    if session.unattended and by.side is Side.ENGINEER:
        written.append(UnattendedChanged(False))
    return written


def not_in_it() -> NotAllowed:
    return NotAllowed("Only people in the session may do this.", code="not_in_session")
