"""W3C trace context across frames, calls, log entries and record headers. Off without an endpoint.

Spans have the code of an error and not its message, which may contain what people wrote.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanContext, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from servicekit.errors import as_typed

HEADER = "traceparent"
_tracer: Tracer | None = None
_W3C = TraceContextTextMapPropagator()
_OFF: AbstractContextManager[None] = nullcontext()


@dataclass(frozen=True)
class TraceExport:
    """Where spans go, over gRPC. `ca`: file of the certificates (PEM) that sign an https endpoint's; "": those of gRPC."""

    endpoint: str = ""
    headers: Sequence[tuple[str, str]] = field(default=(), repr=False)
    ca: str = ""


def setup(service: str, export: TraceExport) -> None:
    """Sends spans to an OTLP endpoint; without one tracing stays off. Raises OSError for the file."""
    global _tracer
    if not export.endpoint:
        return
    # Imported only here, because the imports take half a second.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"parley-{service}"}))
    encrypted = export.endpoint.startswith("https")
    exporter = OTLPSpanExporter(
        endpoint=export.endpoint,
        insecure=not encrypted,
        credentials=grpc.ssl_channel_credentials(Path(export.ca).read_bytes() if export.ca else None) if encrypted else None,
        headers=list(export.headers),
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("parley")


def span(name: str, parent: str = "", **attributes: str | int | float | bool) -> AbstractContextManager[None]:
    """A span around the block. `parent` is a traceparent; without one the current span is the parent."""
    return _OFF if _tracer is None else _around(_tracer, name, parent, attributes)


class OpenSpan:
    """A span that `end` ends, in any block; it is never the current span."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """The parent for spans that follow; "" without a span."""
        return _traceparent(self._span.get_span_context())

    def end(self, error: BaseException | None = None) -> None:
        """A span that never ends is not exported."""
        if error is not None:
            _fail(self._span, error)
        self._span.end()


def start_span(name: str, parent: str) -> OpenSpan:
    """For work that does not fit one block. Starts no span without a parent."""
    context = _context_of(parent) if _tracer is not None else None
    return OpenSpan(_tracer.start_span(name, context=context) if _tracer is not None and context is not None else INVALID_SPAN)


def current_traceparent() -> str:
    """The current span as a W3C traceparent; "" when there is none."""
    return "" if _tracer is None else _traceparent(trace.get_current_span().get_span_context())


def current_trace_id() -> str:
    """32 hex digits; "" when there is no span."""
    here = trace.get_current_span().get_span_context() if _tracer is not None else None
    return f"{here.trace_id:032x}" if here is not None and here.is_valid else ""


@contextmanager
def _around(tracer: Tracer, name: str, parent: str, attributes: dict[str, str | int | float | bool]) -> Iterator[None]:
    context = _context_of(parent)
    with tracer.start_as_current_span(
        name, context=context, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as here:
        try:
            yield
        except Exception as error:
            _fail(here, error)
            raise


def _fail(span: Span, error: BaseException) -> None:
    typed = as_typed(error)
    span.set_status(Status(StatusCode.ERROR, typed.code if typed else type(error).__name__))


def _traceparent(here: SpanContext) -> str:
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}" if here.is_valid else ""


def _context_of(traceparent: str) -> Context | None:
    """None if it is not valid."""
    context = _W3C.extract({HEADER: traceparent}, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None
