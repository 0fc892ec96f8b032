"""One click is one trace: W3C trace context through frames, calls, log entries and record headers. Off, and nearly free, without an
endpoint.

What an error says stays out of spans, as out of logs: it may hold what people wrote. Its code is enough to find it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, Status, StatusCode, TraceFlags, Tracer

from servicekit.errors import as_typed

HEADER = "traceparent"
_tracer: Tracer | None = None
_OFF: AbstractContextManager[None] = nullcontext()


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


def span(name: str, parent: str = "", **attributes: str | int | float | bool) -> AbstractContextManager[None]:
    """A span around the block; `parent` is a traceparent from elsewhere, else the current span is the parent."""
    return _OFF if _tracer is None else _around(_tracer, name, parent, attributes)


class Begun(Protocol):
    """A span that outlives the block in which it began. It is nobody's current one."""

    @property
    def traceparent(self) -> str:
        """For whatever follows; "" when tracing is off."""
        ...

    def end(self, error: BaseException | None = None) -> None:
        """One that is never ended is never told of."""
        ...


def begin(name: str, parent: str) -> Begun:
    """For what is too frequent, or too scattered, for a block of its own. Begins nothing without a parent."""
    above = _context_of(parent) if _tracer is not None else None
    return _Begun(_tracer.start_span(name, context=above)) if _tracer is not None and above is not None else _NOTHING


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


class _Begun:
    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        return _traceparent(self._span.get_span_context())

    def end(self, error: BaseException | None = None) -> None:
        if error is not None:
            _fail(self._span, error)
        self._span.end()


class _Nothing:
    traceparent = ""

    def end(self, error: BaseException | None = None) -> None:
        """There is none."""


_NOTHING = _Nothing()


def _traceparent(here: SpanContext) -> str:
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}" if here.is_valid else ""


def _context_of(traceparent: str) -> Context | None:
    parts = traceparent.split("-")
    if len(parts) != 4 or [len(part) for part in parts] != [2, 32, 16, 2]:
        return None
    try:
        trace_id, span_id, flags = (int(part, 16) for part in parts[1:])
    except ValueError:
        return None
    above = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return trace.set_span_in_context(NonRecordingSpan(above)) if above.is_valid else None
