"""How long messages take as pages see it, for a metric only.

A page may report any number, so a report counts at most a minute, and once for each beat.
"""

from servicekit.metrics import SECONDS, Metrics
from services.gateway.ports import Socket

BUCKETS = (*SECONDS, 30.0, 60.0)


class RoundTrips:
    def __init__(self, metrics: Metrics) -> None:
        self._seconds = metrics.histogram(
            "round_trip_seconds", "From a person's sending a message until their page had its answer, as pages report", ["side"], BUCKETS
        )

    def observe(self, socket: Socket, milliseconds: int) -> None:
        """0: the page has nothing to report."""
        if milliseconds:
            self._seconds.labels(socket.viewer.kind).observe(milliseconds / 1000)
