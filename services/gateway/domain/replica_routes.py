"""Which replica of chat gets a session's commands.

All gateways choose the same one, so that races in chat are rare. While a session has unanswered commands it keeps its replica, so that
they can't overtake each other.
"""

import hashlib
from collections.abc import Callable, Sequence


def ranked(session_id: str, replicas: Sequence[str]) -> list[str]:
    """The replicas, best first, by rendezvous hashing: when one is lost, only its own sessions move."""
    return sorted(replicas, key=lambda replica: hashlib.blake2b(f"{replica}\n{session_id}".encode(), digest_size=8).digest(), reverse=True)


class ReplicaRoutes:
    """Sticky choice of a replica for each session with unanswered commands."""

    def __init__(self, replicas: Sequence[str], is_up: Callable[[str], bool]) -> None:
        self._replicas = tuple(replicas)
        self._is_up = is_up
        self._held: dict[str, tuple[str, int]] = {}

    def take(self, session_id: str) -> str:
        """The replica for one more command of this session. Call `release` once when it is answered."""
        replica, count = self.of(session_id), self._held.get(session_id, ("", 0))[1]
        self._held[session_id] = (replica, count + 1)
        return replica

    def of(self, session_id: str) -> str:
        """The replica for the session's next command, also for reads, which hold no route."""
        return self._held[session_id][0] if session_id in self._held else self._choose(session_id)

    def release(self, session_id: str) -> None:
        """A command of this session was answered or given up."""
        replica, count = self._held[session_id]
        if count == 1:
            del self._held[session_id]
        else:
            self._held[session_id] = (replica, count - 1)

    def _choose(self, session_id: str) -> str:
        order = ranked(session_id, self._replicas)
        return next((replica for replica in order if self._is_up(replica)), order[0])
