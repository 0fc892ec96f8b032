"""Noticing that a broker went away and came back, even when the client reconnected without a word.

A broker that keeps nothing over a restart (Tansu) answers a fetch beyond its new end with silence, so whoever was connected must
start over. aiokafka says nothing of reconnects; its own table of connections shows them.
"""

from typing import Any


class BrokerWasAway(Exception):
    """Positions from before can't be trusted."""


class Lines:
    """The connections of one consumer, compared each time with those that were there before."""

    def __init__(self, consumer: Any) -> None:
        self._client = consumer._client
        self._seen: dict[Any, Any] = {}

    def check(self) -> None:
        """Raises BrokerWasAway when a connection was lost since the last check."""
        now: dict[Any, Any] = self._client._conns
        seen = self._seen
        for place, line in seen.items():
            if place not in now or now[place] is not line or not line.connected():
                raise BrokerWasAway
        if len(now) != len(seen):
            self._seen = {place: line for place, line in now.items() if place[0] != "bootstrap"}
