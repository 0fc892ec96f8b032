"""The ports of tickets in memory. They pass the tests of the real adapters (tests/adapters/tickets)."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.errors import Unavailable
from services.tickets.domain.attaching import ChatFile, EndedChat, LogPiece
from services.tickets.domain.audit import AuditEntry
from services.tickets.domain.directory import Content, ContentT, Entry, Person, key_of
from services.tickets.domain.errors import TicketNotFound
from services.tickets.domain.people import Side
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, PeopleSlice, list_name, search_words
from services.tickets.domain.refresh import Refresh
from services.tickets.domain.sign_in import SignIn
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Commit
from services.tickets.ports import ChatFileGone, RevisionTaken


class FakeTicketLog:
    """The next `races` appends fail as if another replica had written first. `appends` counts all tries."""

    def __init__(self) -> None:
        self.kept, self._unpublished = list[Commit](), list[Commit]()
        self.races = self.appends = 0

    async def load(self, desk_id: str, ticket_id: str) -> Ticket:
        found = self._of(desk_id, ticket_id)
        if not found:
            raise TicketNotFound
        return found[-1].ticket

    async def append(self, commit: Commit) -> None:
        self.appends += 1
        if self.races:
            self.races -= 1
            raise RevisionTaken
        for other in self.kept:
            if other.id == commit.id or _command(other) == _command(commit):
                raise RevisionTaken
        self.kept.append(commit)
        self._unpublished.append(commit)

    async def commit_of(self, desk_id: str, by_id: str | None, command_id: str) -> Commit | None:
        return next((c for c in self.kept if _command(c) == (desk_id, c.command.by_id if by_id is None else by_id, command_id)), None)

    async def commits(self, desk_id: str, ticket_id: str, *, above: int, size: int, public: bool) -> list[Commit]:
        found = [c for c in self._of(desk_id, ticket_id) if c.ticket.revision > above]
        return [c for c in found if not public or any(not entry.internal for entry in c.entries)][:size]

    async def commit_with(self, desk_id: str, ticket_id: str, attachment_id: str) -> Commit | None:
        return next((c for c in self._of(desk_id, ticket_id) if c.attachment(attachment_id)), None)

    async def unpublished(self, ticket_id: str) -> list[Commit]:
        return sorted((c for c in self._unpublished if c.ticket.id == ticket_id), key=lambda c: c.ticket.revision)

    async def tickets_with_unpublished(self, limit: int) -> list[str]:
        return sorted({c.ticket.id for c in self._unpublished})[:limit]

    async def mark_published(self, commit_ids: Sequence[str]) -> None:
        self._unpublished = [c for c in self._unpublished if c.id not in commit_ids]

    async def mark_unpublished(self, commit: Commit) -> None:
        self._unpublished.append(commit)

    async def last(self, desk_id: str, ticket_id: str) -> Commit:
        found = self._of(desk_id, ticket_id)
        if not found:
            raise TicketNotFound
        return found[-1]

    async def replace(self, commit: Commit) -> bool:
        before = next((other for other in self.kept if (other.id, other.replaced) == (commit.id, commit.replaced - 1)), None)
        self.kept = [commit if other is before else other for other in self.kept]
        return before is not None

    def _of(self, desk_id: str, ticket_id: str) -> list[Commit]:
        found = [c for c in self.kept if c.ticket.id == ticket_id and desk_id in ("", c.ticket.desk_id)]
        return sorted(found, key=lambda c: c.ticket.revision)


class FakeNumbers:
    def __init__(self) -> None:
        self.last: dict[str, int] = {}

    async def next(self, series: str) -> int:
        self.last[series] = self.last.get(series, 0) + 1
        return self.last[series]


class FakeDirectory:
    """`published` is what the outbox would publish, in order."""

    def __init__(self) -> None:
        self.kept: dict[str, Entry] = {}
        self.published, self.audited = list[Entry](), list[AuditEntry]()
        # How many times entries were read by their keys, and how many people from lists.
        self.reads = self.people_read = 0

    async def entry(self, kind: type[ContentT], id: str) -> Entry | None:
        self.reads += 1
        return self.kept.get(key_of(kind.kind, id))

    async def get(self, kind: type[ContentT], id: str) -> ContentT | None:
        entry = await self.entry(kind, id)
        return entry.content if entry and isinstance(entry.content, kind) else None

    async def desks_of(self, keys: Collection[str]) -> dict[str, str]:
        self.reads += 1
        return {key: self.kept[key].content.desk_id for key in keys if key in self.kept}

    async def save(self, entry: Entry, audited: AuditEntry | None) -> None:
        before = self.kept.get(entry.key)
        if (before.revision if before else 0) != entry.revision - 1:
            raise RevisionTaken
        self.kept[entry.key] = entry
        self.published.append(entry)
        if audited:
            self.audited.append(audited)

    async def entries(self, keys: Collection[str]) -> list[Entry]:
        return [self.kept[key] for key in keys if key in self.kept]

    async def page(self, after: str, size: int, *, customers: bool = True) -> list[Entry]:
        found = [self.kept[key] for key in sorted(self.kept) if key > after]
        return [entry for entry in found if customers or not _is_customer(entry.content)][:size]

    async def of_desk(self, desk_id: str, kind: type[ContentT]) -> list[tuple[ContentT, int]]:
        found = [(e.content, e.revision) for e in self.kept.values() if isinstance(e.content, kind) and e.content.desk_id == desk_id]
        return sorted(found, key=lambda one: (one[0].name.casefold(), one[0].id))

    async def people(self, query: PeopleQuery, after: PeopleCursor, size: int) -> PeopleSlice:
        here = [(at, person) for person, _ in await self.of_desk(query.desk_id, Person) for at in _positions(query, person) if after < at]
        page = sorted(here, key=lambda position: position[0])[:size]
        self.people_read += len(page)
        return PeopleSlice(page, page[-1][0] if len(here) > size else None)

    async def trial_people(self) -> list[Person]:
        entries = sorted(self.kept.values(), key=lambda entry: entry.order)
        return [entry.content for entry in entries if isinstance(entry.content, Person) and entry.content.trial]


class FakeSignIns:
    """`published` has the ids of the sign-ins whose end was published, and `ended_by` who ended them."""

    def __init__(self) -> None:
        self.kept: dict[str, SignIn] = {}
        self.published: list[str] = []
        self.ended_by: dict[str, str] = {}

    async def add(self, sign_in: SignIn) -> None:
        self.kept[sign_in.id] = sign_in

    async def with_hash(self, secret_hash: str) -> SignIn | None:
        return next((s for s in self.kept.values() if s.secret_hash == secret_hash), None)

    async def of_person(self, person_id: str, until: datetime) -> list[SignIn]:
        return [s for s in self.kept.values() if s.person_id == person_id and s.created_at <= until and not s.ended]

    async def end(self, sign_in: SignIn, at: datetime, by: str) -> None:
        if not self.kept[sign_in.id].ended:
            self.kept[sign_in.id] = replace(self.kept[sign_in.id], ended=True, sealed_id_token="", refresh=None)
            self.published.append(sign_in.id)
            self.ended_by[sign_in.id] = by

    async def take_due(self, now: datetime, limit: int) -> list[SignIn]:
        due = [(s.refresh.next_at, s, s.refresh) for s in self.kept.values() if s.refresh and not s.ended and s.refresh.next_at <= now]
        taken = [replace(s, refresh=refresh.taken(now)) for _, s, refresh in sorted(due, key=lambda one: one[0])[:limit]]
        self.kept |= {s.id: s for s in taken}
        return taken

    async def taken(self, id: str, until: datetime) -> SignIn | None:
        found = self.kept.get(id)
        return found if found and found.refresh and found.refresh.next_at == until and not found.ended else None

    async def put_refresh(self, taken: SignIn, refresh: Refresh | None) -> bool:
        if self.kept[taken.id] != taken:
            return False
        self.kept[taken.id] = replace(taken, refresh=refresh)
        return True

    async def remove_of_person(self, person_id: str) -> int:
        over = [sign_in.id for sign_in in self.kept.values() if sign_in.person_id == person_id and sign_in.ended]
        for id in over:
            del self.kept[id]
        return len(over)

    async def remove_expired(self, before: datetime) -> int:
        over = [sign_in.id for sign_in in self.kept.values() if sign_in.expires_at < before]
        for id in over:
            del self.kept[id]
        return len(over)


class FakeChatClient:
    """`ended_calls` and `log_calls` count the calls. The next `breaks` logs, or `file_breaks` files, fail in the middle. `files` has those
    that logs name, and `contents` those that are not gone."""

    def __init__(self) -> None:
        self.chats: dict[str, EndedChat] = {}
        self.texts: dict[str, str] = {}
        self.file_name = "chat_log_20260302T080000Z.txt"
        self.files: dict[str, list[ChatFile]] = {}
        self.contents: dict[str, bytes] = {}
        self.ended_calls = self.log_calls = self.breaks = self.file_breaks = 0

    async def ended(self, desk_id: str, session_id: str) -> EndedChat:
        self.ended_calls += 1
        return self.chats[session_id]

    async def log(self, desk_id: str, session_id: str, ticket_number: int) -> AsyncGenerator[LogPiece]:
        self.log_calls += 1
        yield LogPiece("", self.file_name)
        text = f"Ticket: {ticket_number}\n{self.texts[session_id]}"
        for start in range(0, len(text), 1_000):
            if self.breaks and start:
                self.breaks -= 1
                raise Unavailable("chat crashed")
            yield LogPiece(text[start : start + 1_000])
        yield LogPiece("", files=tuple(self.files.get(session_id, ())))

    async def file(self, desk_id: str, session_id: str, file_id: str) -> AsyncGenerator[bytes]:
        if file_id not in self.contents:
            raise ChatFileGone
        for start in range(0, len(self.contents[file_id]), 1_000):
            if self.file_breaks and start:
                self.file_breaks -= 1
                raise Unavailable("chat crashed")
            yield self.contents[file_id][start : start + 1_000]


class FakeRelay:
    """Publishes at once. `published` has the commits in order, repeats included."""

    def __init__(self, log: FakeTicketLog) -> None:
        self._log = log
        self.published: list[Commit] = []

    def wake(self) -> None:
        pass

    async def publish_all(self) -> None:
        for ticket_id in await self._log.tickets_with_unpublished(100):
            commits = await self._log.unpublished(ticket_id)
            self.published += commits
            await self._log.mark_published([c.id for c in commits])


def _is_customer(content: Content) -> bool:
    return isinstance(content, Person) and content.side is Side.CUSTOMER


def _positions(query: PeopleQuery, person: Person) -> list[PeopleCursor]:
    seen = query.companies is None or person.side is Side.ENGINEER or person.company_id in query.companies
    if not seen or query.side not in (None, person.side) or query.company_id not in ("", person.company_id):
        return []
    texts = [word for word in search_words(person) if word.startswith(query.words[0])] if query.words else [list_name(person)]
    return [PeopleCursor(text, person.id) for text in texts]


def _command(commit: Commit) -> tuple[str, str, str]:
    return commit.ticket.desk_id, commit.command.by_id, commit.command.id
