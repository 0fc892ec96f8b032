"""Alert rules, run by promtool: each fires in its own fault and stays silent while everything works, and each has a runbook."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.metric_names import exported, named
from tests.deploy.rendered import CHART, ROOT

PROMTOOL = ROOT / ".venv" / "bin" / "promtool"
FILES = sorted((CHART / "files" / "alerts").glob("*.yaml"))
RULES = [rule for file in FILES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RUNBOOKS = ROOT / "docs" / "operate" / "alerts.md"

ACCEPTED = 'parley_gateway_post_seconds_count{service="gateway",outcome="accepted"}'
QUICK = 'parley_gateway_post_seconds_bucket{service="gateway",outcome="accepted",le="0.25"}'
FAILED = 'parley_gateway_post_seconds_count{service="gateway",outcome="unavailable"}'
REFUSED = 'parley_gateway_post_seconds_count{service="gateway",outcome="permission_denied"}'
RELAYED, RELAYED_IN_TIME = "parley_chat_relay_lag_seconds_count", 'parley_chat_relay_lag_seconds_bucket{le="0.25"}'
COMMITTED, COMMITTED_QUICKLY = 'parley_chat_commit_seconds_bucket{le="+Inf"}', 'parley_chat_commit_seconds_bucket{le="0.5"}'
SENT = 'parley_notify_notifications_total{kind="waiting",channel="page"}'
NOT_CONFIRMED = 'parley_notify_notifications_failed_total{reason="not_confirmed"}'
DELIVERED = 'parley_gateway_delivery_seconds_count{topic="parley.chat.v1"}'
DELIVERED_IN_TIME = 'parley_gateway_delivery_seconds_bucket{topic="parley.chat.v1",le="0.25"}'
ALERTED, ALERTED_IN_TIME = "parley_notify_alert_seconds_count", 'parley_notify_alert_seconds_bucket{le="1.0"}'
SHOWN, SHOWN_IN_TIME = "parley_gateway_alert_delivery_seconds_count", 'parley_gateway_alert_delivery_seconds_bucket{le="0.5"}'
READY, LAG = 'parley_chat_ready{{service="chat",pod="chat-{}"}}', 'parley_notify_kafka_lag_records{service="notify",topic="parley.chat.v1"}'
AGE = 'parley_notify_kafka_handled_age_seconds_bucket{{service="notify",topic="parley.chat.v1",le="{}"}}'
DEAD = 'parley_{}_kafka_dead_letters_total{{service="{}",topic="parley.chat.v1"}}'
SIGN_INS = 'parley_gateway_sign_ins_refused_total{{service="gateway",reason="{}"}}'
REFRESHES = 'parley_gateway_sign_in_refreshes_total{{service="gateway",outcome="{}"}}'
UP = 'up{{service="chat",pod="chat-{}"}}'

# What is healthy for 45 minutes, each minute. The long windows see the same, because a rate is that of the time with data.
# Counters that stand still and those of refusals by rules are part of it.
HEALTHY = {
    UP.format(1): "1x45",
    UP.format(2): "1x45",
    ACCEPTED: "0+1000x45",
    QUICK: "0+995x45",
    FAILED: "0+0x45",
    REFUSED: "0+500x45",
    RELAYED: "0+1000x45",
    RELAYED_IN_TIME: "0+995x45",
    COMMITTED: "0+1000x45",
    COMMITTED_QUICKLY: "0+1000x45",
    DELIVERED: "0+1000x45",
    DELIVERED_IN_TIME: "0+999x45",
    ALERTED: "0+1000x45",
    ALERTED_IN_TIME: "0+999x45",
    SHOWN: "0+1000x45",
    SHOWN_IN_TIME: "0+999x45",
    READY.format(1): "1x45",
    READY.format(2): "1x45",
    LAG: "20x45",
    AGE.format("5.0"): "0+1000x45",
    AGE.format("10.0"): "0+1000x45",
    AGE.format("+Inf"): "0+1000x45",
    "parley_chat_unpublished_entries": "0x45",
    "parley_tickets_chat_files_oldest_seconds": "300x45",
    SENT: "0+100x45",
    NOT_CONFIRMED: "0+5x45",
    DEAD.format("notify", "notify"): "0x45",
    DEAD.format("tickets", "tickets"): "0x45",
    SIGN_INS.format("unknown_person"): "0+5x45",
    REFRESHES.format("refreshed"): "0+50x45",
    REFRESHES.format("refused"): "0+5x45",
}
# alert -> the series that differ; at the end it must fire.
BROKEN: dict[str, dict[str, str]] = {
    "ParleyPostsFailFast": {FAILED: "0+20x45"},
    "ParleyPostsFailSteadily": {FAILED: "0+8x45"},
    "ParleyPostsFailSlowly": {FAILED: "0+2x45"},
    "ParleyPostsSlowFast": {QUICK: "0+700x45"},
    "ParleyPostsSlowSteadily": {QUICK: "0+920x45"},
    "ParleyPostsSlowSlowly": {QUICK: "0+980x45"},
    "ParleyEntriesLateFast": {RELAYED_IN_TIME: "0+700x45"},
    "ParleyEntriesLateSteadily": {RELAYED_IN_TIME: "0+920x45"},
    "ParleyEntriesLateSlowly": {RELAYED_IN_TIME: "0+980x45"},
    "ParleyDeliveriesLateFast": {DELIVERED_IN_TIME: "0+700x45"},
    "ParleyDeliveriesLateSteadily": {DELIVERED_IN_TIME: "0+920x45"},
    "ParleyDeliveriesLateSlowly": {DELIVERED_IN_TIME: "0+980x45"},
    "ParleyAlertsLateFast": {ALERTED_IN_TIME: "0+700x45"},
    "ParleyAlertsLateSteadily": {SHOWN_IN_TIME: "0+920x45"},
    "ParleyAlertsLateSlowly": {ALERTED_IN_TIME: "0+980x45"},
    # It was down for a minute, which is no fault.
    "ParleyNotReady": {READY.format(1): "1x10 0x1 1x34", READY.format(2): "1x35 0x10"},
    "ParleyRecordsLate": {AGE.format("5.0"): "0+900x45"},
    "ParleyLagHigh": {LAG: "20x30 1500x15"},
    "ParleyReplicaDown": {UP.format(2): "1x35 0x10"},
    "ParleyServiceGone": {UP.format(1): "1x35 0x10", UP.format(2): "1x35 0x10"},
    "ParleyDeadLetters": {DEAD.format("notify", "notify"): "0x40 1x5"},
    "ParleyChatFilesStuck": {"parley_tickets_chat_files_oldest_seconds": "0+60x45"},
    "ParleyRecordsBlocked": {'parley_tickets_kafka_retries_total{service="tickets",topic="parley.chat.v1"}': "0+10x45"},
    "ParleyKafkaRefusesRecords": {'parley_chat_kafka_publish_failures_total{service="chat"}': "0+1x45"},
    "ParleyEntriesUnpublished": {"parley_chat_unpublished_entries": "0x35 3x10"},
    "ParleyLoopCrashes": {'parley_chat_loop_crashes_total{service="chat",loop="mongo"}': "0+1x45"},
    "ParleyErrorsInCalls": {'parley_chat_grpc_server_seconds_count{service="chat",method="/m",status="internal"}': "0x42 1x3"},
    "ParleyDeadlinesFail": {"parley_chat_deadlines_failed_total": "0+2x45"},
    "ParleyStoreSlow": {COMMITTED_QUICKLY: "0+900x45", 'parley_chat_commit_seconds_bucket{le="1.0"}': "0+1000x45"},
    "ParleyPagesTooSlow": {'parley_gateway_closes_total{code="4408"}': "0+10x45"},
    "ParleyGatewayFull": {'parley_gateway_http_refusals_total{reason="connections"}': "0+1x45"},
    "ParleyNotificationsFail": {NOT_CONFIRMED: "0+40x45"},
    "ParleySignInsFail": {SIGN_INS.format("provider_down"): "0+1x45"},
    "ParleySignInRefreshesFail": {REFRESHES.format("failed"): "0+1x45"},
    "ParleyWebhooksDead": {'parley_notify_webhook_tries_total{outcome="dead"}': "0x40 1x5"},
}
# Before a method's first internal error it has no such series, so an increase does not count that error.
FIRST_ERROR = {'parley_chat_grpc_server_seconds_count{service="chat",method="/m",status="internal"}': "_x42 1x3"}
OBJECTIVES = ("PostsFail", "PostsSlow", "EntriesLate", "DeliveriesLate", "AlertsLate")
# A worse fault is also the milder one.
ALSO = {
    "ParleyServiceGone": {"ParleyReplicaDown"},
    **{f"Parley{name}Fast": {f"Parley{name}Steadily", f"Parley{name}Slowly"} for name in OBJECTIVES},
    **{f"Parley{name}Steadily": {f"Parley{name}Slowly"} for name in OBJECTIVES},
}


def case(name: str, series: dict[str, str], firing: set[str]) -> dict[str, Any]:
    """After 45 minutes the alerts of `firing` fire, and no other one does; their other labels are not compared."""
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": series, "values": values} for series, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"}) > bool 0',
                "eval_time": "45m",
                "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(firing)],
            }
        ],
    }


def test_each_alert_fires_in_its_fault_and_only_there(tmp_path: Path) -> None:  # spec 12.3
    faults = [case(alert, {**HEALTHY, **series}, {alert} | ALSO.get(alert, set())) for alert, series in BROKEN.items()]
    first = case("the first internal error of a method", {**HEALTHY, **FIRST_ERROR}, {"ParleyErrorsInCalls"})
    tests = [case("everything works", HEALTHY, set()), first, *faults]
    body = {"rule_files": [str(file) for file in FILES], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(body))
    done = subprocess.run([PROMTOOL, "test", "rules", tmp_path / "test.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_fault_a_severity_and_a_runbook() -> None:
    assert set(BROKEN) == set(ALERTS)
    headings = {line.removeprefix("## ").lower() for line in RUNBOOKS.read_text().splitlines() if line.startswith("## ")}
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        page, _, heading = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operate/alerts.md" and heading in headings, name


def test_rules_use_metrics_that_the_services_export() -> None:
    used = {name for rule in RULES for name in named(rule["expr"])}
    assert used and used <= exported()
