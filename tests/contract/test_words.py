"""No name uses a word that GLOSSARY.md replaced. The terms are publish, consume, receive, send, cache and socket."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
RETIRED = re.compile("hears?|heard|hearing|says?|said|unsaid|tells?|told|lain|news|stay|sight(ed)?|happening|grew|jumped|whoever|weather")
# Retired as names of classes; other names may use them, because texts have lines.
RETIRED_CLASSES = frozenset({"Line", "Lines", "Place"})
# Names of the protos, and names with another meaning of the word.
ALLOWED = frozenset({"TimelineGrew", "timeline_grew", "engineers_who_must_stay", "_must_stay_itself", "_stay_connected"})
CALLS = frozenset({"counter", "gauge", "histogram", "debug", "info", "warning", "error", "exception"})


def names(path: Path) -> Iterator[str]:
    """Yields identifiers, the file's own name, and the names of metrics and log events."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.Call(func=ast.Attribute(attr=call), args=[ast.Constant(value=str(name)), *_]) if call in CALLS:
                yield name


def retired(name: str) -> bool:
    if name in ALLOWED:
        return False
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return name in RETIRED_CLASSES or any(map(RETIRED.fullmatch, words))


def test_no_name_in_the_code_is_a_retired_word() -> None:
    files = [path for folder in ("services", "servicekit", "stack") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 100
    found = {f"{path.relative_to(ROOT)}: {name}" for path in files for name in names(path) if retired(name)}
    assert sorted(found) == []


def test_a_retired_word_is_found_in_every_kind_of_name() -> None:
    assert all(retired(name) for name in ("Line", "heard_at", "_unsaid", "SessionNews", "kafka_heard_total", "tellAll"))
    assert not any(retired(name) for name in ("line", "timeline", "storyteller", "assay", "socket"))
