"""Refusals are in the log, each with who and where, and a flood of them does not fill it."""

from dataclasses import replace

from structlog.testing import capture_logs

from servicekit.identity import Caller
from servicekit.refusal_log import MOST, MOST_OF_CALLER, WITHIN, RefusalLog

MIA = Caller("customer", "mia", "Mia", "harbour", company_id="acme")


def test_an_entry_has_the_kind_the_caller_and_no_name() -> None:  # spec 12.2
    with capture_logs() as logs:
        RefusalLog().add("call_refused", "permission_denied", MIA, method="/echo.v1.Echo/Unary")
    assert logs == [
        {
            "event": "call_refused",
            "log_level": "info",
            "kind": "permission_denied",
            "method": "/echo.v1.Echo/Unary",
            "caller": "mia",
            "caller_kind": "customer",
            "desk": "harbour",
        }
    ]


def test_a_flood_of_one_kind_is_counted_and_does_not_hide_another() -> None:  # spec 12.2
    seconds = [0.0]
    refusals = RefusalLog(lambda: seconds[0])
    with capture_logs() as logs:
        for _ in range(MOST + 7):
            refusals.add("connection_refused", "malformed")
        refusals.add("connection_refused", "head_size")
    assert [entry["kind"] for entry in logs] == ["malformed"] * MOST + ["head_size"]

    seconds[0] += WITHIN
    with capture_logs() as logs:
        refusals.add("connection_refused", "malformed")
        refusals.add("connection_refused", "malformed")
    assert [(entry["event"], entry.get("left_out")) for entry in logs] == [
        ("refusals_left_out", 7),
        ("connection_refused", None),
        ("connection_refused", None),
    ]


def test_one_caller_does_not_hide_the_others() -> None:  # spec 12.2
    seconds = [0.0]
    refusals = RefusalLog(lambda: seconds[0])
    for _ in range(MOST + 1):
        refusals.add("call_refused", "not_found", MIA)
    with capture_logs() as logs:
        refusals.add("call_refused", "not_found", replace(MIA, id="zoe"))
        refusals.add("call_refused", "not_found", replace(MIA, desk_id="elsewhere"))
        refusals.add("call_refused", "not_found", MIA)
        seconds[0] += WITHIN
        refusals.add("call_refused", "not_found", MIA)
    assert [(entry["event"], entry.get("caller"), entry.get("desk"), entry.get("left_out")) for entry in logs] == [
        ("call_refused", "zoe", "harbour", None),
        ("call_refused", "mia", "elsewhere", None),
        ("refusals_left_out", None, None, MOST + 1 - MOST_OF_CALLER + 1),
        ("call_refused", "mia", "harbour", None),
    ]


def test_the_number_of_a_flood_that_stops_is_written() -> None:  # spec 12.2
    seconds = [0.0]
    refusals = RefusalLog(lambda: seconds[0])
    for _ in range(MOST + 5):
        refusals.add("connection_refused", "malformed")
    seconds[0] += WITHIN
    with capture_logs() as logs:
        refusals.add("call_refused", "not_found")
        for _ in range(MOST + 1):
            refusals.add("call_refused", "not_found")
        refusals.flush()
        refusals.flush()
    left_out = [(entry["of"], entry["kind"], entry["left_out"]) for entry in logs if entry["event"] == "refusals_left_out"]
    assert left_out == [("connection_refused", "malformed", 5), ("call_refused", "not_found", 2)]
