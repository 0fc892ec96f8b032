"""The session log in memory; it passes the same tests as the Mongo one (tests/adapters/chat/test_session_log.py)."""

import asyncio
from collections.abc import Callable, Sequence

from services.chat.domain.events import Entry
from services.chat.ports import CommandTaken, RevisionTaken


class FakeSessionLog:
    """Several replicas may share one. `before_append` lets a test put something in just before the next entry: a lost race."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], list[Entry]] = {}
        self.loads = 0
        # How many entries each load brought.
        self.loaded: list[int] = []
        self.before_append: Callable[[Entry], None] | None = None
        self.fails: list[Exception] = []
        self.unknown: list[Exception] = []
        self.held: list[tuple[Entry, asyncio.Future[None]]] | None = None

    async def load(self, desk_id: str, session_id: str, after: int = 0, most: int | None = None) -> list[Entry]:
        self.loads += 1
        await asyncio.sleep(0)
        # Revisions have no gaps.
        found = self.entries.get((desk_id, session_id), [])[after : None if most is None else after + most]
        self.loaded.append(len(found))
        return found

    def append(self, entry: Entry) -> asyncio.Future[None]:
        """Decides at once and settles in the next turn, as a group commit does. `fails`: the next ones are not written; `unknown`: the
        next ones are, and their sender does not learn it."""
        result: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.held is not None:
            self.held.append((entry, result))
        else:
            asyncio.get_running_loop().call_soon(self._commit, entry, result)
        return result

    async def entry_of(self, desk_id: str, session_id: str, by_id: str, command_id: str) -> Entry | None:
        entries = self.entries.get((desk_id, session_id), [])
        return next((entry for entry in entries if (entry.by.id, entry.command_id) == (by_id, command_id)), None)

    async def replace(self, entries: Sequence[Entry]) -> None:
        await asyncio.sleep(0)
        for entry in entries:
            log = self.entries[entry.desk_id, entry.session_id]
            assert log[entry.revision - 1].hash == entry.hash, "another entry"
            log[entry.revision - 1] = entry

    def hold(self) -> None:
        """Nothing is committed until `let_go`."""
        self.held = []

    def let_go(self) -> None:
        held, self.held = self.held or [], None
        for entry, result in held:
            self._commit(entry, result)

    def _commit(self, entry: Entry, result: asyncio.Future[None]) -> None:
        if self.before_append is not None:
            meddle, self.before_append = self.before_append, None
            meddle(entry)
        if self.fails:
            result.set_exception(self.fails.pop(0))
            return
        try:
            self.insert(entry)
        except (RevisionTaken, CommandTaken) as error:
            result.set_exception(error)
            return
        if self.unknown:
            result.set_exception(self.unknown.pop(0))
        else:
            result.set_result(None)

    def insert(self, entry: Entry) -> None:
        """Raises RevisionTaken or CommandTaken. No caller may leave a gap."""
        log = self.entries.setdefault((entry.desk_id, entry.session_id), [])
        if any((old.by.id, old.command_id) == (entry.by.id, entry.command_id) and old.revision != entry.revision for old in log):
            raise CommandTaken()
        if entry.revision <= len(log):
            raise RevisionTaken()
        assert entry.revision == len(log) + 1, "an entry beyond the end"
        log.append(entry)
