"""Spans reach a collector that demands TLS by its own authority and a header."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceServicer, add_TraceServiceServicer_to_server

from servicekit import tracing
from servicekit.tracing import TraceExport
from stack.ports import HOST
from tests.fakes.certificates import Authority
from tests.fakes.waiting import until


class Collector(TraceServiceServicer):
    def __init__(self) -> None:
        self.exports: list[tuple[str, str | bytes | None]] = []

    async def Export(
        self, request: pb.ExportTraceServiceRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> pb.ExportTraceServiceResponse:
        (key,) = [value for name, value in context.invocation_metadata() or () if name == "api-key"]
        spans = [span.name for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
        self.exports += [(name, key) for name in spans]
        return pb.ExportTraceServiceResponse()


async def test_spans_are_exported_with_headers_to_an_endpoint_of_an_own_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 12.2
    monkeypatch.setattr(tracing, "_tracer", None)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    authority, collector, server = Authority(tmp_path), Collector(), grpc.aio.server()
    cert, key = authority.sign("collector").contents()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_secure_port(f"{HOST}:0", grpc.ssl_server_credentials([(key, cert)]))
    await server.start()

    tracing.setup("chat", TraceExport(f"https://localhost:{port}", (("api-key", "a=b"),), authority.ca))
    with tracing.span("a step"):
        pass

    await until(lambda: collector.exports == [("a step", "a=b")])
    await server.stop(0)
