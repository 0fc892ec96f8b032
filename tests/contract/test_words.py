"""No name uses a word that GLOSSARY.md replaced: in Python, TypeScript and the protos, in style sheets, metrics and log events."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "servicekit", "stack", "protos", "web", "bench", "tests")


class Retired(NamedTuple):
    words: str  # a regular expression for one part of a name, in lower case
    instead: str
    where: str = ""  # the beginning of the paths where it is retired; "" = everywhere
    but: str = "-"  # the beginning of the paths where the word has another meaning
    sentences: bool = True  # whether the names of tests, which are sentences, avoid it too


NOTIFICATIONS = (
    "services/notify/|tests/unit/notify/|tests/adapters/notify/|protos/parley/notify/|web/worker/|web/wire/(notif|shown|browser_owner)"
    "|services/gateway/(handlers/delivery_reports|inbound/client_frames)|tests/unit/gateway/test_delivery_reports"
)
RETIRED = (
    Retired("hears?|heard|hearing", "consume, receive"),
    Retired("says?|said|unsaid|tells?|told|news", "publish, send"),
    Retired("lain|sight(ed)?|happening|grew|jumped|whoever|weather", "the thing's own name"),
    Retired("again", "retry, repeated, reload", sentences=False),
    Retired("known", "cached, held, stored", sentences=False),
    Retired("growth|grows?|grown", "added, bump", sentences=False),
    Retired("fates?", "result"),
    Retired("overslept|jumps?", "late, gap"),
    # The place of a notification is where it appears (GLOSSARY.md).
    Retired("places?", "context, location; board and company", but=NOTIFICATIONS, sentences=False),
    # A call is an RPC, and notify has no RPCs here: an engineer has an alert.
    Retired("calls?|called", "alert", where="services/notify/(domain|handlers)/"),
    Retired("words?", "text, texts, label, fields", where="web/"),
    Retired("learn(s|ed|t)?", "apply, put", where="web/"),
    Retired("asking", "dialog", where="web/"),
    Retired("life", "transitions, next_statuses", where="services/"),
    Retired("readers", "sockets, handlers", where="services/gateway/"),
)
ANY = re.compile("|".join(retired.words for retired in RETIRED), re.IGNORECASE)
# Retired as names of classes; other names may use them, because texts have lines and people stay.
RETIRED_CLASSES = frozenset({"Line", "Lines", "Place", "Stay"})

ALLOWED = {
    "TimelineGrew": "the gateway receives it from tickets: its name is in stored records and in the header `kind`",
    "PlaceChanged": "the name of an event in stored logs",
    "TicketAskedAgain": "the name of an event in stored logs",
    "ListPlaces": "an RPC of other teams; its name is its address",
    "ListPlacesRequest": "of ListPlaces",
    "ListPlacesResponse": "of ListPlaces",
    "CardGrown": "an entry of the field `grown`",
    "grown": "a field of the frame `digest`; pages get it as JSON, so its name is on the wire",
    "heard": "e2e: sounds that a person hears",
    "expect_heard": "e2e: sounds that a person hears",
    "try_again": "e2e: the button of this name",
    "try_chat_again": "e2e: the button of this name",
    "word": "web: one word of the typed text, in the search of the palette",
}
# Stored names are strings, which this test does not read: the collection `calls` of notify (the alerts of a session), `said` in presence's
# people (the announced presence) and `unsaid` in tickets' log (not yet published). Stored documents have them.

# Allowed only in files whose path begins so.
ALLOWED_IN = {
    "grown": "protos/parley/gateway/v1/|services/gateway/outbound/server_frames|services/gateway/handlers/|web/wire/|stack/page|tests/",
}

# The first argument of these calls names a metric or a log event.
REPORTS = re.compile(r"\.(?:counter|gauge|histogram|debug|info|warning|error|exception)\(\s*\"(\w+)\"")
PYTHON_TEXT = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*')
STRINGS = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(?<=[(,=:!]) ?/(?:\\.|[^/\\\n*])(?:\\.|[^/\\\n])*/[a-z]*')
COMMENTS = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
TEMPLATES = re.compile(r"`[^`]*`")
IDENTIFIERS = re.compile(r"[A-Za-z_]\w*")


def names_of_python(text: str) -> list[str]:
    """Returns the identifiers, and the names of metrics and log events."""
    return IDENTIFIERS.findall(PYTHON_TEXT.sub("", text)) + REPORTS.findall(text)


def names_of_typescript(text: str) -> list[str]:
    """Returns the identifiers, those in template strings too."""
    code = COMMENTS.sub("", STRINGS.sub('""', text))
    return IDENTIFIERS.findall(TEMPLATES.sub(lambda template: " ".join(re.findall(r"\$\{([^}]*)", template[0])), code))


def names_of_proto(text: str) -> list[str]:
    return IDENTIFIERS.findall(COMMENTS.sub("", text))


def names_of_css(text: str) -> list[str]:
    """Returns the classes and custom properties."""
    return re.findall(r"(?:\.|--)([a-z][\w-]*)", COMMENTS.sub("", text))


def sources(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (Path(parent, name) for name in files if Path(name).suffix in NAMES)


NOT_OURS = frozenset({"node_modules", "dist", "gen", "__pycache__"})
NAMES = {".py": names_of_python, ".ts": names_of_typescript, ".tsx": names_of_typescript, ".proto": names_of_proto, ".css": names_of_css}


def replacement(path: str, name: str) -> str | None:
    """Returns what to use instead of the name, None if it may stay. A proto's name may also be written in another case."""
    if name in RETIRED_CLASSES:
        return "the thing's own name"
    if not ANY.search(name) or (_bare(name) in BARE and re.match(ALLOWED_IN.get(name, ""), path)):
        return None
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    for retired in RETIRED:
        here = re.match(retired.where, path) and not re.match(retired.but, path) and (retired.sentences or not name.startswith("test_"))
        if here and any(re.fullmatch(retired.words, word) for word in words):
            return retired.instead
    return None


