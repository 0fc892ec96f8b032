"""One click is one trace through every service that it involves (spec 12.2): all five run in this process, on real engines."""

import importlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from servicekit import tracing
from servicekit.settings import load
from stack.keys import account_of, key_of
from stack.replicas import SERVICES
from stack.services import LAUNCHER, Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

SETTINGS = {service: f"{service.title()}Settings" for service in SERVICES}


class Trace:
    """The ended spans of one trace."""

    def __init__(self, exporter: InMemorySpanExporter, trace_id: int) -> None:
        self._exporter, self._id = exporter, trace_id

    @property
    def spans(self) -> list[ReadableSpan]:
        return [span for span in self._exporter.get_finished_spans() if span.context is not None and span.context.trace_id == self._id]

    def paths(self) -> set[str]:
        """For each span the names of the spans from the root to it."""
        by_id = {span.context.span_id: span for span in self.spans if span.context is not None}

        def path_of(span: ReadableSpan) -> str:
            parent = by_id.get(span.parent.span_id) if span.parent else None
            return f"{path_of(parent)} > {span.name}" if parent else span.name

        return {path_of(span) for span in by_id.values()}


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    return exporter


@pytest.fixture
async def desk(tmp_path: Path, engine_settings: dict[str, str], mongo_prefix: str, unique: str) -> AsyncIterator[TestDesk]:
    env = {**engine_settings, "PARLEY_MONGO_PREFIX": mongo_prefix, "PARLEY_TICKETS_TRIAL": "true"}
    stack = Stack(tmp_path, kafka=None, store=None, env=env)
    account_of(stack.keys, LAUNCHER, ["directory:write"])
    for service in SERVICES:
        key_of(stack.keys, service)
    async with AsyncExitStack() as running:
        apps: list[Any] = []
        for name, replica in stack.replicas.items():
            config, wiring = (importlib.import_module(f"services.{replica.service}.{part}") for part in ("config", "wiring"))
            apps.append(wiring.wire(load(getattr(config, SETTINGS[replica.service]), stack.env_of(name))))
            await running.enter_async_context(apps[-1])
        await until(lambda: all(app.ready for app in apps), seconds=30)
        desk = TestDesk(stack, unique)
        await desk.make()
        yield desk
        await desk.close()


async def test_a_message_is_one_trace_from_its_frame_to_the_other_page(desk: TestDesk, exporter: InMemorySpanExporter) -> None:  # spec 12.2
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    post = ava.post(session_id, "Have you tried water?")
    await post.accepted
    await mia.until(lambda: (ava.person_id, post.text) in mia.session(session_id).messages, "the message")

    trace = Trace(exporter, int(post.frame["traceparent"].split("-")[1], 16))
    delivered = "post > decide post > deliver parley.chat.v1"
    await until(lambda: {"post", "post > decide post", delivered} <= trace.paths())
    assert [span.parent.span_id for span in trace.spans if span.name == "post" and span.parent] == [
        int(post.frame["traceparent"].split("-")[2], 16)
    ]
    entry = next(entry for entry in mia.session(session_id).entries if entry["commandId"] == post.command_id)
    assert entry["revision"] == post.accepted.result()
    # No span contains the message's text.
    assert not [span for span in exporter.get_finished_spans() if "water" in span.to_json()]


async def test_ending_a_chat_and_attaching_its_log_is_one_trace(desk: TestDesk, exporter: InMemorySpanExporter) -> None:  # spec 4.2, 12.2
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    held = ava.session(session_id)
    create = {"boardId": desk.id_of("projects"), "summary": "Printer", "priority": "normal"}
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "create": create})
    await ava.until(lambda: "ticketLinked" in held.kinds, "the ticket")

    click = "POST /tech/api/sessions/{session_id}/complete"
    trace_id = next(span.context.trace_id for span in exporter.get_finished_spans() if span.name == click and span.context)
    ended = f"{click} > /parley.chat.v1.ChatService/CompleteSession"
    attached = f"{ended} > consume parley.chat.v1 > attach chat log"
    expected = {
        ended,
        f"{ended} > deliver parley.chat.v1",
        attached,
        f"{attached} > /parley.chat.v1.ChatService/GetChatLog",
        f"{attached} > consume parley.tickets.v1",
        f"{attached} > consume parley.tickets.v1 > deliver parley.chat.v1",
    }
    paths = Trace(exporter, trace_id).paths
    await until(lambda: expected <= paths())
