"""Reports to presence: numbered, complete on request, and never older than the previous one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.reports import MAX_IN_REPORT, Connection, Connections, PageState

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
    second = connections.next_report()
    assert second.full and [c.id for c in second.connections] == ["a"]


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


def test_a_page_state_is_reported_once_and_again_in_a_full_report() -> None:  # spec 1.11, 5.4
    connections, visible = Connections(), PageState(True, True, False, "NOTIFICATION_PERMISSION_GRANTED", True, ("s1",), "b1")
    connections.opened(connection("a"))
    connections.next_report()
    connections.acknowledged(want_full=False)

    assert connections.page("a", visible)
    connections.active("a", AT)
    assert [c.page for c in connections.next_report().connections] == [visible]
    connections.acknowledged(want_full=True)

    assert not connections.page("a", replace(visible))
    assert not connections.page("gone", visible)
    assert [c.page for c in connections.next_report().connections] == [visible]


def test_many_connections_are_reported_in_parts() -> None:  # spec 10.9
    connections, ids = Connections(), [f"c{number}" for number in range(2 * MAX_IN_REPORT + 1)]
    for id in ids:
        connections.opened(connection(id))

    reports = []
    while connections.changed:
        reports.append(connections.next_report())
        connections.acknowledged(want_full=False)

    assert [(report.number, report.full, len(report.connections)) for report in reports] == [
        (1, True, MAX_IN_REPORT),
        (2, False, MAX_IN_REPORT),
        (3, False, 1),
    ]
    assert [c.id for report in reports for c in report.connections] == ids


def test_a_full_report_that_failed_is_repeated_from_its_beginning() -> None:  # spec 1.11
    connections = Connections()
    for number in range(MAX_IN_REPORT + 1):
        connections.opened(connection(f"c{number}"))
    first = connections.next_report()
    connections.failed()

    second = connections.next_report()
    connections.acknowledged(want_full=False)

    assert (second.full, {c.id for c in second.connections}) == (True, {c.id for c in first.connections})
    assert [c.id for c in connections.next_report().connections] == [f"c{MAX_IN_REPORT}"]


STEPS = st.lists(st.sampled_from(["open a", "open b", "active a", "page a", "close a", "close b", "report lost", "report"]), max_size=16)


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
        elif word == "page":
            connections.page(id, PageState(False, False, False, "", False, (str(number),), "b"))
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