def _bare(name: str) -> str:
    return name.replace("_", "").lower().removesuffix("json")


BARE = frozenset(map(_bare, ALLOWED))


# Also refused in docstrings, comments, texts and documents; a comment may break its line within one.
NOT_PLAIN = re.compile(r"\bwhoever\b|\bfor\s+(?:(?:#|//|\*) *)?ever\b", re.IGNORECASE)


def test_no_sentence_uses_a_word_that_is_not_plain() -> None:
    assert NOT_PLAIN.search("# Waits for\n    # ever.") and NOT_PLAIN.search("Whoever") and not NOT_PLAIN.search("for everything")
    paths = [path for folder in FOLDERS for path in sources(ROOT / folder) if path != Path(__file__)]
    paths += [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.py"), *ROOT.glob("deploy/**/*.yaml")]
    assert [(path.relative_to(ROOT).as_posix(), found[0]) for path in paths if (found := NOT_PLAIN.search(path.read_text()))] == []


def test_no_name_is_a_retired_word() -> None:
    paths = [path for folder in FOLDERS for path in sources(ROOT / folder) if path != Path(__file__)]
    assert len(paths) > 700
    found = set()
    for path in paths:
        where = path.relative_to(ROOT).as_posix()
        names = {path.stem, *NAMES[path.suffix](path.read_text())}
        found |= {f"{where}: {name} ({instead})" for name in names if (instead := replacement(where, name))}
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("services/chat/a.py", "class SessionNews: _unsaid = kafka_heard_total", {"SessionNews", "_unsaid", "kafka_heard_total"}),
        ("services/chat/a.py", 'class Line: place = log.warning("told_late")', {"Line", "place", "told_late"}),
        ("services/chat/a.py", "line = timeline = storyteller(assay.socket)", set()),
        ("services/chat/a.py", "def grown(): TimelineGrew", {"grown"}),
        ("web/wire/a.ts", "frame.grown", set()),
        ("services/notify/domain/a.py", "place = call()", {"call"}),
        ("tests/unit/a.py", "def test_it_is_published_again(): again()", {"again"}),
        ("web/wire/a.ts", "const words = `again ${toldAll} ` + 'again' + x(/again/); // again", {"words", "toldAll"}),
        ("protos/a.proto", "message Grew { string place = 1; PlaceChanged place_changed = 2; } // again", {"Grew", "place"}),
        ("web/ui/a.css", ".banner__words { color: var(--said); } /* .again */", {"banner__words", "said"}),
    ],
)
def test_a_retired_word_is_found_in_every_kind_of_name(path: str, text: str, found: set[str]) -> None:
    assert {name for name in NAMES[Path(path).suffix](text) if replacement(path, name)} == found
