"""Domain modules import only the standard library, servicekit.text, servicekit.moments and servicekit.time_zones, and read no clock.

Only mongo modules import the driver. `.importlinter` checks the layers.
"""

import ast
import configparser
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(ROOT.glob("services/*/domain/**/*.py"))
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
# These modules do no I/O and read no clock. The first imports only regex (`.importlinter`), the second only the first, the third only the
# type Timestamp; the fourth reads a list of the package tzdata.
ALLOWED_IN_DOMAIN = {"servicekit.text", "servicekit.files", "servicekit.moments", "servicekit.time_zones"}
FORBIDDEN_IN_DOMAIN = {"asyncio", "socket", "subprocess", "threading", "random", "secrets", "time"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_domain_module_imports_only_the_standard_library_and_reads_no_clock(module: Path) -> None:
    tree = ast.parse(module.read_text())
    own = ".".join(module.relative_to(ROOT).parts[:3])
    allowed = sys.stdlib_module_names - FORBIDDEN_IN_DOMAIN
    foreign = [
        name for name in imports(tree) if not name.startswith(own) and name not in ALLOWED_IN_DOMAIN and name.split(".")[0] not in allowed
    ]
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    clocks = [ast.unparse(call) for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS]
    # datetime.time() returns the time of day and reads no clock.
    assert foreign == []
    assert [call for call in clocks if not call.endswith(".time")] == []


def test_the_text_module_imports_only_the_standard_library_and_regex() -> None:
    tree = ast.parse((ROOT / "servicekit" / "text.py").read_text())
    assert {name.split(".")[0] for name in imports(tree)} - sys.stdlib_module_names == {"regex"}


def test_the_files_module_imports_only_the_standard_library_and_the_text_module() -> None:
    tree = ast.parse((ROOT / "servicekit" / "files.py").read_text())
    assert {name for name in imports(tree) if name.split(".")[0] not in sys.stdlib_module_names} == {"servicekit.text"}
    assert not CLOCKS & {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_the_moments_module_imports_only_the_standard_library_and_timestamps() -> None:
    tree = ast.parse((ROOT / "servicekit" / "moments.py").read_text())
    assert set(imports(tree)) - sys.stdlib_module_names == {"google.protobuf.timestamp_pb2"}
    assert not CLOCKS & {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_the_time_zones_module_imports_only_the_standard_library() -> None:
    assert set(imports(ast.parse((ROOT / "servicekit" / "time_zones.py").read_text()))) <= sys.stdlib_module_names | {"importlib.resources"}


CONVERSIONS = {"FromDatetime", "ToDatetime", "FromMilliseconds", "ToMilliseconds", "ToSeconds", "timestamp", "fromtimestamp"}


def test_moments_are_converted_by_the_moments_module_alone() -> None:
    modules = {*ROOT.glob("services/**/*.py"), *ROOT.glob("servicekit/*.py")}
    calls = {
        str(path.relative_to(ROOT)): [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        for path in modules
    }
    methods = {name: {call.attr for call in found if isinstance(call, ast.Attribute)} for name, found in calls.items()}
    used = {name: found & CONVERSIONS for name, found in methods.items() if found & CONVERSIONS}
    assert used == {"servicekit/moments.py": {"ToMilliseconds"}}


def contracts() -> configparser.ConfigParser:
    found = configparser.ConfigParser()
    found.read(ROOT / ".importlinter")
    return found


def modules_of(contract: str, key: str) -> set[str]:
    return set(contracts()[f"importlinter:contract:{contract}"][key].split())


def is_module(name: str) -> bool:
    """Whether a module or package has this name, in which `*` is a part."""
    path = name.replace(".", "/")
    return any(ROOT.glob(f"{path}.py")) or any(ROOT.glob(f"{path}/__init__.py"))


def test_every_module_that_a_contract_of_the_linter_names_exists() -> None:
    named = set()
    for section in contracts().values():
        own = {name for key in section if key.endswith(("modules", "containers")) for name in section[key].split()}
        named |= {name for name in own if name.split(".")[0] in ("services", "servicekit")}
        containers = section.get("containers", "").split()
        for layer in re.findall(r"\((\w+)\)", section.get("layers", "")):
            assert any(is_module(f"{container}.{layer}") for container in containers), layer
    assert len(named) > 20
    assert [name for name in sorted(named) if not is_module(name)] == []


def test_the_contracts_of_the_linter_cover_every_module() -> None:
    services = {path.parent for path in ROOT.glob("services/*/wiring.py")}
    # With `exhaustive` import-linter fails if a module of a container is in no layer.
    layered = {name for contract in ("layers", "gateway") for name in modules_of(contract, "containers")}
    assert layered == modules_of("services", "modules") == {f"services.{service.name}" for service in services}
    others = [service for service in services if service.name != "gateway"]
    inner = {path.with_suffix("") for service in others for path in (service / "handlers", *service.glob("*ports.py"))}
    assert modules_of("handlers", "source_modules") == {".".join(path.relative_to(ROOT).parts) for path in inner}
    outbound = {f"services.gateway.outbound.{path.stem}" for path in ROOT.glob("services/gateway/outbound/*.py")}
    frames = {f"services.gateway.outbound.{name}" for name in ("__init__", "proto_json", "server_frames")}
    assert modules_of("gateway_outbound", "forbidden_modules") == outbound - frames


def test_the_lists_of_forbidden_libraries_name_every_library() -> None:
    modules = {*ROOT.glob("services/**/*.py"), *ROOT.glob("servicekit/*.py")}
    roots = {name.split(".")[0] for module in modules for name in imports(ast.parse(module.read_text()))}
    libraries = roots - sys.stdlib_module_names - {"services", "servicekit"}
    forbidden = {name: modules_of(name, "forbidden_modules") for name in ("domain", "handlers")}
    # chat/handlers/phone.py parses numbers.
    assert (libraries - forbidden["domain"], libraries - forbidden["handlers"]) == (set(), {"phonenumbers"})


def test_every_service_has_domain_modules() -> None:
    assert {path.parts[-3] for path in MODULES} >= {"chat", "tickets", "presence", "notify", "gateway"}


# A pattern of file names, which import-linter does not support: only these files may depend on the driver.
DRIVER = {"motor", "pymongo", "bson", "gridfs"}
MONGO_MODULES = {*ROOT.glob("services/*/outbound/mongo_*.py"), *ROOT.glob("servicekit/mongo*.py")}
OTHERS = sorted({*ROOT.glob("services/**/*.py"), *ROOT.glob("servicekit/**/*.py")} - MONGO_MODULES)


def driver_in(module: Path) -> list[str]:
    return [name for name in imports(ast.parse(module.read_text())) if name.split(".")[0] in DRIVER]


@pytest.mark.parametrize("folder", sorted({module.relative_to(ROOT).parts[:2] for module in OTHERS}), ids="/".join)
def test_only_mongo_modules_import_the_driver_of_the_store(folder: tuple[str, str]) -> None:
    within = [module for module in OTHERS if module.relative_to(ROOT).parts[:2] == folder]
    assert {str(module.relative_to(ROOT)): found for module in within if (found := driver_in(module))} == {}


def test_the_mongo_modules_import_the_driver() -> None:
    assert {module.name for module in MONGO_MODULES if driver_in(module)} >= {"mongo.py", "mongo_session_log.py", "mongo_files.py"}
