"""Keeps the terms by which the history finds sessions (spec 8.1).

The projection makes a session due with each change (`history_due`), in the write that has the change. So a crash at any moment only repeats
the work, by any replica.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.text import words_of
from services.chat.domain.history import MAX_ENTRIES, MAX_TEXT, MAX_WORDS, header_texts, terms_of, texts_of
from services.chat.domain.session import ChatSession
from services.chat.ports import SessionLog, loaded
from services.chat.query_ports import DueTerms, History

# Together they cost the store little more than half. Few, so that little time passes from reading a session's words until they are saved:
# an erasure may replace them meanwhile.
AT_ONCE = 5
UNREADABLE_AFTER = timedelta(hours=1)


class HistoryTerms:
    """Raises Unavailable."""

    def __init__(self, session_log: SessionLog, history: History, clock: Clock) -> None:
        self._log, self._history, self._clock = session_log, history, clock
        self.on_saved: Callable[[int], None] = lambda sessions: None
        self.on_unreadable: Callable[[], None] = lambda: None

    async def save_due(self) -> bool:
        """Saves the terms of the sessions that are due, at most AT_ONCE together; whether there was one. One that cannot be read is logged,
        and due later."""
        now = self._clock.now()
        found = await self._history.due(now, AT_ONCE)
        try:
            await self._save(found)
        except Exception as error:
            _raise_transient(error)
            # One of them has a defect.
            for each in found:
                await self._save_or_postpone(each, now + UNREADABLE_AFTER)
        return bool(found)

    async def _save_or_postpone(self, due: DueTerms, until: datetime) -> None:
        try:
            await self._save([due])
        except Exception as error:
            _raise_transient(error)
            self.on_unreadable()
            log.error("history_not_saved", session=due.session_id, exc_info=error)
            await self._history.postpone(due.desk_id, due.session_id, until)

    async def _save(self, due: Sequence[DueTerms]) -> None:
        if not due:
            return
        sessions = [each.session() for each in due]
        await self._save_terms(sessions)
        if overtaken := await self._history.saved([(session, each.due) for session, each in zip(sessions, due, strict=True)]):
            await self._save_terms(overtaken)
        self.on_saved(len(due))

    async def _save_terms(self, sessions: Sequence[ChatSession]) -> None:
        await self._history.save([(session, await self._terms(session)) for session in sessions])

    async def _terms(self, session: ChatSession) -> frozenset[str]:
        """With at most MAX_WORDS different words. Reads no more of the log than it needs for these, and at most MAX_ENTRIES and about
        MAX_TEXT characters of it."""
        words, left = dict.fromkeys(word for text in header_texts(session) for word in words_of(text)), MAX_TEXT
        async for entries in loaded(self._log, session.desk_id, session.id, up_to=min(session.revision, MAX_ENTRIES)):
            for text in (text for entry in entries for text in texts_of(entry)):
                if left <= 0 or len(words) >= MAX_WORDS:
                    return terms_of(session, list(words)[:MAX_WORDS], cut=True)
                words.update(dict.fromkeys(words_of(text)))
                left -= len(text)
                # Chats are served between two texts.
                await asyncio.sleep(0)
        return terms_of(session, list(words)[:MAX_WORDS], cut=len(words) > MAX_WORDS or session.revision > MAX_ENTRIES)


def _raise_transient(error: Exception) -> None:
    if (typed := as_typed(error)) and typed.transient:
        raise error
