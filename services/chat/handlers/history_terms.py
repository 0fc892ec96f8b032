"""Keeps the terms by which the history finds sessions (spec 8.1).

The projection makes a session due with each change (`history_due`), in the write that has the change. So a crash at any moment only repeats
the work, by any replica.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.text import words_of
from services.chat.domain.history import MAX_ENTRIES, MAX_TEXT, MAX_WORDS, header_texts, terms_of, texts_of
from services.chat.domain.session import ChatSession
from services.chat.ports import SessionLog, Sessions, loaded
from services.chat.query_ports import History

AT_ONCE = 20
UNREADABLE_AFTER = timedelta(hours=1)


class HistoryTerms:
    """Raises Unavailable."""

    def __init__(self, session_log: SessionLog, lists: Sessions, history: History, clock: Clock) -> None:
        self._log, self._lists, self._history, self._clock = session_log, lists, history, clock
        self.on_saved: Callable[[], None] = lambda: None
        self.on_unreadable: Callable[[], None] = lambda: None

    async def save_due(self) -> bool:
        """Saves the terms of the sessions that are due, at most AT_ONCE; whether there was one. One that cannot be read is logged, and due
        later."""
        now = self._clock.now()
        found = await self._history.due(now, AT_ONCE)
        for desk_id, session_id, due in found:
            try:
                await self._save(desk_id, session_id, due)
            except Exception as error:
                if (typed := as_typed(error)) and typed.transient:
                    raise
                self.on_unreadable()
                log.error("history_not_saved", session=session_id, exc_info=error)
                await self._history.postpone(desk_id, session_id, now + UNREADABLE_AFTER)
        return bool(found)

    async def _save(self, desk_id: str, session_id: str, due: datetime) -> None:
        session = await self._lists.one(desk_id, session_id)
        if session is None:
            return
        await self._history.save(session, terms_of(session, await self._words(session)))
        await self._history.saved(session, due)
        self.on_saved()

    async def _words(self, session: ChatSession) -> list[str]:
        """At most MAX_WORDS different ones. Reads no more of the log than it needs for these, and at most MAX_ENTRIES and about MAX_TEXT
        characters of it."""
        words, left = dict.fromkeys(word for text in header_texts(session) for word in words_of(text)), MAX_TEXT
        async for entries in loaded(self._log, session.desk_id, session.id, up_to=min(session.revision, MAX_ENTRIES)):
            for text in (text for entry in entries for text in texts_of(entry)):
                if left <= 0 or len(words) >= MAX_WORDS:
                    return list(words)[:MAX_WORDS]
                words.update(dict.fromkeys(words_of(text)))
                left -= len(text)
                # Chats are served between two texts.
                await asyncio.sleep(0)
        return list(words)[:MAX_WORDS]
