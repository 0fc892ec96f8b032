"""Two replicas of notify in this process on real engines, with fakes of the services that it calls."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from parley.notify.v1 import delivery_pb2 as delivery
from parley.notify.v1 import notify_pb2 as pb
from parley.notify.v1.delivery_pb2_grpc import DeliveryServiceStub
from parley.notify.v1.notify_pb2_grpc import NotifyServiceStub
from servicekit.app import App
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_broker import Broker
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received, Record
from servicekit.kafka_topics import GROUP_TOPICS, NOTIFY, TOPICS
from servicekit.metrics import Metrics
from servicekit.settings import load
from services.notify import wiring
from services.notify.config import NotifySettings
from services.notify.wiring import wire
from stack.keys import key_of
from stack.ports import free_port
from tests.adapters.notify.peers import ONLINE, SERVICES, Peers
from tests.fakes.clock import TurnedClock
from tests.fakes.patient import call
from tests.fakes.waiting import until


class Replica:
    """A replica of notify, and the client of its services."""

    def __init__(self, environ: Mapping[str, str], signer: TokenSigner, clock: TurnedClock) -> None:
        self.app: App = wire(load(NotifySettings, environ), clock)
        self._channel = channel(environ["PARLEY_NOTIFY_GRPC_ADDRESS"], signer, Metrics("test"))
        self.notify, self.deliveries = NotifyServiceStub(self._channel), DeliveryServiceStub(self._channel)
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        await self._stack.enter_async_context(self.app)
        self._stack.push_async_callback(self._channel.close)
        await until(lambda: self.app.ready, 60)

    async def stop(self) -> None:
        await self._stack.aclose()


@dataclass
class World:
    """`received`: + for each alert that was raised and - for each that was withdrawn, without the desk in the ids.

    `notifications`: what gateways receive for their pages, in order.
    """

    peers: Peers
    clock: TurnedClock
    signer: TokenSigner
    publisher: Publisher
    new_replica: Callable[[], Replica]
    replicas: list[Replica] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    notifications: list[pb.NotificationSent] = field(default_factory=list)
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
        match event.WhichOneof("event"):
            case "alert_raised":
                self.received += self._alerts("+", event.alert_raised.alert.alert_id, event.alert_raised.person_ids)
            case "alert_withdrawn":
                self.received += self._alerts("-", event.alert_withdrawn.alert_id, event.alert_withdrawn.person_ids)
            case "notification_sent":
                self.notifications.append(event.notification_sent)

    def _alerts(self, sign: str, alert_id: str, people: Iterable[str]) -> list[str]:
        return [sign + self._short(f"{alert_id}:{person_id}") for person_id in people]

    def _short(self, id: str) -> str:
        return id.replace(f"{self.peers.desk_id}-", "")

    async def receives_soon(self, *alerts: str) -> None:
        """Waits for exactly these alerts since the last call, in any order between people."""
        await until(lambda: len(self.received) >= len(alerts))
        assert sorted(self.received) == sorted(alerts)
        self.received.clear()

    def sent(self) -> list[str]:
        """The notifications until now: the delivery and its page, without the desk in the ids."""
        return [self._short(f"{each.notification.delivery_id} {each.connection_id}") for each in self.notifications]

    async def sends_soon(self, *sent: str) -> None:
        """Waits for exactly these notifications, all there have been."""
        await until(lambda: len(self.notifications) >= len(sent))
        assert self.sent() == list(sent)

    def token(self, name: str, role: str = "engineer") -> str:
        person = Caller(kind="engineer", id=self.peers.id(name), name=name, desk_id=self.peers.desk_id, role=role)
        return self.signer.token(person)

    async def alerts(self, name: str) -> list[pb.Alert]:
        answer = await call(self.replicas[1].notify.ListAlerts, pb.ListAlertsRequest(), token=self.token(name))
        return list(answer.alerts)

    async def report(self, delivery_id: str, *outcomes: str, reason: str = "", name: str = "ava") -> None:
        """Reports what the page did with a delivery, to both replicas."""
        for outcome in outcomes:
            number = delivery.DeliveryOutcome.Value(f"DELIVERY_OUTCOME_{outcome}")
            request = delivery.ReportDeliveryRequest(delivery_id=delivery_id, outcome=number, reason=reason)
            for replica in self.replicas:
                await call(replica.deliveries.ReportDelivery, request, token=self.token(name))

    async def delivery(self, delivery_id: str, name: str = "ava") -> delivery.Delivery:
        request = delivery.GetDeliveryRequest(delivery_id=delivery_id)
        answer: Any = await call(self.replicas[0].deliveries.GetDelivery, request, token=self.token(name))
        found: delivery.Delivery = answer.delivery
        return found


@pytest.fixture
async def world(
    engine_settings: dict[str, str], mongo_prefix: str, tmp_path: Path, unique: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    # Each test has a Kafka group of its own, which does not wait for members of the last one.
    monkeypatch.setattr(wiring, "NAME", f"notify_{unique}")
    monkeypatch.setitem(GROUP_TOPICS, f"notify_{unique}", GROUP_TOPICS["notify"])
    clock, metrics = TurnedClock(), Metrics("test")
    peers = Peers(unique, clock)  # type: ignore[abstract]
    signer = TokenSigner(key_of(tmp_path, "gateway"), clock)
    kafka, fetch_wait = engine_settings["PARLEY_KAFKA"], float(engine_settings.get("PARLEY_KAFKA_FETCH_WAIT", "0.5"))
    publisher = Publisher(Broker(kafka), False, metrics, topics=TOPICS)
    owners = GrpcServer(
        "127.0.0.1:0",
        TokenVerifier(tmp_path, clock),
        metrics,
        services=[(name, lambda server, add=add: add(peers, server)) for name, add in SERVICES],  # type: ignore[misc]
    )
    names = iter(range(1, 10))

    def new_replica() -> Replica:
        environ = {
            **engine_settings,
            **dict.fromkeys(("PARLEY_CHAT", "PARLEY_PRESENCE", "PARLEY_TICKETS"), owners.address),
            "PARLEY_MONGO_PREFIX": mongo_prefix,
            "PARLEY_KEYS": str(tmp_path),
            "PARLEY_NOTIFY_KEY": str(key_of(tmp_path, "notify")),
            "PARLEY_NOTIFY_GRPC_ADDRESS": f"127.0.0.1:{free_port()}",
            "PARLEY_NOTIFY_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            "PARLEY_REPLICA": f"notify-{next(names)}",
        }
        return Replica(environ, signer, clock)

    world = World(peers, clock, signer, publisher, new_replica)
    listener = BroadcastReader(Broker(kafka), fetch_wait, [NOTIFY], world.consume, lambda: None, metrics)
    peers.becomes("ava", ONLINE)
    async with AsyncExitStack() as stack:
        for part in (publisher, listener, owners):
            await part.start()
            stack.push_async_callback(part.stop)
        await until(lambda: publisher.ready and listener.ready)
        world.replicas += [new_replica(), new_replica()]
        try:
            await asyncio.gather(*(replica.start() for replica in world.replicas))
            yield world
        finally:
            for replica in world.replicas:
                await replica.stop()
