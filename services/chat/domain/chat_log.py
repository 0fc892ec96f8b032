"""The chat log: a session as readable text (spec 4.2), a header and then the events by day, in UTC.

The header names the session's length and its last entry's hash, which prove the log (spec 8.4), and has a salt, because the SHA-256 of the
log stays when a person is erased: without it, a short text could be found by trying.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain

from services.chat.domain import events as ev
from services.chat.domain import transfer as tr
from services.chat.domain.events import Entry
from services.chat.domain.files import File
from services.chat.domain.people import Person, Side
from services.chat.domain.report import report_of
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, StatusStep

PIECE_BYTES = 256 * 1024
# In characters of at most four bytes.
MAX_PART = PIECE_BYTES // 4
MAX_HEADER = 64 * 1024
# 128 bits.
SALT_DIGITS = 32
SESSION_LINE = re.compile(r"^Session: ([0-9a-z]{1,64}) ", re.MULTILINE)
STEPS = {
    StatusStep.JOIN: "an engineer joined",
    StatusStep.ABANDON: "the customer went offline",
    StatusStep.CALL_BACK: "a call-back was asked for",
    StatusStep.ACCEPT: "the customer accepted",
    StatusStep.DECLINE: "the customer declined",
    StatusStep.EXPIRE: "no answer in time",
    StatusStep.WITHDRAW: "withdrawn by its sender",
    StatusStep.COMPLETE: "ended",
}
OFFERS = {
    ev.Offer.NONE: "",
    ev.Offer.NOBODY_THERE: "No engineer is free right now",
    ev.Offer.OUTSIDE_HOURS: "Outside support hours",
    ev.Offer.NO_ACTIVITY: "Nobody has written for a while",
}


def file_name(session: ChatSession) -> str:
    """The name has the time of the session's end, or of its last entry while it has not ended, so that a repeat gives the same name."""
    return f"chat_log_{session.closed_at or session.modified_at:%Y%m%dT%H%M%SZ}.txt"


def session_of(content: bytes) -> str:
    """The id of the session that a log's header names; empty for a file that is no log."""
    header = content.partition(b"\n\n")[0][:MAX_HEADER].decode(errors="replace")
    found = SESSION_LINE.search(header)
    return found[1] if found else ""


def as_written(content: bytes) -> bytes:
    """The content of a file as Parley wrote it: without what programs add when they save text, a byte order mark and CR at the ends of
    lines. Parley writes neither."""
    return content.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n")


class LogWriter:
    """Writes a log in pieces of at most PIECE_BYTES in UTF-8, from entries that are added in order. Holds one piece.

    The text begins with the header and ends with a line feed. `people`: everyone who was in the session (`people_of`). `end`: has all
    entries. `ticket_number`: the number of the log's ticket, if the session does not have it yet.
    """

    def __init__(self, session: ChatSession, people: Iterable[Person], end: "LogEnd", ticket_number: int = 0) -> None:
        # One line each, so that typed text (a title, a name) cannot pass for a line of this header.
        header = (" ".join(line.split()) for line in _header(session, people, end, ticket_number))
        self._waiting, self._size, self._day = list[str](), 0, ""
        self._lines = [*header, ""]

    def add(self, entries: Iterable[Entry]) -> Iterator[str]:
        """The pieces that are complete with these entries."""
        for line in chain(self._lines, self._body(entries)):
            yield from self._add(f"{line}\n")
        self._lines = []

    def rest(self) -> str:
        """The last piece, when all entries are added."""
        return "".join(self._waiting)

    def _add(self, line: str) -> Iterator[str]:
        for start in range(0, len(line), MAX_PART):
            part = line[start : start + MAX_PART]
            if self._size + len(part) > MAX_PART:
                yield "".join(self._waiting)
                self._waiting, self._size = [], 0
            self._waiting.append(part)
            self._size += len(part)

    def _body(self, entries: Iterable[Entry]) -> Iterator[str]:
        for entry in entries:
            for event in entry.events:
                for line in _lines(event, entry.by):
                    if f"{entry.at:%Y-%m-%d}" != self._day:
                        self._day = f"{entry.at:%Y-%m-%d}"
                        yield f"--- {entry.at.astimezone(UTC):%A %Y-%m-%d} ---"
                    # Further lines of a message are indented, so that typed text cannot pass for a line of this log.
                    yield f"{entry.at.astimezone(UTC):%H:%M:%S}  " + "\n          ".join(line.splitlines())


def people_of(entries: Iterable[Entry]) -> Iterator[Person]:
    """Who joined with these entries, in the order of joining."""
    return (event.person for entry in entries for event in entry.events if isinstance(event, ev.ParticipantJoined))


def files_of(entries: Iterable[Entry]) -> Iterator[tuple[File, str]]:
    """The files of the messages of these entries, in order, each with the id of its sender."""
    posted = ((event, entry.by.id) for entry in entries for event in entry.events if isinstance(event, ev.MessagePosted))
    return ((file, sender_id) for event, sender_id in posted for file in event.files)


class LogEnd:
    """The last entry that has a line in the log, and the salt of the log up to it. The header names both, so entries that a log does not
    show leave the log the same.

    The salt derives from those of the entries. It needs no store, and a repeat gives the same log. When a person is erased, the salts of
    the entries that named them go, so the salt of an earlier log is known only to those who have that log."""

    def __init__(self) -> None:
        self._last: Entry | None = None
        self._salt, self._salts = "", sha256(b"chat log")

    @property
    def last(self) -> Entry:
        assert self._last is not None  # the entry that opens a session is shown
        return self._last

    @property
    def salt(self) -> str:
        return self._salt

    def add(self, entries: Sequence[Entry]) -> None:
        """The next entries, in order."""
        shown = next((entry for entry in reversed(entries) if any(_lines(event, entry.by) for event in entry.events)), None)
        for entry in entries:
            self._salts.update(f"{entry.salt or entry.commitment}\n".encode())
            if entry is shown:
                self._last, self._salt = entry, self._salts.hexdigest()[:SALT_DIGITS]


