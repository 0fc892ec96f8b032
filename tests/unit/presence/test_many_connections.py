"""A gateway with thousands of sockets reports them in parts, each of which is saved whether or not its answer arrives."""

import pytest

from parley.presence.v1 import presence_pb2 as pb
from services.gateway.domain import reports
from services.gateway.domain.reports import Connection, Connections
from services.gateway.handlers.connection_reports import fact_of
from services.presence.contract import report_from
from tests.unit.presence.world import ONLINE, World

PARTS, IN_REPORT = 4, 20


@pytest.mark.parametrize("lost", [{1}, {2}, {1, 2, 3, 4, 5, 6, 7}])
async def test_a_full_report_in_parts_arrives_although_answers_are_lost(
    world: World, lost: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 1.2, 1.11, 10.9
    """`lost`: the numbers of the reports whose answer does not arrive."""
    monkeypatch.setattr(reports, "MAX_IN_REPORT", IN_REPORT)
    connections, ids = Connections(), [f"p{number}" for number in range(PARTS * IN_REPORT)]
    for id in ids:
        connections.opened(Connection(f"c-{id}", id, "harbour", True, world.clock.now()))
    saved, sent = world.people.saves, 0

    while connections.changed:
        report = connections.next_report()
        assert len(report.connections) <= IN_REPORT
        facts = [fact_of(connection) for connection in report.connections]
        request = pb.ReportConnectionsRequest(replica="g1", incarnation="a", number=report.number, changed=facts, full=report.full)
        answer = await world.handlers.report(report_from(request))
        sent += 1
        if sent in lost:
            connections.failed()
        else:
            connections.acknowledged(answer.want_full)
        # A call takes at most five seconds before the gateway repeats it.
        await world.passes(5)

    assert sent == PARTS + len(lost)
    assert world.people.saves - saved <= sent
    people = await world.handlers.everyone_present("harbour")
    assert {person.id for person in people} == set(ids)
    assert all(world.published(id) == [ONLINE] for id in (ids[0], ids[-1]))
