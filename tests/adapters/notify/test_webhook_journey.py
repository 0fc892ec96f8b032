"""Webhooks of a whole notify process, from the records of chat to an HTTP receiver, across a kill -9."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import webhooks_pb2 as pb
from parley.notify.v1.webhooks_pb2_grpc import WebhookServiceStub
from servicekit.clock import SystemClock
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.kafka_broker import Broker
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import TOPICS
from servicekit.metrics import Metrics
from services.notify.domain.webhook import signature_of
from stack.keys import key_of
from stack.ports import free_port
from stack.services import ROOT
from tests.adapters.notify.peers import SERVICES, Peers
from tests.adapters.notify.receiver import Receiver, receiving
from tests.fakes.patient import call
from tests.fakes.waiting import until

CREATED, CHANGED = pb.WEBHOOK_EVENT_TYPE_SESSION_CREATED, pb.WEBHOOK_EVENT_TYPE_SESSION_STATUS_CHANGED


class World:
    def __init__(self, peers: Peers, publisher: Publisher, signer: TokenSigner, environ: dict[str, str], receiver: Receiver) -> None:
        self.peers, self.publisher, self.signer, self.environ, self.receiver = peers, publisher, signer, environ, receiver
        self.stub: Any = None
        self.process: asyncio.subprocess.Process | None = None

    def token(self, role: str = "admin") -> str:
        return self.signer.token(Caller(kind="engineer", id="ada", name="Ada", desk_id=self.peers.desk_id, role=role), 600)

    async def call(self, name: str, request: Any, role: str = "admin") -> Any:
        return await call(getattr(self.stub, name), request, token=self.token(role))

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.notify", cwd=ROOT, env=self.environ)

        async def answers() -> bool:
            try:
                await self.call("ListWebhooks", pb.ListWebhooksRequest())
            except Exception:
                return False
            return True

        await until(answers, 60)

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@pytest.fixture
async def world(engine_settings: dict[str, str], mongo_prefix: str, tmp_path: Path, unique: str) -> AsyncIterator[World]:
    clock, metrics, peers = SystemClock(), Metrics("test"), Peers(unique, SystemClock())  # type: ignore[abstract]
    signer, address = TokenSigner(key_of(tmp_path, "gateway"), clock), f"127.0.0.1:{free_port()}"
    publisher = Publisher(Broker(engine_settings["PARLEY_KAFKA"]), False, metrics, topics=TOPICS)
    owners = GrpcServer(
        "127.0.0.1:0",
        TokenVerifier(tmp_path, clock),
        metrics,
        services=[(name, lambda server, add=add: add(peers, server)) for name, add in SERVICES],  # type: ignore[misc]
    )
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving())
        for part in (publisher, owners):
            await part.start()
            stack.push_async_callback(part.stop)
        await until(lambda: publisher.ready)
        environ = {
            "PATH": os.environ["PATH"],
            **engine_settings,
            **dict.fromkeys(("PARLEY_CHAT", "PARLEY_PRESENCE", "PARLEY_TICKETS"), owners.address),
            "PARLEY_MONGO_PREFIX": mongo_prefix,
            "PARLEY_KEYS": str(tmp_path),
            "PARLEY_NOTIFY_KEY": str(key_of(tmp_path, "notify")),
            "PARLEY_NOTIFY_GRPC_ADDRESS": address,
            "PARLEY_NOTIFY_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            "PARLEY_NOTIFY_WEBHOOK_ALLOW": receiver.address,
        }
        connection = channel(address, signer, metrics)
        stack.push_async_callback(connection.close)
        world = World(peers, publisher, signer, environ, receiver)
        world.stub = WebhookServiceStub(connection)
        stack.push_async_callback(world.kill)
        await world.start()
        yield world


async def test_sessions_reach_an_endpoint_in_order_across_a_kill(world: World, mongo_url: str, mongo_prefix: str) -> None:  # spec 5.13
    peers, receiver = world.peers, world.receiver
    with pytest.raises(RemoteError) as refused:
        await world.call("CreateWebhook", pb.CreateWebhookRequest(command_id="c", url=receiver.url(), events=[CREATED]), role="supervisor")
    assert refused.value.kind is Kind.PERMISSION_DENIED
    request = pb.CreateWebhookRequest(command_id="c", url=receiver.url(), events=[CREATED, CHANGED])
    added = await world.call("CreateWebhook", request)
    assert await world.call("CreateWebhook", request) == added
    hook = added.webhook.webhook_id

    def ids(*events: str) -> list[str]:
        return [f"{hook}:{peers.desk_id}-{event}" for event in events]

    def record(name: str, kind: str, **card: Any) -> Any:
        made = peers.session(name, kind, **card)
        changed = chat.SessionChanged.FromString(made.value)
        changed.entry.at.GetCurrentTime()
        return type(made)(made.topic, made.key, changed.SerializeToString(), made.headers)

    await world.publisher.publish([record("fire", "session_opened"), record("fire", "message_posted")])
    await until(lambda: receiver.ids == ids("fire:1"))
    first = receiver.received[0]
    assert (first.session["status"], first.session["name"], first.headers["parley-event-type"]) == (
        "created",
        "Printer is on fire",
        "session_created",
    )
    assert first.headers["parley-signature"] == signature_of(added.secret, first.headers["parley-timestamp"], first.body)

    receiver.answer = lambda request: None
    await world.publisher.publish([record("fire", "status_changed", status=chat.CHAT_STATUS_HANDLED)])
    await until(lambda: receiver.ids == ids("fire:1", "fire:3"))
    await world.kill()
    await world.publisher.publish([record("vpn", "session_opened"), record("fire", "status_changed", status=chat.CHAT_STATUS_COMPLETED)])
    receiver.answer = lambda request: "200 OK"
    # As when the lease of the killed process has lapsed.
    store = AsyncIOMotorClient[dict[str, Any]](mongo_url)
    await store[f"{mongo_prefix}notify"]["webhooks"].update_one({"_id": hook}, {"$set": {"lease_until": 0}})
    store.close()
    await world.start()
    await until(lambda: len(receiver.ids) >= 5, 60)

    assert receiver.ids[:3] == ids("fire:1", "fire:3", "fire:3")
    assert sorted(receiver.ids[3:]) == sorted(ids("vpn:1", "fire:4"))
    assert [request.session["status"] for request in receiver.received if "-fire:" in request.event_id] == [
        *("created", "handled", "handled", "completed")
    ]
    listed = await world.call("ListWebhookEvents", pb.ListWebhookEventsRequest(webhook_id=hook))
    assert {event.event_id for event in listed.events} == set(receiver.ids)
    await until(lambda: _delivered(world, hook))


async def _delivered(world: World, hook: str) -> bool:
    listed = await world.call("ListWebhookEvents", pb.ListWebhookEventsRequest(webhook_id=hook))
    return all(event.state == pb.WEBHOOK_EVENT_STATE_DELIVERED for event in listed.events)
