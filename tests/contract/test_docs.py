"""Paths, commands and names in the documents must exist."""

import re
from pathlib import Path

import pytest

from parley.gateway.v1 import gateway_pb2 as gateway
from services.gateway.inbound.responses import STATUS
from stack import replicas, settings_doc

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "GLOSSARY.md")] + sorted((ROOT / "docs").rglob("*.md"))
PATHS = re.compile(r"`((?:services|servicekit|stack|web|tests|docs|protos|bench)/[\w./-]+)`")
LINKS = re.compile(r"\]\(([\w./-]+)\)")
TARGETS = re.compile(r"`make ([a-z][a-z-]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_and_commands_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text()
    missing = [path for path in PATHS.findall(text) if not (ROOT / path).exists()]
    missing += [link for link in LINKS.findall(text) if not (document.parent / link).exists()]
    makefile = (ROOT / "Makefile").read_text()
    missing += [f"make {target}" for target in TARGETS.findall(text) if not re.search(rf"^{target}:", makefile, re.M)]
    assert missing == []


MARK = re.compile(r"\((?:not run by a test|run by make (test-\w+))\)")
# A command goes on after a line that ends with a backslash or a pipe.
COMMAND = re.compile(r"(?:.*[\\|]\n)*.+")


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "operate").glob("*.md")), ids=lambda path: path.name)
def test_a_page_on_operating_marks_each_command_as_run_by_a_test_or_not(page: Path) -> None:
    """At the command, in the comment with which its block begins, or for all before the first heading."""
    text, unmarked = page.read_text(), list[str]()
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        first = block.partition("\n")[0]
        if not (first.startswith("#") and MARK.search(first)):
            unmarked += [command for command in COMMAND.findall(block) if not MARK.search(command)]
    assert "not run by a test" in text.partition("\n## ")[0] or unmarked == []
    targets = {target for target in MARK.findall(text) if target}
    assert [target for target in targets if f"\n{target}:" not in (ROOT / "Makefile").read_text()] == []


def test_the_page_on_running_names_the_ports_of_make_run() -> None:
    text = (ROOT / "docs" / "run_it.md").read_text()
    engines = [replicas.DEFAULT_HTTP_PORT, replicas.DEFAULT_KAFKA_PORT, replicas.DEFAULT_MONGO_PORT]
    metrics = [f"{service} {port}" for service, port in replicas.DEFAULT_METRICS_PORTS.items()]
    grpc = [f"{service} {port}" for service, port in replicas.DEFAULT_GRPC_PORTS.items()]
    assert [port for port in [*map(str, engines), *metrics, *grpc] if not re.search(rf"\b{port}\b", text)] == []


ROW = re.compile(r"^\| [^|]+ \| `([\w./]+)` \| `(\w+)` \|$", re.MULTILINE)
DEFINITION = {".py": r"def {}\(", ".ts": r"^(?:export function |  ){}(?:<\w+>)?\(", ".tsx": r"^(?:export )?function {}\("}


def rows_of(heading: str) -> list[tuple[str, str]]:
    """(file, function) of the table below a heading of ARCHITECTURE.md."""
    _, _, below = (ROOT / "ARCHITECTURE.md").read_text().partition(f"## {heading}\n")
    return ROW.findall(below.partition("\n## ")[0])


def is_defined(file: str, function: str) -> bool:
    pattern = DEFINITION[Path(file).suffix].format(function)
    return re.search(pattern, (ROOT / file).read_text(), re.MULTILINE) is not None


# heading -> the files that a newcomer opens, at least and at most
WALKS = {
    "The round trip of a message": (30, 35),
    "From the end of a chat to its ticket": (30, 40),
    "From a ticket's change to the pages": (12, 16),
    "Signing in at an identity provider": (11, 14),
    "Where other decisions are made": (10, 100),
}


@pytest.mark.parametrize("heading", WALKS)
def test_a_walk_names_existing_functions_and_few_files(heading: str) -> None:
    rows = rows_of(heading)
    assert [row for row in rows if not is_defined(*row)] == []
    least, most = WALKS[heading]
    assert least <= len({file for file, _ in rows}) <= most


def test_the_page_of_settings_matches_the_settings() -> None:
    assert settings_doc.DOCUMENT.read_text() == settings_doc.text(), "run `make docs`"


def test_the_protocol_page_names_every_frame_and_close_code() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    frames = [field.json_name for frame in (gateway.ClientFrame, gateway.ServerFrame) for field in frame.DESCRIPTOR.fields]
    codes = [str(value.number) for value in gateway.CloseCode.DESCRIPTOR.values if value.number]
    assert [name for name in (*frames, *codes) if f"`{name}`" not in text] == []


def test_the_protocol_page_names_the_status_of_every_kind_of_refusal() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    rows = re.findall(r"^\| (\d{3}) \| (`.*`) \|$", text, re.MULTILINE)
    assert {kind: int(status) for status, kinds in rows for kind in re.findall(r"`(\w+)`", kinds)} == STATUS


def test_the_glossary_uses_names_of_the_protos() -> None:
    text = (ROOT / "GLOSSARY.md").read_text()
    protos = "\n".join(path.read_text() for path in (ROOT / "protos").rglob("*.proto"))
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", text))
    own = {"ChatType", "Caller"}
    assert [word for word in named - own if word not in protos] == []


def test_the_glossary_names_existing_places() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (.+) \|$", (ROOT / "GLOSSARY.md").read_text(), re.MULTILINE)
    sources = [path for folder in ("protos", "services", "servicekit", "web/wire", "docs") for path in (ROOT / folder).rglob("*.*")]
    sources = [path for path in sources if path.suffix in (".proto", ".py", ".ts", ".md")]
    paths = "\n".join(f"{path}\n" for path in sources)
    code = "\n".join(path.read_text() for path in sources)
    named = [(term, name) for term, where in rows[1:] for name in re.findall(r"`([^`]+)`", where)]
    assert len(named) > 40
    # A path names a file; of any other name, each part is in the code or the settings.
    missing = [(term, name) for term, name in named if "/" in name and f"/{name}\n" not in paths]
    missing += [
        (term, name) for term, name in named if "/" not in name and not all(part in code for part in re.findall(r"[\w-]{3,}", name))
    ]
    assert missing == []
