"""Which replica of chat gets the commands of which session.

All gateways name the same one, so that races in chat are rare; and while a session has unanswered commands, posts or any others, it
keeps its path, so that they can't overtake each other.
"""

import hashlib
from collections.abc import Callable, Sequence


def ranked(session_id: str, replicas: Sequence[str]) -> list[str]:
    """The replicas, best first, by rendezvous hashing: if one goes only its own sessions move."""
    return sorted(replicas, key=lambda replica: hashlib.blake2b(f"{replica}\n{session_id}".encode(), digest_size=8).digest(), reverse=True)


class ReplicaRoutes:
    """Sticky choice of a replica for each session with something unanswered."""

    def __init__(self, replicas: Sequence[str], is_up: Callable[[str], bool]) -> None:
        self._replicas = tuple(replicas)
        self._is_up = is_up
        self._held: dict[str, tuple[str, int]] = {}

    def take(self, session_id: str) -> str:
        """The replica for one more command of this session, which is released once."""
        replica, count = self.of(session_id), self._held.get(session_id, ("", 0))[1]
        self._held[session_id] = (replica, count + 1)
        return replica

    def of(self, session_id: str) -> str:
        """The replica where this session's next command goes; whoever only reads asks there too, and holds nothing."""
        return self._held[session_id][0] if session_id in self._held else self._choose(session_id)

    def release(self, session_id: str) -> None:
        """One command of this session was answered, or given up."""
        replica, count = self._held[session_id]
        if count == 1:
            del self._held[session_id]
        else:
            self._held[session_id] = (replica, count - 1)

    def _choose(self, session_id: str) -> str:
        order = ranked(session_id, self._replicas)
        return next((replica for replica in order if self._is_up(replica)), order[0])
