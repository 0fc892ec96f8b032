"""Refusals are in the log, each with who and where, and a flood of them does not fill it."""

from structlog.testing import capture_logs

from servicekit.identity import Caller
from servicekit.refusal_log import MOST, WITHIN, RefusalLog

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
    assert [entry.get("left_out") for entry in logs] == [7, None]
