"""Health checks and reflection, which need no token."""

from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from servicekit.app import App
from servicekit.grpc_server import GrpcServer
from servicekit.metrics import Metrics
from stack.ports import free_port
from tests.fakes.waiting import until
from tests.unit.servicekit.echo import NAME, Echo, Servers


class Store:
    """A part whose readiness a test sets. It counts how often `ready` is read."""

    def __init__(self) -> None:
        self._ready, self.reads = False, 0

    @property
    def ready(self) -> bool:
        self.reads += 1
        return self._ready

    @ready.setter
    def ready(self, ready: bool) -> None:
        self._ready = ready

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""


async def test_health_and_reflection_answer_without_a_token(server: GrpcServer) -> None:
    await server.show_health(True)
    async with grpc.aio.insecure_channel(server.address) as line:
        health = health_pb2_grpc.HealthStub(line)
        for name in ("", NAME):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        stream = reflection_pb2_grpc.ServerReflectionStub(line).ServerReflectionInfo(asked)
        listed = [service.name async for answer in stream for service in answer.list_services_response.service]
        assert NAME in listed


async def test_health_is_that_of_the_whole_service_and_ignores_a_short_outage(
    server_of: Servers, echo: Echo, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 11.1
    monkeypatch.setattr("servicekit.app.POLL_SECONDS", 0.01)
    monkeypatch.setattr("servicekit.app.UNHEALTHY_AFTER", 60.0)
    server, store = server_of(echo, f"127.0.0.1:{free_port()}"), Store()
    app = App("test", parts=[store, server], metrics=metrics, metrics_address="127.0.0.1:0")
    async with grpc.aio.insecure_channel(server.address) as line:
        check = health_pb2_grpc.HealthStub(line).Check

        async def shown() -> set[Any]:
            return {(await check(health_pb2.HealthCheckRequest(service=name))).status for name in ("", NAME)}

        async def serving() -> bool:
            return await shown() == {health_pb2.HealthCheckResponse.SERVING}

        async def not_serving() -> bool:
            return await shown() == {health_pb2.HealthCheckResponse.NOT_SERVING}

        async with app:
            assert await not_serving(), "a service that is not ready is NOT_SERVING at once"
            store.ready = True
            await until(serving)
            reads = store.reads
            store.ready = False
            await until(lambda: store.reads > reads + 2)
            store.ready = True
            assert await serving(), "a short outage does not change the health"
            monkeypatch.setattr("servicekit.app.UNHEALTHY_AFTER", 0.0)
            store.ready = False
            await until(not_serving)
            store.ready = True
            await until(serving)