def _header(session: ChatSession, people: Iterable[Person], end: LogEnd, ticket_number: int) -> list[str]:
    report = report_of(session)
    unique = {person.id: person for person in (session.customer, *people)}
    lines = [
        f"Chat log: {session.title}",
        f"Session: {session.id} ({session.type})",
        f"Ticket: {ticket_number or session.ticket_number or session.ticket_id or _wished(session)}",
        f"Customer: {session.customer.name}, {session.company_name}",
        f"People: {', '.join(f'{person.name} ({person.side})' for person in unique.values())}",
        f"Opened: {_moment(session.opened_at)} by {session.creator.name}",
    ]
    if session.handled_at:
        lines.append(f"Handled: {_moment(session.handled_at)}")
    if report.wait_seconds is not None:
        lines.append(f"Waited: {report.wait_seconds} s")
    if session.closed_at:
        lines.append(f"Ended: {_moment(session.closed_at)}")
    if session.close_record:
        lines.append(f"Ended by: {session.close_record.by.name}")
    statuses = "; ".join(f"{status} {_moment(since)}" for status, since in session.statuses)
    proof = [f"Entries: {end.last.revision}", f"Hash: {end.last.hash}", f"Salt: {end.salt}"]
    return [*lines, f"Statuses: {statuses}", *proof, "Times are UTC."]


def _wished(session: ChatSession) -> str:
    """The wished ticket, before the session has one."""
    match session.wish:
        case ev.NewTicket(_, summary):
            return f"a new one, {summary}"
        case ev.ExistingTicket(ticket_id):
            return ticket_id
        case _:
            return "none"


def _lines(event: ev.ChatEvent, by: Person) -> list[str]:
    """The lines of an event; a message has one for its text, and one for each file."""
    line = _line(event, by)
    files = event.files if isinstance(event, ev.MessagePosted) else ()
    sent = [f"* {by.name} sent the file {file.name} ({file.content_type}, {file.size} bytes, SHA-256 {file.sha256})" for file in files]
    return [*([line] if line else []), *sent]


def _line(event: ev.ChatEvent, by: Person) -> str | None:
    match event:
        case ev.MessagePosted(text=""):
            return None
        case ev.MessagePosted(text=text):
            return f"{by.name}{' (customer)' if by.side is Side.CUSTOMER else ''}: {text}"
        case ev.ParticipantJoined(person):
            return f"* {person.name} joined the chat"
        case ev.ParticipantLeft(person):
            return f"* {person.name} left the chat"
        case ev.EngineerInvited(engineer):
            return f"* {by.name} invited {engineer.name}"
        case tr.TransferAsked(engineers, _, _, board_name):
            return f"* {by.name} asked {board_name or ', '.join(person.name for person in engineers)} to take over"
        case tr.TransferAccepted(asked_by, engineer):
            return f"* {asked_by.name} handed the chat over to {engineer.name}"
        case tr.TransferDeclined(engineer):
            return f"* {engineer.name} declined to take over"
        case tr.TransferExpired():
            return "* Nobody took over in time"
        case tr.TransferWithdrawn():
            return f"* {by.name} withdrew the transfer"
        case ev.SessionOpened(_, status):
            return f"* {by.name} opened the chat ({status})"
        case ev.StatusChanged(ChatStatus.CALLBACK, after, StatusStep.WITHDRAW):
            return f"* {ChatStatus.CALLBACK} -> {after}: cancelled by the customer"
        case ev.StatusChanged(before, after, step):
            return f"* {before} -> {after}: {STEPS[step]}"
        case ev.CallbackAsked(_, next_call_at) if next_call_at:
            return f"* {by.name} called, no answer; again at {_moment(next_call_at)}"
        case ev.CallbackAsked(_, _, due) if due:
            return "* The time of the next call has come"
        case ev.CallbackAsked(wish):
            return f"* Call-back: {_wish(wish)}"
        case ev.OfferRaised(offer):
            return f"* {OFFERS[offer]}"
        case ev.UnattendedChanged(unattended):
            return "* No engineer is there" if unattended else "* An engineer is there again"
        case ev.SessionCompleted():
            return "* The chat session is now closed"
        case ev.CloseNoted(note):
            return f"* Note by {by.name}: {note}"
        case ev.OfferWithdrawn() | ev.TicketWished() | ev.TicketLinked() | ev.TicketAskedAgain() | ev.PlaceChanged() | ev.SessionVoided():
            return None
        case ev.BecameOlder() | ev.PersonErased():
            return None
        case ev.NoteWritten():
            # An engineer may send the file to the customer (spec 13.3).
            return None
        case ev.FeedbackGiven(solved):
            return f"* {by.name} marked this as {'solved' if solved is ev.Solved.YES else 'not solved'}"
        case ev.FeedbackCommented(comment):
            return f"* {by.name} commented: {comment}"


def _wish(wish: ev.CallbackWish) -> str:
    windows = [f"{_moment(window.start)} to {_moment(window.end)}" for window in wish.windows]
    extension = f" ext. {wish.extension}" if wish.extension else ""
    unconfirmed = " (not confirmed)" if wish.unconfirmed else ""
    reached = "by chat" if wish.by_chat else f"{wish.phone}{extension}{unconfirmed}"
    return "; ".join(part for part in [reached, wish.note, *windows] if part)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
