"""The jars of Apache Kafka and of the second store: fetched by Maven once for each pom.xml, kept under .parley/cache."""

import hashlib
import os
import subprocess
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[2] / ".parley" / "cache"


def jars() -> Path:
    """The folder that holds all jars of pom.xml; needs mvn only when that has changed."""
    folder = CACHE / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        # Another run may fetch at the same time: each into a folder of its own, and one rename wins.
        fresh = folder.with_suffix(f".{os.getpid()}")
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"], check=True)
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    return folder
