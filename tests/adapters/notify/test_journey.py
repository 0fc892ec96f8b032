"""The whole notify service: two replicas in this process on real engines, with fakes of the services that it calls."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import notify_pb2 as pb
from parley.notify.v1.notify_pb2_grpc import NotifyServiceStub
from parley.presence.v1 import presence_pb2 as presence
from servicekit.app import App
from servicekit.errors import RemoteError
from servicekit.grpc_client import call, channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received, Record
from servicekit.kafka_topics import NOTIFY, TOPICS
from servicekit.metrics import Metrics
from servicekit.settings import load
from services.notify.config import NotifySettings
from services.notify.wiring import wire
from stack.keys import key_of
from stack.ports import free_port
from tests.adapters.notify.peers import ONLINE, SERVICES, Peers
from tests.fakes.clock import TurnedClock

HANDLED, WAITING = chat.CHAT_STATUS_HANDLED, chat.CHAT_STATUS_WAITING


@dataclass
class World:
    """`received`: + for each alert that was raised and - for each that was withdrawn, without the desk in the ids."""

    peers: Peers
    signer: TokenSigner
    publisher: Publisher
    replicas: list[NotifyServiceStub]
    received: list[str] = field(default_factory=list)
    events: set[str] = field(default_factory=set)

    async def publish(self, *records: Record) -> None:
        await self.publisher.publish(records)

    def consume(self, record: Received) -> None:
        if record.headers["desk"] != self.peers.desk_id:
            return
        event = pb.NotifyEvent.FromString(record.value)
        # Two relays may publish the same event twice.
        if event.event_id in self.events:
            return
        self.events.add(event.event_id)
        if event.WhichOneof("event") == "notification_sent":
            return
        raised = event.WhichOneof("event") == "alert_raised"
        alert_id = event.alert_raised.alert.alert_id if raised else event.alert_withdrawn.alert_id
        self.received.append(("+" if raised else "-") + alert_id.replace(f"{self.peers.desk_id}-", ""))

    async def receives_soon(self, *alerts: str) -> None:
        """Waits for exactly these alerts since the last call, in any order between people."""
        await until(lambda: len(self.received) >= len(alerts))
        assert sorted(self.received) == sorted(alerts)
        self.received.clear()

    def token(self, name: str, role: str = "engineer") -> str:
        person = Caller(kind="engineer", id=self.peers.id(name), name=name, desk_id=self.peers.desk_id, role=role)
        return self.signer.token(person)

    async def alerts(self, name: str) -> list[pb.Alert]:
        answer = await call(self.replicas[1].ListAlerts, pb.ListAlertsRequest(), token=self.token(name))
        return list(answer.alerts)


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@pytest.fixture
async def world(engine_settings: dict[str, str], mongo_prefix: str, tmp_path: Path, unique: str) -> AsyncIterator[World]:
    clock, metrics, peers = TurnedClock(), Metrics("test"), Peers(unique)  # type: ignore[abstract]
    signer = TokenSigner(key_of(tmp_path, "gateway"), clock)
    kafka, fetch_wait = engine_settings["PARLEY_KAFKA"], float(engine_settings.get("PARLEY_KAFKA_FETCH_WAIT", "0.5"))
    publisher = Publisher(kafka, False, metrics, topics=TOPICS)
    world = World(peers, signer, publisher, [])
    listener = BroadcastReader(kafka, fetch_wait, [NOTIFY], world.consume, lambda: None, metrics)
    owners = GrpcServer(
        "127.0.0.1:0",
        TokenVerifier(tmp_path, clock),
        metrics,
        services=[(name, lambda server, add=add: add(peers, server)) for name, add in SERVICES],  # type: ignore[misc]
    )
    peers.becomes("ava", ONLINE)
    peers.session("before", "session_opened")
    async with AsyncExitStack() as stack:
        for part in (publisher, listener, owners):
            await part.start()
            stack.push_async_callback(part.stop)
        await until(lambda: publisher.ready and listener.ready)
        apps: list[App] = []
        for number in (1, 2):
            address = f"127.0.0.1:{free_port()}"
            environ = {
                **engine_settings,
                **dict.fromkeys(("PARLEY_CHAT", "PARLEY_PRESENCE", "PARLEY_TICKETS"), owners.address),
                "PARLEY_MONGO_PREFIX": mongo_prefix,
                "PARLEY_KEYS": str(tmp_path),
                "PARLEY_NOTIFY_KEY": str(key_of(tmp_path, "notify")),
                "PARLEY_NOTIFY_GRPC_ADDRESS": address,
                "PARLEY_NOTIFY_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
                "PARLEY_REPLICA": f"notify-{number}",
            }
            apps.append(await stack.enter_async_context(wire(load(NotifySettings, environ), clock)))
            connection = channel(address, signer, metrics)
            stack.push_async_callback(connection.close)
            world.replicas.append(NotifyServiceStub(connection))
        await until(lambda: all(app.ready for app in apps), 30)
        yield world


async def test_an_engineer_is_alerted_while_a_session_needs_an_engineer(world: World) -> None:  # spec 1.10 2.10 3.9 5.1 5.3 5.11
    peers = world.peers
    # Missed records are made up for at the start.
    await world.receives_soon("+before:waiting:ava")

    await world.publish(peers.becomes("bo", ONLINE))
    await world.receives_soon("+before:waiting:bo")
    await world.publish(peers.session("fire", "session_opened"), peers.session("globex", "session_opened", company_id="globex"))
    await world.receives_soon("+fire:waiting:ava", "+fire:waiting:bo", "+globex:waiting:ava")
    newest = (await world.alerts("bo"))[0]
    assert (newest.title, newest.customer_name, newest.company_name) == ("Printer is on fire", "Mia Torres", "Acme Ltd")

    dismissal = pb.DismissAlertRequest(session_id=peers.id("fire"))
    for replica in (*world.replicas, *world.replicas):
        await call(replica.DismissAlert, dismissal, token=world.token("ava"))
    await world.receives_soon("-fire:waiting:ava")
    await world.publish(peers.becomes("ava", presence.PRESENCE_BUSY))
    await world.receives_soon("-before:waiting:ava", "-globex:waiting:ava")
    await world.publish(peers.becomes("ava", ONLINE))
    await world.receives_soon("+before:waiting:ava", "+globex:waiting:ava")

    taken = peers.session("fire", "participant_joined", status=HANDLED)
    await world.publish(taken, taken)
    await world.receives_soon("-fire:waiting:bo")
    asked = chat.Person(id=peers.id("ava"), name="Ava", side=chat.SIDE_ENGINEER)
    await world.publish(peers.session("fire", "engineer_invited", invited=[asked]))
    await world.receives_soon("+fire:invited:ava")
    assert pb.ALERT_REASON_INVITED in [alert.reason for alert in await world.alerts("ava")]

    request = pb.ExplainAlertRequest(session_id=peers.id("globex"), person_id=peers.id("bo"))
    explained = await call(world.replicas[0].ExplainAlert, request, token=world.token("ava", "supervisor"))
    assert not explained.alerted
    assert [(fact.check, fact.passed) for fact in explained.facts] == [
        ("session", True),
        ("access", False),
        ("presence", True),
        ("dismissed", True),
    ]
    with pytest.raises(RemoteError) as refused:
        await call(world.replicas[0].ExplainAlert, request, token=world.token("ava"))
    assert refused.value.kind == "permission_denied"
    with pytest.raises(RemoteError) as refused:
        await call(world.replicas[0].DismissAlert, pb.DismissAlertRequest(), token=world.token("ava"))
    assert (refused.value.kind, refused.value.field) == ("invalid_argument", "session_id")
