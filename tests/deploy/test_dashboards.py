"""Dashboards: every query parses, and uses only metrics and recorded series that exist."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.metric_names import exported, named
from tests.deploy.rendered import CHART
from tests.deploy.test_alerts import PROMTOOL, RULES

BOARDS: dict[str, Any] = {file.stem: json.loads(file.read_text()) for file in sorted((CHART / "files" / "dashboards").glob("*.json"))}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}


def queries(board: str) -> list[str]:
    return [target["expr"] for panel in BOARDS[board]["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("board", BOARDS)
def test_a_query_uses_metrics_that_exist(board: str) -> None:  # spec 12.3
    for query in queries(board):
        assert set(named(query)) <= exported(), query
        assert set(re.findall(r"\bparley:[\w:]+", query)) <= RECORDED, query


def test_every_query_parses(tmp_path: Path) -> None:
    tests = [{"expr": query, "eval_time": "1m", "exp_samples": []} for board in BOARDS for query in queries(board)]
    (tmp_path / "test.yaml").write_text(yaml.safe_dump({"rule_files": [], "tests": [{"interval": "1m", "promql_expr_test": tests}]}))
    done = subprocess.run([PROMTOOL, "test", "rules", tmp_path / "test.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("board", BOARDS)
def test_a_panel_has_a_title_a_unit_and_a_position_of_its_own(board: str) -> None:
    panels = BOARDS[board]["panels"]
    assert all(panel["title"] and panel["fieldConfig"]["defaults"]["unit"] for panel in panels)
    positions = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(positions)) == len(positions) and len({panel["id"] for panel in panels}) == len(panels)
    assert BOARDS[board]["uid"] == f"parley-{board.replace('_', '-')}"
