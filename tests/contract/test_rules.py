"""docs/rules.md holds every rule that code and tests name, and each rule that is built has a test that names it."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("bench", "deploy", "docs", "protos", "services", "servicekit", "stack", "tests", "web")
SUFFIXES = {".css", ".md", ".proto", ".py", ".ts", ".tsx", ".yaml"}
NOT_OURS = {"node_modules", "dist", "gen"}
# "spec 3.3, 4.5 to 4.7 and 5.1", "spec 5.9 5.11", "spec 6" for a whole section, "design 5"
NAMED = re.compile(r"\b([Ss]pec|design) (\d+(?:\.\d+)?(?:(?:, | and | to | )\d+\.\d+)*)\b")

# "(9.4)" in a sentence, not `sleep(0.2)` in code.
BARE = re.compile(r"(?<!\S)\((?:see )?(\d+\.\d+)(?:(?:, | and | to | )\d+\.\d+)*\)")


def rules() -> dict[str, str]:
    """Returns the text of each rule by its name. A section of rules counts as one: `spec 6`."""
    wanted, _, invariants = (ROOT / "docs" / "rules.md").read_text().partition("\n## Invariants")
    found = {f"spec {number}": text for number, text in re.findall(r"^- \*\*([\d.]+)\*\* (.*)$", wanted, re.MULTILINE)}
    found |= {f"spec {number}": "a section" for number in re.findall(r"^## (\d+) ", wanted, re.MULTILINE)}
    return found | {f"design {number}": text for number, text in re.findall(r"^- \*\*(\d+)\*\* (.*)$", invariants, re.MULTILINE)}


def named(text: str) -> Iterator[str]:
    for kind, numbers in NAMED.findall(text):
        yield from (f"{kind.lower()} {number}" for number in re.findall(r"\d+(?:\.\d+)?", numbers))


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in SUFFIXES and not NOT_OURS & set(path.parts) and path != Path(__file__):
                yield path


def is_test(path: Path) -> bool:
    return path.is_relative_to(ROOT / "tests") or ".test." in path.name


def test_every_number_of_a_mark_is_found() -> None:
    text = "# spec 3.3, 4.5 to 4.7 and 5.1\n(Spec 6). design 5, aspect 3.1, spec 9.9 9.8"
    assert list(named(text)) == [f"spec {number}" for number in ("3.3", "4.5", "4.7", "5.1", "6")] + ["design 5", "spec 9.9", "spec 9.8"]


def test_every_rule_that_is_named_exists() -> None:
    held = rules()
    assert len(held) > 100
    missing = [(path.relative_to(ROOT).as_posix(), name) for path in sources() for name in named(path.read_text()) if name not in held]
    assert missing == []


def test_every_number_of_a_rule_has_the_word_spec() -> None:
    assert BARE.findall("A note (9.4), one (see 4.5 to 4.7), one (spec 9.4), sleep(0.5)") == ["9.4", "4.5"]
    held = rules()
    bare = [(path.relative_to(ROOT).as_posix(), n) for path in sources() if path.name != "rules.md" for n in BARE.findall(path.read_text())]
    bare = [(path, n) for path, n in bare if f"spec {n}" in held]
    assert bare == []


def test_every_rule_that_is_built_is_named_by_a_test() -> None:
    tested = {name for path in sources() if is_test(path) for name in named(path.read_text())}
    built = {name for name, text in rules().items() if "." in name and not text.startswith("Planned")}
    assert len(built) > 80
    assert sorted(built - tested) == []
