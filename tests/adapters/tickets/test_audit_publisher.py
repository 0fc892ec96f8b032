"""Entries of the audit log that tickets makes itself are kept whatever the broker does (spec 10.5)."""

from collections.abc import Sequence

import pytest

from servicekit.errors import Unavailable
from servicekit.kafka_records import Record
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.outbox import OutboxRelay
from services.tickets.domain.audit import AuditAction, AuditQuery
from services.tickets.domain.sign_in import SignIn
from services.tickets.handlers.audit import AuditHandlers
from services.tickets.outbound.audit_publisher import AuditPublisher
from services.tickets.outbound.mongo_audit import MongoAuditLog
from services.tickets.outbound.mongo_directory import MongoDirectory
from services.tickets.outbound.mongo_sign_ins import MongoSignIns
from tests.fakes.clock import TurnedClock
from tests.unit.tickets.desk import AT, HARBOUR

SIGN_IN = SignIn(
    id="i1", secret_hash="h", desk_id=HARBOUR, person_id="mia", method="trial", address="192.0.2.1", created_at=AT, expires_at=AT
)


class Broker:
    """`down`: it does not answer."""

    def __init__(self) -> None:
        self.down, self.published = True, list[Record]()

    async def publish(self, records: Sequence[Record]) -> None:
        if self.down:
            raise Unavailable("The broker is down")
        self.published += records


async def test_entries_are_kept_once_while_the_broker_is_down_and_published_later(mongo: Mongo) -> None:  # spec 10.5
    broker, metrics, audit_log, sign_ins = Broker(), Metrics("tickets"), MongoAuditLog(mongo), MongoSignIns(mongo)
    audit = AuditHandlers(audit_log, MongoDirectory(mongo), TurnedClock(), metrics)
    relay = OutboxRelay([sign_ins.outbox], AuditPublisher(broker, audit.keep), metrics)
    await sign_ins.add(SIGN_IN)
    await sign_ins.end(SIGN_IN, AT, "ava")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await relay.publish_all()

    found = await audit_log.find(AuditQuery(desk_id=HARBOUR), None, 10)
    assert [(entry.action, entry.by_id) for entry in found] == [(AuditAction.SIGNED_OUT, "ava"), (AuditAction.SIGNED_IN, "mia")]

    broker.down = False
    await relay.publish_all()
    assert [record.headers["kind"] for record in broker.published] == ["sign_in", "sign_in", "sign_in"]
    assert [record.topic for record in broker.published] == ["parley.audit.v1", "parley.audit.v1", "parley.directory.v1"]
    assert await audit_log.find(AuditQuery(desk_id=HARBOUR), None, 10) == found
