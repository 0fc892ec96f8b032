"""Reports to presence are sent until presence has all connections."""

import asyncio

from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from services.gateway.domain.reports import MAX_IN_REPORT
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.ports import SignedIn
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
