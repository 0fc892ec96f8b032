"""Erasing a person from a ticket's timeline (spec 10.6). What stays: ids, times, statuses and the number of entries."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from servicekit.text import ERASED_NAME, ERASED_TEXT
from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Body, ChatReference, Commit, Note, TicketChange, TimelineEntry

Redact = Callable[[str], str]
SUMMARIES = frozenset({"created", "summary"})


def was_of(commits: Iterable[Commit], person_id: str) -> bool:
    """Whether the person is or was the ticket's customer."""
    return any(commit.ticket.customer.id == person_id for commit in commits)


def took_part(commits: Iterable[Commit], person_id: str) -> bool:
    """Whether the person is or was the ticket's customer or assignee, or wrote in its timeline."""
    return any(person_id in ids for commit in commits for ids in _ids(commit))


def _ids(commit: Commit) -> Iterator[tuple[str, ...]]:
    yield commit.ticket.customer.id, commit.ticket.assignee.id if commit.ticket.assignee else "", commit.command.by_id
    for entry in commit.entries:
        yield entry.by.id, entry.body.before_id if isinstance(entry.body, TicketChange) else ""


def erased(commit: Commit, person_id: str, redact: Redact, *, of_person: bool) -> Commit:
    """The commit without the person. `of_person`: they are or were the ticket's customer, so its summary and the titles of its chats go
    too. `redact` removes the person's name from texts of others. The digest of a command whose texts change has no salt and goes too."""
    entries = tuple(_erased_entry(entry, person_id, redact, of_person, bool(commit.session_id)) for entry in commit.entries)
    ticket = _erased_ticket(commit.ticket, person_id, redact, of_person)
    # A command may have set what no entry has: the assignee of an import, or the summary that the ticket had before.
    changed = commit.command.by_id == person_id or (ticket, entries) != (commit.ticket, commit.entries)
    command = replace(commit.command, content="") if changed else commit.command
    return replace(commit, ticket=ticket, entries=entries, command=command)


def _erased_ticket(ticket: Ticket, person_id: str, redact: Redact, of_person: bool) -> Ticket:
    assignee = ticket.assignee and _renamed(ticket.assignee, person_id)
    summary = ERASED_TEXT if of_person else redact(ticket.summary)
    return replace(ticket, customer=_renamed(ticket.customer, person_id), assignee=assignee, summary=summary)


def _erased_entry(entry: TimelineEntry, person_id: str, redact: Redact, of_person: bool, of_chat: bool) -> TimelineEntry:
    own = entry.by.id == person_id and not of_chat
    return replace(entry, by=_renamed(entry.by, person_id), body=_erased_body(entry.body, person_id, redact, of_person, own))


def _erased_body(body: Body, person_id: str, redact: Redact, of_person: bool, own: bool) -> Body:
    match body:
        case Note() if own:
            return Note(ERASED_TEXT if body.text else "")
        case Note(text, attachments):
            return Note(redact(text), tuple(replace(each, name=redact(each.name)) for each in attachments))
        case ChatReference():
            return replace(body, title=ERASED_TEXT if of_person else redact(body.title))
        case TicketChange() if body.field in SUMMARIES and of_person:
            return replace(body, before=body.before and ERASED_TEXT, after=ERASED_TEXT)
        case TicketChange():
            before = ERASED_NAME if body.before_id == person_id else redact(body.before)
            return replace(body, before=before, after=redact(body.after))


def _renamed(ref: Ref, person_id: str) -> Ref:
    return replace(ref, name=ERASED_NAME) if ref.id == person_id else ref
