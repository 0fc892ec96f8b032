"""What text may hold, on the cases that web/wire/text.test.ts runs as well (spec 3.6)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servicekit.text import Fault, cut, fault_of_line, fault_of_text, is_blank, one_line

CASES = Path(__file__).parents[2] / "cases" / "text"
TEXTS: list[dict[str, Any]] = json.loads((CASES / "texts.json").read_text())
CUTS: list[dict[str, Any]] = json.loads((CASES / "cuts.json").read_text())


def code(judge: Callable[[str, int], Fault | None], text: str, most: int = 100) -> str:
    fault = judge(text, most)
    return fault.code if fault else ""


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["name"])
def test_a_text_is_judged_as_the_pages_judge_it(case: dict[str, Any]) -> None:  # spec 3.6
    text, blank = case["text"], case.get("blank", False)
    fault = "empty" if blank else case.get("fault", "")
    repaired = case.get("repaired", text)

    assert is_blank(text) == blank
    assert len(text) == case.get("length", len(text))
    assert code(fault_of_text, text) == fault
    assert code(fault_of_line, text) == (fault or case.get("line_fault", ""))
    # A service sees no half characters: what reaches it was decoded from UTF-8.
    if fault != "half_character":
        assert one_line(text) == ("" if blank else case.get("line", repaired))
    # What a page sends is taken.
    assert code(fault_of_text, repaired) in ("", "empty")
    assert code(fault_of_text, case.get("tidied", repaired)) in ("", "empty")


@pytest.mark.parametrize("case", CUTS, ids=lambda case: case["name"])
def test_a_text_is_cut_between_what_a_person_sees_as_characters(case: dict[str, Any]) -> None:  # spec 2.6
    marks = {"mark": case["mark"]} if "mark" in case else {}
    assert cut(case["text"], case["most"], **marks) == case["cut"]
    assert len(case["cut"]) <= case["most"]


def test_a_text_that_is_too_long_says_how_long_it_is() -> None:  # spec 3.6
    assert fault_of_text("😀" * 600, 600) is None
    assert fault_of_text("😀" * 600, 500) == Fault("too_long", "At most 500 characters, this has 600.")
