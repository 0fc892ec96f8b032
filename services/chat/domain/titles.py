"""What a session is called (spec 2.6)."""

MAX_TITLE = 200


def of_request(text: str, name: str, company: str, ticket_number: int = 0) -> str:
    """What was typed on one line, or the system's words when nothing was; a ticket's number stands in front."""
    typed = _one_line(text)
    title = typed or f"Chat request from {name} at {company}"
    return f"[Ticket {ticket_number}] {title}" if ticket_number else title


def of_push(engineer: str, customer: str, ticket_number: int) -> str:
    return f"Chat from {engineer} to {customer} on ticket {ticket_number}"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1].rstrip()}…"
