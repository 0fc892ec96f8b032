"""What a session is called (spec 2.6)."""

from servicekit.text import cut, one_line

MAX_TITLE = 200


def of_request(text: str, name: str, company: str, ticket_number: int = 0) -> str:
    """What was typed on one line, or the system's words when nothing was; a ticket's number stands in front."""
    title = cut(one_line(text), MAX_TITLE) or f"Chat request from {name} at {company}"
    return f"[Ticket {ticket_number}] {title}" if ticket_number else title


def of_push(engineer: str, customer: str, ticket_number: int) -> str:
    return f"Chat from {engineer} to {customer} on ticket {ticket_number}"
