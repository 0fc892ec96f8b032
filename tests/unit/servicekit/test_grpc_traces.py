"""A call continues the trace of its caller."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from servicekit import tracing
from servicekit.errors import RemoteError
from servicekit.grpc_client import call
from tests.unit.servicekit.echo import Echo, unary


async def test_the_server_continues_the_trace_of_the_client(line: Any, echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    await call(unary(line), b"x")
    assert echo.parents == [""], "tracing is off without an endpoint"

    monkeypatch.setattr(tracing, "_tracer", TracerProvider().get_tracer("test"))
    with tracing.span("click"):
        here = tracing.current_traceparent()
        await call(unary(line), b"x")

    there = echo.parents[-1]
    assert there.split("-")[1] == here.split("-")[1]
    assert there.split("-")[2] != here.split("-")[2]


async def test_a_span_has_the_code_of_an_error_and_not_its_text(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 12.2
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    for request in (b"refuse", b"bug"):
        with pytest.raises(RemoteError):
            await call(unary(line), request)

    refused, bug = exporter.get_finished_spans()
    assert (refused.status.description, bug.status.description) == ("failed_precondition", "internal")
    assert "what a person wrote" not in bug.to_json() and "Not now" not in refused.to_json()
