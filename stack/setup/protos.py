"""Generates code from the protos: Python with type stubs in ./parley, TypeScript in web/wire/gen."""

import shutil
from pathlib import Path

from stack.setup.steps import ROOT, VENV, digest, is_done, mark_done, report, run
from stack.setup.web import MODULES, path_with_node

PROTOS = ROOT / "protos"
PYTHON = ROOT / "parley"
TYPESCRIPT = ROOT / "web" / "wire" / "gen"


def make_protos() -> None:
    sources = sorted(PROTOS.rglob("*.proto"))
    state = digest([*sources, ROOT / "requirements.lock", Path(__file__)])
    if not is_done(PYTHON / ".from-protos", state):
        report("Python from the protos (parley/)")
        _python(sources, state)
    plugin = MODULES / ".bin" / "protoc-gen-es"
    if plugin.exists():
        state = digest([*sources, ROOT / "web" / "package-lock.json", Path(__file__)])
        if not is_done(TYPESCRIPT / ".from-protos", state):
            report("TypeScript from the protos (web/wire/gen/)")
            _typescript(sources, plugin, state)


def _python(sources: list[Path], state: str) -> None:
    fresh = PYTHON.with_suffix(".fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    plugins = [f"--plugin={name}={VENV / 'bin' / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    outputs = [f"--{kind}_out={fresh}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    _protoc(*plugins, *outputs, *sources)
    for folder in [fresh / "parley", *(fresh / "parley").rglob("*/")]:
        (folder / "__init__.py").touch()
    mark_done(fresh / "parley" / ".from-protos", state)
    _swap(fresh / "parley", PYTHON)
    shutil.rmtree(fresh)


def _typescript(sources: list[Path], plugin: Path, state: str) -> None:
    fresh = TYPESCRIPT.with_suffix(".fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    options = "--es_opt=target=ts,json_types=true,import_extension=ts"
    _protoc(f"--plugin=protoc-gen-es={plugin}", f"--es_out={fresh}", options, *sources)
    mark_done(fresh / ".from-protos", state)
    _swap(fresh, TYPESCRIPT)


def _protoc(*words: str | Path) -> None:
    run(VENV / "bin" / "python", "-m", "grpc_tools.protoc", f"-I{PROTOS}", *words, env={"PATH": path_with_node()})


def _swap(fresh: Path, target: Path) -> None:
    # Two renames, so that an import at the same time finds a complete folder, the old one or the new one.
    old = target.with_suffix(".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
