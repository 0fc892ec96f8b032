"""Reports to presence: numbered, complete on request, and never older than the previous one."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.reports import Connection, Connections

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def connection(id: str) -> Connection:
    return Connection(id, "mia", "desk", False, AT)


def test_the_first_report_is_full_and_the_next_holds_changes_only() -> None:  # spec 1.11
    connections = Connections()
    connections.opened(connection("a"))
    first = connections.next_report()
    assert (first.number, first.full, [c.id for c in first.connections]) == (1, True, ["a"])
    connections.acknowledged(want_full=False)
    connections.opened(connection("b"))
    second = connections.next_report()
    assert (second.number, second.full, [c.id for c in second.connections]) == (2, False, ["b"])


def test_a_full_report_is_sent_on_request() -> None:  # spec 1.11
    connections = Connections()
    connections.opened(connection("a"))
    connections.next_report()
    connections.acknowledged(want_full=True)
    again = connections.next_report()
    assert again.full and [c.id for c in again.connections] == ["a"]


def test_an_empty_report_renews_the_lease() -> None:  # spec 1.11
    connections = Connections()
    connections.next_report()
    connections.acknowledged(want_full=False)
    assert connections.next_report().connections == ()


def test_activity_of_a_closed_connection_does_not_reopen_it() -> None:
    connections = Connections()
    connections.opened(connection("a"))
    connections.closed("a", AT)
    connections.active("a", AT + timedelta(seconds=1))
    assert connections.next_report().connections[0].closed_at == AT


STEPS = st.lists(st.sampled_from(["open a", "open b", "active a", "close a", "close b", "report lost", "report"]), max_size=16)


@given(STEPS)
def test_presence_has_the_open_connections_after_lost_reports(steps: list[str]) -> None:  # spec 1.2
    connections = Connections()
    truth: dict[str, bool] = {}
    reported: dict[str, bool] = {}
    for number, step in enumerate([*steps, "report"]):
        word, _, id = step.partition(" ")
        at = AT + timedelta(seconds=number)
        if word == "open" and id not in truth:
            connections.opened(connection(id))
            truth[id] = True
        elif word == "active":
            connections.active(id, at)
        elif word == "close" and truth.get(id):
            connections.closed(id, at)
            truth[id] = False
        elif word == "report":
            report = connections.next_report()
            # A lost report may have arrived: only its response is missing.
            reported.update({c.id: c.closed_at is None for c in report.connections})
            if id == "lost":
                connections.failed()
            else:
                connections.acknowledged(want_full=False)
    assert {id: is_open for id, is_open in reported.items() if is_open} == {id: is_open for id, is_open in truth.items() if is_open}
