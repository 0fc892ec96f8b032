"""Reports to presence are sent until presence has all connections."""

import asyncio

import pytest

from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from services.gateway.domain.reports import MAX_IN_REPORT
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.ports import SignedIn
from tests.fakes.clock import TurnedClock
from tests.unit.gateway.facts import MIA
from tests.unit.gateway.fakes import FakeService, FakeSocket, until


def socket() -> FakeSocket:
    made = FakeSocket("secret")
    made.identify(SignedIn(MIA, directory.SignIn()))
    return made


async def test_more_connections_than_one_report_holds_are_reported_at_once_and_at_the_stop() -> None:  # spec 1.2, 10.9
    service = FakeService(ReportConnections=presence.ReportConnectionsResponse())
    reports = ConnectionReports(service, SystemClock(), "gateway-1", "a")
    sockets = [socket() for _ in range(MAX_IN_REPORT + 1)]

    def reported() -> list[int]:
        return [len(request.changed) for _, request, _ in service.asked if request.changed]

    running = asyncio.create_task(reports.run())
    for one in sockets:
        reports.opened(one)
    await until(lambda: len(reported()) == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for one in sockets:
        reports.closed(one)
    await reports.stop()

    assert reported()[:2] == [MAX_IN_REPORT, 1]
    assert max(reported()) == MAX_IN_REPORT
    newest = {fact.connection_id: fact.closed for _, request, _ in service.asked for fact in request.changed}
    assert newest == {one.id: True for one in sockets}


async def test_a_report_has_the_waiting_time_of_its_oldest_change() -> None:  # spec 1.6, 1.12
    service, clock = FakeService(ReportConnections=presence.ReportConnectionsResponse()), TurnedClock()
    reports = ConnectionReports(service, clock, "gateway-1", "a")
    first, second = socket(), socket()
    reports.opened(first)
    clock.set_forward(1)
    service.down = Unavailable("presence is replaced")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await reports.report()
        clock.set_forward(2)
    reports.opened(second)
    clock.set_forward(3)
    service.down = None
    await reports.report()
    reports.active(first)
    clock.set_forward(1)
    await reports.report()
    await reports.report()

    waited = [request.waiting_ms for _, request, _ in service.asked]
    assert waited == [1000, 3000, 8000, 1000, 0]


async def test_the_last_report_is_repeated_until_presence_has_it() -> None:  # spec 1.2, 12.1
    service = FakeService(ReportConnections=presence.ReportConnectionsResponse())
    reports = ConnectionReports(service, SystemClock(), "gateway-1", "a")
    held = socket()
    reports.opened(held)
    await reports.report()
    reports.closed(held, handed_over=True)
    service.down = Unavailable("presence is replaced")

    stopping = asyncio.create_task(reports.stop())
    await until(lambda: len(service.asked) > 2)
    service.down = None
    await stopping

    last = service.asked[-1][1]
    assert [(fact.connection_id, fact.closed, fact.handed_over) for fact in last.changed] == [(held.id, True, True)]
    assert [request.last for _, request, _ in service.asked] == [False, *[True] * (len(service.asked) - 1)]


async def test_a_gateway_stops_although_presence_does_not_answer() -> None:  # spec 12.1
    service = FakeService()
    reports = ConnectionReports(service, SystemClock(), "gateway-1", "a")
    reports.opened(socket())
    service.hangs.set()

    async with asyncio.timeout(60):
        await reports.stop()

    assert len(service.asked) == 1
