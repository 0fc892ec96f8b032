"""Publishes records of the outbox, and keeps the entries of the audit log among them first, so that they never depend on the broker.

The topic has them too, for readers of other teams. Tickets consumes them once more, which changes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence

from parley.audit.v1 import audit_pb2
from servicekit.kafka_records import Record
from servicekit.kafka_topics import AUDIT
from servicekit.outbox import Publisher
from services.tickets.audit_contract import audit_entry_from
from services.tickets.domain.audit import AuditEntry


class AuditPublisher:
    """The Publisher of a relay. Raises Unavailable."""

    def __init__(self, publisher: Publisher, keep: Callable[[AuditEntry], Awaitable[None]]) -> None:
        self._publisher, self._keep = publisher, keep

    async def publish(self, records: Sequence[Record]) -> None:
        for record in records:
            if record.topic == AUDIT.name:
                await self._keep(audit_entry_from(audit_pb2.AuditEntry.FromString(record.value)))
        await self._publisher.publish(records)
