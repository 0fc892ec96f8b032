"""Wakes the relay for what was saved, and counts it."""

from collections.abc import Sequence

from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.outbox import Relay
from services.presence.domain.ending import ConnectionsEnded
from services.presence.domain.person import Event
from services.presence.domain.presence import Presence


class RelayedAnnouncements:
    """A save that lost its race for some of the people counts them twice: these are numbers for graphs."""

    def __init__(self, relay: Relay, metrics: Metrics) -> None:
        self._relay = relay
        self._changes = metrics.counter("changes_total", "Changes of presence that were announced, by what it became", ["presence"])
        self._endings = metrics.counter("endings_total", "Times that an admin ended somebody's connections")
        for presence in Presence:
            self._changes.labels(presence.value)

    def saved(self, events: Sequence[Event]) -> None:
        self._relay.wake()
        for event in events:
            if isinstance(event, ConnectionsEnded):
                self._endings.inc()
                log.info("connections_ended", person=event.person_id, by=event.ending.by, connections=len(event.ending.connection_ids))
                continue
            presence = event.announced.presence.value
            self._changes.labels(presence).inc()
            log.debug("presence_changed", person=event.person_id, presence=presence, revision=event.announced.revision)
