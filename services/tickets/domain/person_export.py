"""What of the directory, a ticket and the audit log is a person's own data (spec 10.6). Notes that others wrote are not, be they internal
or public."""

from collections.abc import Mapping, Sequence
from typing import Any

from servicekit.moments import to_json
from services.tickets.domain.audit import AuditEntry
from services.tickets.domain.directory import Person
from services.tickets.domain.people import Side
from services.tickets.domain.timeline import Attachment, ChatReference, Commit, Note, TimelineEntry


def profile(person: Person) -> dict[str, Any]:
    """`access`: ids of the companies and boards that an engineer may see, None = all."""
    shown = {
        "id": person.id,
        "kind": person.side.value,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "role": person.role.value,
        "companyId": person.company_id,
        "timeZone": person.time_zone,
        "disabled": person.disabled,
    }
    if person.side is not Side.ENGINEER:
        return shown
    access = {"companies": person.access.companies, "boards": person.access.boards}
    return {**shown, "access": {name: None if ids is None else sorted(ids) for name, ids in access.items()}}


def sign_in(entry: AuditEntry) -> dict[str, Any]:
    return {"at": to_json(entry.at), "action": entry.action.value, "address": entry.address}


def ticket(commits: Sequence[Commit], person_id: str) -> dict[str, Any] | None:
    """The ticket with the entries that the person added, oldest first; None if it is not theirs and has none."""
    entries, last = [_entry(entry) for entry in own_entries(commits, person_id)], commits[-1].ticket
    is_theirs = last.customer.id == person_id
    if not entries and not is_theirs:
        return None
    shown = {"number": last.number, "status": last.status.value, "createdAt": to_json(last.created_at), "entries": entries}
    return {**shown, "summary": last.summary, "company": last.company.name, "board": last.board.name} if is_theirs else shown


def wrote(commit: Commit, person_id: str) -> bool:
    return any(entry.by.id == person_id for entry in commit.entries)


def own_entries(commits: Sequence[Commit], person_id: str) -> list[TimelineEntry]:
    """Without the log of a chat, which the person who ended the chat did not write."""
    return [entry for commit in commits if not commit.session_id for entry in commit.entries if entry.by.id == person_id]


def own_files(commits: Sequence[Commit], person_id: str) -> list[Attachment]:
    return [file for entry in own_entries(commits, person_id) if isinstance(entry.body, Note) for file in entry.body.attachments]


def file_path(number: int, file: Attachment) -> str:
    """Where the file is in the export; unique, because two files may have one name."""
    return f"attachments/{number}/{file.id}/{file.name}"


def chat_files(session: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Id and name of each file that the person sent in the chat, from its record in chats.json."""
    events = [event for entry in session["entries"] for event in entry["events"]]
    return [(file["id"], file["name"]) for event in events for file in event.get("messagePosted", {}).get("files", [])]


def chat_file_path(session_id: str, file_id: str, name: str) -> str:
    """Where the file is in the export; unique, because two files may have one name."""
    return f"chat_files/{session_id}/{file_id}/{name}"


def _entry(entry: TimelineEntry) -> dict[str, Any]:
    at: dict[str, Any] = {"at": to_json(entry.at)}
    match entry.body:
        case Note(text, files):
            return {**at, "note": text, "files": [{"name": file.name, "size": file.size, "id": file.id} for file in files]}
        case ChatReference(session_id):
            return {**at, "chat": session_id}
        case change:
            return {**at, "changed": change.field, "before": change.before, "after": change.after}
