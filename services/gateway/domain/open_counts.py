"""How many sockets each address holds open."""

from collections import Counter


class OpenCounts:
    """At most `most` for each key. A key without any is not kept, so the table is no larger than what is open."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def has_room(self, key: str) -> bool:
        return self._open.get(key, 0) < self._most

    def opened(self, key: str) -> None:
        """One more, which is closed once."""
        self._open[key] += 1

    def closed(self, key: str) -> None:
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    def __len__(self) -> int:
        return len(self._open)
