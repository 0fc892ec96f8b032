"""The rules of text, with the cases that web/wire/text.test.ts runs as well (spec 3.6)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servicekit.text import Fault, cut, fault_of_line, fault_of_text, is_blank, one_line, words_of

CASES = Path(__file__).parents[2] / "cases" / "text"
TEXTS: list[dict[str, Any]] = json.loads((CASES / "texts.json").read_text())
CUTS: list[dict[str, Any]] = json.loads((CASES / "cuts.json").read_text())


def code(judge: Callable[[str, int], Fault | None], text: str, most: int = 100) -> str:
    fault = judge(text, most)
    return fault.code if fault else ""


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["name"])
def test_a_text_is_checked_as_the_pages_check_it(case: dict[str, Any]) -> None:  # spec 3.6
    text, blank = case["text"], case.get("blank", False)
    fault = "empty" if blank else case.get("fault", "")
    repaired = case.get("repaired", text)

    assert is_blank(text) == blank
    assert len(text) == case.get("length", len(text))
    assert code(fault_of_text, text) == fault
    assert code(fault_of_line, text) == (fault or case.get("line_fault", ""))
    # A service never gets half a surrogate pair, because its input was decoded from UTF-8.
    if fault != "half_character":
        assert one_line(text) == ("" if blank else case.get("line", repaired))
    # A repaired text, as a page sends it, is accepted.
    assert code(fault_of_text, repaired) in ("", "empty")
    assert code(fault_of_text, case.get("tidied", repaired)) in ("", "empty")


@pytest.mark.parametrize("case", CUTS, ids=lambda case: case["name"])
def test_a_text_is_cut_between_grapheme_clusters(case: dict[str, Any]) -> None:  # spec 2.6
    marks = {"mark": case["mark"]} if "mark" in case else {}
    assert cut(case["text"], case["most"], **marks) == case["cut"]
    assert len(case["cut"]) <= case["most"]


def test_the_error_of_a_text_that_is_too_long_has_its_length() -> None:  # spec 3.6
    assert fault_of_text("😀" * 600, 600) is None
    assert fault_of_text("😀" * 600, 500) == Fault("too_long", "At most 500 characters, this has 600.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Café's printer-7 (#12)", ["the", "cafe", "s", "printer", "7", "12"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("हिन्दी मदद", ["हिनदी", "मदद"]),
        ("打印机坏了", ["打", "印", "机", "坏", "了"]),
        ("プリンタ ok", ["フ", "リ", "ン", "タ", "ok"]),
        ("한국어 도움", ["한국어", "도움"]),
        ("x" * 41, ["x" * 40]),
        ("का" + "ा" * 4000 + " मदद", ["क" + "ा" * 30, "मदद"]),
        (" ?! 🔥", []),
    ],
)
def test_the_words_of_a_text_are_folded(text: str, words: list[str]) -> None:  # spec 8.1
    assert words_of(text) == words
