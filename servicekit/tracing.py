"""One click is one trace: W3C trace context through calls, log entries and record headers. Off, and nearly free, without an endpoint."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, Tracer

HEADER = "traceparent"
_tracer: Tracer | None = None


def setup(service: str, endpoint: str) -> None:
    """Sends spans to an OTLP endpoint over gRPC; an empty endpoint leaves tracing off."""
    global _tracer
    if not endpoint:
        return
    # Imported only here: half a second of start-up that most runs don't need.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"parley-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, insecure=not endpoint.startswith("https"))))
    _tracer = provider.get_tracer("parley")


@contextmanager
def span(name: str, parent: str = "", **attributes: str | int | float | bool) -> Iterator[None]:
    """A span around the block; `parent` is a traceparent from elsewhere, else the current span is the parent."""
    if _tracer is None:
        yield
        return
    above = _context_of(parent)
    context = trace.set_span_in_context(NonRecordingSpan(above)) if above else None
    with _tracer.start_as_current_span(name, context=context, attributes=attributes):
        yield


def current_traceparent() -> str:
    """The current span as a W3C traceparent; "" when there is none."""
    if _tracer is None:
        return ""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return ""
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def _context_of(traceparent: str) -> SpanContext | None:
    parts = traceparent.split("-")
    if len(parts) != 4 or [len(part) for part in parts] != [2, 32, 16, 2]:
        return None
    try:
        trace_id, span_id, flags = (int(part, 16) for part in parts[1:])
    except ValueError:
        return None
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return context if context.is_valid else None
