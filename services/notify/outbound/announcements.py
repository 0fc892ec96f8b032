"""Wakes the relay for what was saved, and counts it."""

from collections.abc import Sequence

from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.outbox import Relay
from services.notify.domain.card import Reason
from services.notify.domain.session_alert import AlertEvent, AlertRaised


class RelayedAnnouncements:
    def __init__(self, relay: Relay, metrics: Metrics) -> None:
        self._relay = relay
        self._raised = metrics.counter("alerts_raised_total", "Alert cards that appeared, by reason", ["reason"])
        self._withdrawn = metrics.counter("alerts_withdrawn_total", "Alert cards that went, by reason", ["reason"])
        for reason in Reason:
            self._raised.labels(reason.value)
            self._withdrawn.labels(reason.value)

    def saved(self, events: Sequence[AlertEvent]) -> None:
        self._relay.wake()
        for event in events:
            raised = isinstance(event, AlertRaised)
            (self._raised if raised else self._withdrawn).labels(event.alert.reason.value).inc()
            log.debug("alert_raised" if raised else "alert_withdrawn", alert=event.alert.id)
