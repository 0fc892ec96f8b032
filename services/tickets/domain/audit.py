"""The audit log: who did what to whom, and when (spec 10.5). Entries name people by id, so erasing a person removes from
them only the addresses from which the person did it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from servicekit.moments import to_ms
from services.tickets.domain.directory import Board, Company, Content, Desk, Kind, Person
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Access, Actor, Side

# Fields of a person whose values are personal. An entry says that they changed.
PERSONAL = ("name", "email", "phone", "time_zone")
MAX_IDS = 20


class AuditKind(StrEnum):
    """NONE: of a later version."""

    NONE = ""
    SIGN_IN = "sign_in"
    SETTINGS = "settings"
    ACCESS = "access"
    CLOSE_NOTE = "close_note"
    CONNECTIONS = "connections"
    EXPORT = "export"
    ERASURE = "erasure"


class AuditAction(StrEnum):
    NONE = ""
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    ENDED = "ended"
    EXPORTED = "exported"
    ERASED = "erased"


class AuditSubject(StrEnum):
    NONE = ""
    PERSON = "person"
    COMPANY = "company"
    BOARD = "board"
    DESK = "desk"
    SESSION = "session"
    SETTINGS = "settings"
    WEBHOOK = "webhook"
    AUDIT_LOG = "audit_log"


@dataclass(frozen=True, slots=True)
class AuditChange:
    """A field with its values as text; "" for a value that is missing or not recorded."""

    field: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`id` is derived from the change. `by_id` is a person's id or a service account's name."""

    id: str
    desk_id: str
    at: datetime
    kind: AuditKind
    action: AuditAction
    by_id: str
    subject: AuditSubject
    subject_id: str
    changes: tuple[AuditChange, ...] = ()
    reason: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """The place of an entry in the list, which is ordered by time and id."""

    at_ms: int
    id: str

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditCursor":
        return cls(to_ms(entry.at), entry.id)

    def token(self) -> str:
        return f"{self.at_ms}:{self.id}"

    @classmethod
    def parse(cls, token: str) -> "AuditCursor | None":
        """None for the first page. Raises InvalidValue."""
        if not token:
            return None
        moment, _, id = token.partition(":")
        if not (moment.isascii() and moment.isdecimal() and len(moment) <= 15 and id):
            raise InvalidValue("page_token", "The page token is not valid.")
        return cls(int(moment), id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Entries of a desk from `since` until before `until`. `person_id`: who did it, or to whom it was done."""

    desk_id: str
    kind: AuditKind | None = None
    person_id: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def finds(self, entry: AuditEntry) -> bool:
        about = entry.subject_id if entry.subject is AuditSubject.PERSON else ""
        return (
            entry.desk_id == self.desk_id
            and self.kind in (None, entry.kind)
            and self.person_id in ("", entry.by_id, about)
            and (self.since is None or self.since <= entry.at)
            and (self.until is None or entry.at < self.until)
        )


def moment_from_text(text: str, field: str) -> datetime | None:
    """A moment such as 2026-03-02T09:00:00Z, None for "". Raises InvalidValue."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise InvalidValue(field, "A moment has a day, a time and a zone, such as 2026-03-02T09:00:00Z.")
    return moment


def directory_entry(before: Content | None, after: Content, revision: int, by: Actor, at: datetime) -> AuditEntry:
    """The entry for a change of the directory."""
    return AuditEntry(
        id=f"{after.kind}:{after.id}:{revision}",
        desk_id=after.desk_id,
        at=at,
        kind=AuditKind.ACCESS,
        action=AuditAction.CHANGED if before else AuditAction.CREATED,
        by_id=by.id,
        subject=_SUBJECTS[after.kind],
        subject_id=after.id,
        changes=tuple(_changes(dict(_values(before)) if before else {}, dict(_values(after)))),
    )


def erasure_entry(erased: Person, revision: int, by_id: str, at: datetime) -> AuditEntry:
    """The entry for the change that closes a person's entry of the directory."""
    return AuditEntry(
        id=f"{erased.kind}:{erased.id}:{revision}",
        desk_id=erased.desk_id,
        at=at,
        kind=AuditKind.ERASURE,
        action=AuditAction.ERASED,
        by_id=by_id,
        subject=AuditSubject.PERSON,
        subject_id=erased.id,
    )


def person_export_entry(id: str, person: Person, by_id: str, at: datetime) -> AuditEntry:
    """The entry for an export of the person's data."""
    return AuditEntry(
        id=id,
        desk_id=person.desk_id,
        at=at,
        kind=AuditKind.EXPORT,
        action=AuditAction.EXPORTED,
        by_id=by_id,
        subject=AuditSubject.PERSON,
        subject_id=person.id,
    )


_SUBJECTS = {
    Kind.PERSON: AuditSubject.PERSON,
    Kind.COMPANY: AuditSubject.COMPANY,
    Kind.BOARD: AuditSubject.BOARD,
    Kind.DESK: AuditSubject.DESK,
}


def _values(content: Content) -> Iterator[tuple[str, str]]:
    yield "name", content.name
    match content:
        case Company():
            yield "default_board_id", content.default_board_id
            yield "shared_tickets", _yes(content.shared_tickets)
            yield "archived", _yes(content.archived)
        case Person():
            yield from (("email", content.email), ("phone", content.phone), ("company_id", content.company_id))
            yield "time_zone", content.time_zone
            yield from (("role", content.role.value), ("trial", _yes(content.trial)), ("disabled", _yes(content.disabled)))
            if content.side is Side.ENGINEER:
                yield from _access(content.access)
        case Board():
            yield "archived", _yes(content.archived)
        case Desk():
            yield "max_file_mb", str(content.max_file_mb or "")


def _access(access: Access) -> Iterator[tuple[str, str]]:
    for field, ids in (("companies", access.companies), ("boards", access.boards)):
        listed = sorted(ids or ())
        more = f" and {len(listed) - MAX_IDS} more" if len(listed) > MAX_IDS else ""
        yield field, "all" if ids is None else ", ".join(listed[:MAX_IDS]) + more


def _changes(before: dict[str, str], after: dict[str, str]) -> Iterator[AuditChange]:
    personal = PERSONAL if "role" in after else ()
    for field, value in after.items():
        if before.get(field, "") != value:
            yield AuditChange(field) if field in personal else AuditChange(field, before.get(field, ""), value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
