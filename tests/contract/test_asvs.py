"""docs/security/asvs.md has one row for each requirement of OWASP ASVS 5.0, levels 1 and 2, and what its rows name exists."""

import re
from collections import Counter
from pathlib import Path

from tests.contract.grpc_page import table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security" / "asvs.md"
# Section -> the number of its requirements of levels 1 and 2. Those of level 3 are the last ones of each section.
COUNTS = """
    1.1:2 1.2:9 1.3:11 1.4:3 1.5:2
    2.1:3 2.2:3 2.3:4 2.4:1
    3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
    4.1:3 4.2:1 4.3:2 4.4:4
    5.1:1 5.2:3 5.3:2 5.4:3
    6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
    7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
    8.1:2 8.2:3 8.3:1 8.4:1
    9.1:3 9.2:4
    10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3
    11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1
    12.1:3 12.2:2 12.3:4
    13.1:1 13.2:5 13.3:2 13.4:5
    14.1:2 14.2:4 14.3:3
    15.1:3 15.2:3 15.3:7
    16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
    17.1:1 17.2:4 17.3:2
"""
REQUIREMENTS = {section: int(count) for section, count in re.findall(r"(\S+):(\d+)", COUNTS)}
STATES = ("met", "does not apply", "not met")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)*)(?:::(\w+))?`")
LINK = re.compile(r"\]\(([\w./-]*)(?:#([\w-]+))?\)")


def rows() -> list[tuple[str, ...]]:
    """(number, the requirement in a few words, state, where or why)"""
    return [match.groups() for match in ROW.finditer(PAGE.read_text())]


def anchors_of(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_requirement_has_one_row_in_order() -> None:
    assert sum(REQUIREMENTS.values()) == 253
    wanted = [f"{section}.{number}" for section, count in REQUIREMENTS.items() for number in range(1, count + 1)]
    assert [number for number, *_ in rows()] == wanted


def test_a_row_has_a_state_and_where_it_is_met_or_why_not() -> None:
    assert {state for _, _, state, _ in rows()} <= set(STATES)
    assert [number for number, text, _, why in rows() if len(text) < 5 or len(why) < 5] == []
    assert [number for number, _, state, where in rows() if state == "met" and not (NAMED.search(where) or LINK.search(where))] == []


def test_the_numbers_at_the_top_are_those_of_the_rows() -> None:
    counted = Counter(state for _, _, state, _ in rows())
    assert {state: int(count) for state, count in table("State", PAGE)} == counted


def test_what_a_row_names_exists() -> None:
    wrong = list[str]()
    for number, _, _, where in rows():
        for path, function in NAMED.findall(where):
            if "/" not in path:
                continue
            found = ROOT / path
            if not found.exists() or (function and f"def {function}(" not in found.read_text()):
                wrong.append(f"{number} {path} {function}")
        for path, anchor in LINK.findall(where):
            file = PAGE.parent / path if path else PAGE
            if not file.exists() or (anchor and anchor not in anchors_of(file)):
                wrong.append(f"{number} {path}#{anchor}")
    assert wrong == []
