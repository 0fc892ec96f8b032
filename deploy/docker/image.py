"""Builds Parley's image: the root file system, and without a container engine also an image archive.

    python -m deploy.docker.image root FOLDER [--variant trial]
    python -m deploy.docker.image archive OUT.tar NAME:TAG FOLDER [--variant trial]

The Dockerfile runs the first command and copies the folder into an empty image, so both ways give the same files. The folder has Python
and its libraries from Debian packages, the packages of requirements.lock that services.txt (or trial.txt) lists, and Parley itself; it has
no shell and no package manager. This needs Debian with apt-get, and `make web` before; not root. Equal inputs give equal archives.
"""

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.docker.sbom import write_sbom
from stack.setup.steps import ROOT, VENV, download_debian, run

HERE = Path(__file__).parent
VARIANTS = ("services", "trial")
PYTHON = "3.11"
# Python with what its modules link to; libstdc++ and libgcc are for grpcio.
PACKAGES = (
    *("base-files", "ca-certificates", "media-types", "netbase", "libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libbz2-1.0", "libcrypt1"),
    *("libdb5.3", "libexpat1", "libffi8", "liblzma5", "libnsl2", "libsqlite3-0", "libssl3", "libtirpc3", "libuuid1"),
    *("libpython3.11-minimal", "libpython3.11-stdlib", "python3.11-minimal"),
)
# Debian's folders that no service reads.
UNUSED = (
    *("etc/init.d", "usr/sbin", "usr/share/bug", "usr/share/doc", "usr/share/lintian", "usr/share/locale", "usr/share/man"),
    "usr/share/perl5",
)
APP = "opt/parley"
USER = "10001"
# 2025-01-01: no file of the image is newer.
EPOCH = 1_735_689_600
CONFIG: Mapping[str, Any] = {
    "Env": [f"PATH=/{APP}/.venv/bin", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"],
    "User": f"{USER}:{USER}",
    "WorkingDir": f"/{APP}",
    "Entrypoint": ["python", "-m"],
    "Cmd": ["services.gateway"],
    "Labels": {
        "org.opencontainers.image.title": "parley",
        "org.opencontainers.image.description": "Live chat for service desks: presence, chat, tickets, notify and gateway",
        "org.opencontainers.image.licenses": "Apache-2.0",
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.docker.image")
    commands = parser.add_subparsers(dest="command", required=True)
    root_command = commands.add_parser("root")
    archive_command = commands.add_parser("archive")
    archive_command.add_argument("out", type=Path)
    archive_command.add_argument("name")
    for command in (root_command, archive_command):
        command.add_argument("folder", type=Path)
        command.add_argument("--variant", choices=VARIANTS, default="services")
    given = parser.parse_args()
    make_root(given.folder, given.variant)
    if given.command == "archive":
        write_archive(given.folder, given.out, given.name)


def make_root(folder: Path, variant: str) -> None:
    """Writes the root file system. Replaces what the folder had. Raises SetupFailed with the output of a command that failed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    debs = unpack_debian(folder, PACKAGES)
    for unused in UNUSED:
        shutil.rmtree(folder / unused, ignore_errors=True)
    _trust_certificates(folder)
    _make_users(folder)
    _install_packages(folder, variant)
    _copy_parley(folder / APP)
    _compile(folder)
    write_sbom(ROOT / "pyproject.toml", HERE / f"{variant}.txt", debs, folder / APP / "sbom.cdx.json")


def write_archive(folder: Path, out: Path, name: str, settings: Mapping[str, Any] = CONFIG) -> None:
    """An archive as `docker save` writes it, with one layer; `docker load`, `podman load` and `ctr images import` read it.
    `settings`: what a container of the image starts, as whom, with which environment."""
    layer = out.with_suffix(".layer")
    with tarfile.open(layer, "w") as tar:
        for entry in sorted(folder.iterdir()):
            tar.add(entry, arcname=entry.name, filter=_owned_by_root)
    with layer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    created = "2025-01-01T00:00:00Z"
    config = json.dumps(
        {
            "architecture": machine,
            "os": "linux",
            "created": created,
            "config": dict(settings),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created": created, "created_by": "deploy/docker/image.py"}],
        }
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}]).encode()
    with tarfile.open(out, "w") as tar:
        for path, content in ((config_name, config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
        tar.add(layer, arcname=f"{digest}/layer.tar", filter=_owned_by_root)
    layer.unlink()


def pinned(lock: str, names: set[str]) -> str:
    """The entries of requirements.lock, with their hashes, of these names. Raises KeyError for a name that it lacks."""
    entries = {re.split(r"[=\s\[]", entry)[0]: entry for entry in re.split(r"\n(?=\S)", lock.strip())}
    return "".join(f"{entries[name]}\n" for name in sorted(names))


def names_in(listed: str) -> set[str]:
    """The names in services.txt or trial.txt."""
    return set(re.findall(r"^[a-z0-9][a-z0-9.-]*(?=[=\[])", listed, re.M))


def unpack_debian(folder: Path, packages: Sequence[str]) -> dict[str, str]:
    """Returns name -> version of the packages. Records them where scanners of images without dpkg find them."""
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as downloads:
        download_debian(packages, Path(downloads))
        status = folder / "var/lib/dpkg/status.d"
        status.mkdir(parents=True)
        for deb in sorted(Path(downloads).glob("*.deb")):
            run("dpkg-deb", "-x", deb, folder)
            control = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True, text=True).stdout
            fields = dict(line.split(": ", 1) for line in control.splitlines() if re.match(r"[A-Z][\w-]*: ", line))
            versions[fields["Package"]] = fields["Version"]
            (status / fields["Package"]).write_text(control)
    return versions


def _trust_certificates(folder: Path) -> None:
    """What the installation script of ca-certificates would write."""
    bundle = folder / "etc/ssl/certs/ca-certificates.crt"
    certificates = sorted((folder / "usr/share/ca-certificates").rglob("*.crt"))
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_text("".join(file.read_text() for file in certificates))
    (bundle.parent.parent / "cert.pem").symlink_to("certs/ca-certificates.crt")
    (folder / "usr/lib/ssl").mkdir(parents=True, exist_ok=True)
    for name, target in (("cert.pem", "/etc/ssl/cert.pem"), ("certs", "/etc/ssl/certs")):
        (folder / "usr/lib/ssl" / name).unlink(missing_ok=True)
        (folder / "usr/lib/ssl" / name).symlink_to(target)


def _make_users(folder: Path) -> None:
    (folder / "etc/passwd").write_text(f"root:x:0:0:root:/:/nonexistent\nparley:x:{USER}:{USER}:parley:/{APP}:/nonexistent\n")
    (folder / "etc/group").write_text(f"root:x:0:\nparley:x:{USER}:\n")
    (folder / "tmp").mkdir(exist_ok=True)
    (folder / "tmp").chmod(0o1777)


def _install_packages(folder: Path, variant: str) -> None:
    """A virtual environment without pip, written by hand because its Python runs only inside the image."""
    venv = folder / APP / ".venv"
    packages = venv / f"lib/python{PYTHON}/site-packages"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text(f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON}\n")
    for name in ("python", "python3"):
        (venv / "bin" / name).symlink_to(f"/usr/bin/python{PYTHON}")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(pinned((ROOT / "requirements.lock").read_text(), names_in((HERE / f"{variant}.txt").read_text())))
        wanted.flush()
        platform = f"{os.uname().machine}-manylinux_2_36"
        target = ("--target", packages, "--python-version", PYTHON, "--python-platform", platform, "--link-mode", "copy")
        # Packages without a wheel (http-ece) are pure Python.
        run(VENV / "bin/uv", "pip", "install", *target, "--require-hashes", "-r", wanted.name, env={"UV_SYSTEM_CERTS": "1"})
    for script in (packages / "bin").glob("nx-27017"):
        _, _, body = script.read_text().partition("\n")
        (venv / "bin" / script.name).write_text(f"#!/{APP}/.venv/bin/python\n{body}")
        (venv / "bin" / script.name).chmod(0o755)
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for leftover in (*packages.rglob("direct_url.json"), *packages.rglob("uv_cache.json"), packages / ".lock"):
        leftover.unlink(missing_ok=True)


def _copy_parley(app: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".from-*", "setup", "java", "*.map")
    for name in ("parley", "servicekit", "services", "stack", "web/dist", "deploy/jobs"):
        shutil.copytree(ROOT / name, app / name, ignore=ignored)
    (app / "stack/java").mkdir()
    shutil.copy(ROOT / "stack/java/__init__.py", app / "stack/java")
    shutil.copy(ROOT / "LICENSE", app)


def _compile(folder: Path) -> None:
    """Bytecode beside each module, because the root file system is read-only. Unchecked, so the files' times do not matter."""
    python = folder / f"usr/bin/python{PYTHON}"
    libraries = f"{folder}/lib/{os.uname().machine}-linux-gnu:{folder}/usr/lib/{os.uname().machine}-linux-gnu"
    loader = next(folder.glob("lib*/ld-linux*.so.2"))
    command = (loader, "--library-path", libraries, python, "-m", "compileall", "-q", "-j2", "--invalidation-mode", "unchecked-hash")
    sources = (folder / f"usr/lib/python{PYTHON}", folder / APP)
    # This Python runs outside the image here, so it must look for its library in the folder. Tracebacks show the paths inside the image.
    here = {"PYTHONHOME": str(folder / "usr"), "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": ""}
    run(*command, "-s", folder, "-p", "/", *sources, env=here)


def _owned_by_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = min(int(info.mtime), EPOCH)
    return info


if __name__ == "__main__":
    main()
