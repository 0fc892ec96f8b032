"""Which sessions are read to erase a person (spec 10.6), page by page, and what of the person counts in the texts of others there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.erasing import ErasureTask
from servicekit.errors import Unavailable
from servicekit.text import words_of
from services.chat.domain.history import CUT, REST, HistoryCursor
from services.chat.domain.session import ChatSession
from services.chat.ports import SessionQuery, Sessions
from services.chat.query_ports import History

SESSIONS_AT_ONCE = 50
LOOK_EVERY_SECONDS = 0.2
SAVED_WITHIN = timedelta(seconds=30)
# How the positions after the first list begin. No position of a list of sessions has a colon.
LIVE, NAMING = "live:", "naming:"


@dataclass(frozen=True, slots=True)
class SessionsToRead:
    """`task`: with the texts that count in these sessions. `next`: the position of the next page; "" after the last one."""

    task: ErasureTask
    sessions: Sequence[ChatSession]
    next: str


class ErasureSessions:
    """Of an engineer all sessions of the desk, because any of them may name an engineer.

    Of a customer first their own. In those of others only full names, e-mail and phone count. There may be a million of them, so the words
    of the history lead to those that name the customer. A session that goes on has words that are not saved yet, so all live ones are read
    before. Those that are at rest are saved soon, which is waited for.
    """

    def __init__(self, lists: Sessions, history: History, clock: Clock) -> None:
        self._lists, self._history, self._clock = lists, history, clock

    async def page(self, task: ErasureTask) -> SessionsToRead:
        """The sessions at the task's position. Raises Unavailable."""
        named = task.by_full_names()
        if task.after.startswith(LIVE):
            query, token = SessionQuery(task.desk_id, live=True), task.after.removeprefix(LIVE)
            return await self._listed(named, query, token, LIVE, f"{NAMING}0:")
        if task.after.startswith(NAMING):
            return await self._naming(named)
        query = SessionQuery(task.desk_id, customer_id=task.person_id if task.customer else "")
        return await self._listed(task, query, task.after, "", LIVE if task.customer and named.texts else "")

    async def _listed(self, task: ErasureTask, query: SessionQuery, token: str, kind: str, then: str) -> SessionsToRead:
        found = await self._lists.find(query, SESSIONS_AT_ONCE, token)
        return SessionsToRead(task, found.sessions, f"{kind}{found.next_token}" if found.next_token else then)

    async def _naming(self, task: ErasureTask) -> SessionsToRead:
        """Those with all words of the first text, then of the second, and at last those whose words are not all in the history."""
        searches = [*filter(None, map(words_of, task.texts)), [CUT]]
        number, _, token = task.after.removeprefix(NAMING).partition(":")
        at = int(number)
        if at == 0 and not token:
            await self._until_words_are_saved()
        found, following = await self._history.with_terms(task.desk_id, searches[at], SESSIONS_AT_ONCE, HistoryCursor.parse(token))
        if following:
            return SessionsToRead(task, found, f"{NAMING}{at}:{following.token()}")
        return SessionsToRead(task, found, f"{NAMING}{at + 1}:" if at + 1 < len(searches) else "")

    async def _until_words_are_saved(self) -> None:
        """Those of sessions at rest, of all that was written until now. The wait is limited, so that the erasures of others continue."""
        written = self._clock.now()
        while self._clock.now() <= written + REST or await self._history.due(written + REST, 1):
            if self._clock.now() >= written + SAVED_WITHIN:
                raise Unavailable("The words of sessions are not saved yet.")
            await self._clock.sleep(LOOK_EVERY_SECONDS)
