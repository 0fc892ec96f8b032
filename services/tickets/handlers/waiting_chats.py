"""The chats that wait for their log and files on their tickets, for metrics (spec 10.9, 13.5). chat's stored deadlines hold the work
itself."""

from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.metrics import Metrics

# After an attempt failed. chat repeats its wish within 10 minutes, to this replica or, after a rebalance, to another.
KEPT_FOR = timedelta(minutes=15)
# Each takes about 300 bytes. Of more chats the first ones are counted, which are the oldest.
MOST = 10_000


class WaitingChats:
    """Those of this replica."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        # Session -> when the chat ended.
        self._since: dict[str, datetime] = {}
        # Of those that no attempt works on: when the last one failed.
        self._failed_at: dict[str, datetime] = {}
        oldest = metrics.gauge(
            "chat_files_oldest_seconds", "How long the oldest chat waits for its log and files on its ticket; 0 without one"
        )
        oldest.set_function(self._oldest)
        waiting = metrics.gauge("chat_files_waiting", "Chats that wait for their log and files on their tickets")
        waiting.set_function(lambda: len(self._counted()))

    def begun(self, session_id: str, ended_at: datetime | None) -> None:
        """An attempt begins or waits for its turn. `ended_at` also counts the time before a restart."""
        now = self._clock.now()
        if session_id in self._since or len(self._counted()) < MOST:
            self._since.setdefault(session_id, min(ended_at or now, now))
            self._failed_at.pop(session_id, None)

    def failed(self, session_id: str) -> None:
        if session_id in self._since:
            self._failed_at[session_id] = self._clock.now()

    def has(self, session_id: str) -> bool:
        """Whether an attempt of this replica could lately not attach the chat's log, with its files."""
        return session_id in self._counted()

    def attached(self, session_id: str) -> None:
        """By this replica or another."""
        self._since.pop(session_id, None)
        self._failed_at.pop(session_id, None)

    def _counted(self) -> dict[str, datetime]:
        """Without those that chat has not asked this replica for again."""
        before = self._clock.now() - KEPT_FOR
        for session_id in [each for each, at in self._failed_at.items() if at < before]:
            self.attached(session_id)
        return self._since

    def _oldest(self) -> float:
        now = self._clock.now()
        return max(((now - since).total_seconds() for since in self._counted().values()), default=0.0)
