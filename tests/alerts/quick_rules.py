"""The chart's alert rules, made to fire within a test: every duration is divided by QUICKER, and nothing else is changed.

A window of 5 m becomes one of 10 s, `for: 10m` becomes 20 s. Thresholds stay, so a fault must do in the shorter window as much as the rule
asks of the whole one.
"""

import re
from typing import Any

from tests.deploy.rendered import objects

QUICKER = 30
MILLISECONDS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
# A range, such as [5m], or an offset. Names of rules have durations too (ratio_rate5m), and keep them.
IN_QUERIES = re.compile(r"(?<=\[)(\d+)([smhd])(?=\])|(?<=offset )(\d+)([smhd])\b")


def rules() -> dict[str, Any]:
    """The body of a file of rules for Prometheus, as the chart renders it."""
    rendered = [each for each in objects("everything") if each["kind"] == "PrometheusRule"]
    return {"groups": [_group(group) for each in rendered for group in each["spec"]["groups"]]}


def alerts() -> set[str]:
    return {rule["alert"] for group in rules()["groups"] for rule in group["rules"] if "alert" in rule}


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {"name": group["name"], "rules": [_rule(rule) for rule in group["rules"]]}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    quick = {**rule, "expr": IN_QUERIES.sub(lambda found: _quick(*[part for part in found.groups() if part]), rule["expr"])}
    return {**quick, "for": _quick(rule["for"][:-1], rule["for"][-1])} if "for" in rule else quick


def _quick(number: str, unit: str) -> str:
    return f"{int(number) * MILLISECONDS[unit] // QUICKER}ms"
