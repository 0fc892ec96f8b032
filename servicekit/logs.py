"""Structured logs on standard output, with ids and counts, never with what people wrote."""

import logging
import sys
from typing import Any

import structlog

from servicekit.tracing import current_trace_id

log: Any = structlog.get_logger()


def configure(level: str, format: str, **always: str) -> None:
    """`level` is debug, info, warning or error; `format` json or text. Every line has the fields `always`, and `trace_id` within a span."""
    number = logging.getLevelNamesMapping()[level.upper()]
    last: Any = structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())

    def add_always(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        traced = {"trace_id": trace_id} if (trace_id := current_trace_id()) else {}
        return {**always, **traced, **event}

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        add_always,
    ]
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard module: only warnings, in the same format.
    handler = logging.StreamHandler(sys.stdout)
    remove_meta: Any = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove_meta, last]))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
