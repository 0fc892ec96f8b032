"""The list of all packages in the image (SBOM, CycloneDX JSON): Python's by cyclonedx-py, Debian's beside them."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from stack.setup.steps import VENV, run


def write_sbom(pyproject: Path, requirements: Path, debian: Mapping[str, str], out: Path) -> None:
    """`debian`: name -> version. Raises SetupFailed if cyclonedx-py fails. The same input gives the same file."""
    reproducible = ("--output-reproducible", "--sv", "1.6", "--of", "JSON")
    run(VENV / "bin/cyclonedx-py", "requirements", *reproducible, "--pyproject", pyproject, "-o", out, requirements)
    listed = json.loads(out.read_text())
    for name, version in sorted(debian.items()):
        url = f"pkg:deb/debian/{quote(name)}@{quote(version)}?distro=debian-12"
        listed["components"].append({"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url})
    out.write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n")
