"""The images of the node and of the tests, as archives in one folder: each is made again only when its inputs have changed."""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from deploy.docker.image import make_root, unpack_debian, write_archive
from stack.java import POM, jars
from stack.setup.steps import ROOT, digest, is_done, mark_done, report, run

IMAGES = ROOT / ".parley" / "cache" / "images"
STORE_SOURCE = POM.with_name("MemoryStore.java")
# Java without what only its windows need.
JAVA_PACKAGES = ("base-files", "libc6", "libgcc-s1", "libstdc++6", "zlib1g", "openjdk-17-jre-headless")
JAVA = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"
PARLEY_SOURCES = ("parley", "servicekit", "services", "stack", "web/dist", "deploy/jobs", "deploy/docker")

Fill = Callable[[Path], None]


def make_images(programs: Path) -> Path:
    """Returns the folder with the archives. `programs`: of programs.py. Raises SetupFailed."""
    _image("pause", [programs / "bin/pause"], lambda root: _pause(root, programs / "bin/pause"), {"Entrypoint": ["/pause"]})
    java = {"Entrypoint": [JAVA, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", "/jars/*:/store"], "User": "10001:10001"}
    _image("engines", [POM, STORE_SOURCE], _engines, java)
    sources = (file for name in PARLEY_SOURCES for file in (ROOT / name).rglob("*") if file.is_file() and file.suffix != ".pyc")
    _image("parley", [ROOT / "requirements.lock", *sources], lambda root: make_root(root, "services"))
    return IMAGES


def _image(name: str, inputs: Iterable[Path], fill: Fill, settings: dict[str, Any] | None = None) -> None:
    archive, stamp, state = IMAGES / f"{name}.tar", IMAGES / f"{name}.made-from", digest([*inputs, Path(__file__)])
    if archive.exists() and is_done(stamp, state):
        return
    report(f"image {name}")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        fill(root)
        write_archive(root, archive, f"localhost/{name}:test", **({"settings": settings} if settings else {}))
    mark_done(stamp, state)


def _pause(root: Path, program: Path) -> None:
    root.mkdir()
    shutil.copy(program, root)


def _engines(root: Path) -> None:
    """Apache Kafka and the second store, from the files that `make test-real` uses."""
    unpack_debian(root, JAVA_PACKAGES)
    (root / "tmp").mkdir(exist_ok=True)
    shutil.copytree(jars(), root / "jars")
    run("javac", "--release", "17", "-cp", f"{jars()}/*", "-d", root / "store", STORE_SOURCE)
