"""Checks of the arguments of commands: texts, names of one line, ids."""

from servicekit.text import fault_of_line, fault_of_text
from services.chat.domain.errors import BadArgument

# Of a message (spec 3.6).
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
