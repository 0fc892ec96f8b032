"""Exports what all services store of a person, as a ZIP of JSON files, attachments and files of chats (spec 10.6)."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from servicekit.clock import Clock
from servicekit.identity import new_id
from servicekit.logs import log
from servicekit.zip_stream import ZipStream
from services.tickets.domain import person_export as rules
from services.tickets.domain.access.directory import must_export
from services.tickets.domain.audit import AuditCursor, AuditEntry, AuditKind, AuditQuery, person_export_entry
from services.tickets.domain.directory import Person
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.domain.people import Actor, Side
from services.tickets.domain.timeline import Commit
from services.tickets.ports import AuditLog, ChatClient, ChatFileGone, Directory, Files, PersonData, Record, TicketList, TicketLog

TICKETS_AT_ONCE, COMMITS_AT_ONCE, ENTRIES_AT_ONCE = 50, 100, 500
PIECE_BYTES = 256 * 1024


class PersonExport:
    """`keep` adds an entry to the audit log. It holds an engineer's canned replies, and a ticket's or a
    chat's own entries and one piece of a file at a time."""

    def __init__(
        self,
        directory: Directory,
        ticket_log: TicketLog,
        tickets: TicketList,
        files: Files,
        audit_log: AuditLog,
        others: PersonData,
        chat_client: ChatClient,
        keep: Callable[[AuditEntry], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._directory, self._log, self._tickets, self._files = directory, ticket_log, tickets, files
        self._audit_log, self._others, self._chat_client, self._keep, self._clock = audit_log, others, chat_client, keep, clock

    async def pieces(self, by: Actor, person_id: str) -> AsyncIterator[bytes]:
        """The ZIP in pieces of at most PIECE_BYTES; the export is audited first. Raises NotAllowed, PersonNotFound, PersonErased,
        RemoteError or Unavailable."""
        person = must_export(by, await self._directory.get(Person, person_id))
        # Before the first piece: a ZIP that has begun can only break off, and a chat of the version before refuses this.
        replies = await self._canned_replies(person)
        await self._keep(person_export_entry(f"export:{new_id()}", person, by.id, self._clock.now()))
        log.info("person_exported", person=person.id, desk=person.desk_id, by=by.id)
        archive = ZipStream(self._clock.now())
        async for name, content in self._all_files(person, replies):
            archive.begin(name)
            async for piece in content:
                archive.write(piece)
                for ready in _cut(archive.take()):
                    yield ready
        archive.end()
        for ready in _cut(archive.take()):
            yield ready

    async def _all_files(self, person: Person, replies: list[Record]) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        """Each file with its content, which is read before the next file."""
        desk_id, id = person.desk_id, person.id
        yield "profile.json", _one(rules.profile(person))
        yield "sign_ins.json", _array(self._sign_ins(person))
        yield "tickets.json", _array(self._own_tickets(person))
        sent = list[tuple[str, str, str]]()  # session, file and name; at most 100 of a chat
        yield "chats.json", _array(self._sessions(person, sent))
        if person.side is Side.ENGINEER:
            yield "canned_replies.json", _array(_each(replies))
        yield "presence.json", _array(self._others.presence(desk_id, id))
        yield "notifications.json", _array(self._others.notifications(desk_id, id))
        async for commits in self._commits(person):
            for file in rules.own_files(commits, id):
                yield rules.file_path(commits[-1].ticket.number, file), self._content(file.id)
        for session_id, file_id, name in sent:
            yield rules.chat_file_path(session_id, file_id, name), self._chat_content(desk_id, session_id, file_id)

    async def _canned_replies(self, person: Person) -> list[Record]:
        """An engineer's own, of which chat keeps a few hundred at most."""
        if person.side is not Side.ENGINEER:
            return []
        return [reply async for reply in self._others.canned_replies(person.desk_id, person.id)]

    async def _sessions(self, person: Person, sent: list[tuple[str, str, str]]) -> AsyncIterator[Record]:
        """Adds the files that the person sent to `sent`."""
        async for session in self._others.sessions(person.desk_id, person.id, customer=person.side is Side.CUSTOMER):
            sent += [(session["sessionId"], file_id, name) for file_id, name in rules.chat_files(session)]
            yield session

    async def _sign_ins(self, person: Person) -> AsyncIterator[Record]:
        query, below = AuditQuery(desk_id=person.desk_id, kind=AuditKind.SIGN_IN, person_id=person.id), None
        while found := await self._audit_log.find(query, below, ENTRIES_AT_ONCE):
            for entry in found:
                yield rules.sign_in(entry)
            below = AuditCursor.of(found[-1])

    async def _own_tickets(self, person: Person) -> AsyncIterator[Record]:
        async for commits in self._commits(person):
            if record := rules.ticket(commits, person.id):
                yield record

    async def _commits(self, person: Person) -> AsyncIterator[list[Commit]]:
        """Of each ticket of the desk, because the person may have written in any: the commits with an entry of theirs, and the last one."""
        after: str | None = ""
        while after is not None:
            ids, last = await self._tickets.ids(person.desk_id, after, TICKETS_AT_ONCE)
            for ticket_id in ids:
                own, above = list[Commit](), 0
                while part := await self._log.commits(person.desk_id, ticket_id, above=above, size=COMMITS_AT_ONCE, public=False):
                    own = [each for each in own if rules.wrote(each, person.id)]
                    own += [each for each in part if each is part[-1] or rules.wrote(each, person.id)]
                    above = part[-1].ticket.revision
                if own:
                    yield own
            after = last or None

    async def _content(self, file_id: str) -> AsyncIterator[bytes]:
        try:
            async for piece in self._files.pieces(file_id, PIECE_BYTES):
                yield piece
        except AttachmentNotFound:
            # An erasure removed it meanwhile.
            return

    async def _chat_content(self, desk_id: str, session_id: str, file_id: str) -> AsyncIterator[bytes]:
        try:
            async with aclosing(self._chat_client.file(desk_id, session_id, file_id)) as pieces:
                async for piece in pieces:
                    yield piece
        except ChatFileGone:
            # An erasure removed it meanwhile.
            return


async def _one(record: Record) -> AsyncIterator[bytes]:
    yield _text(record)


async def _each(records: list[Record]) -> AsyncIterator[Record]:
    for record in records:
        yield record


async def _array(records: AsyncIterator[Record]) -> AsyncIterator[bytes]:
    before = b"[\n"
    async for record in records:
        yield before + _text(record)
        before = b",\n"
    yield b"]\n" if before != b"[\n" else b"[]\n"


def _text(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def _cut(ready: bytes) -> list[bytes]:
    return [ready[at : at + PIECE_BYTES] for at in range(0, len(ready), PIECE_BYTES)]
