"""The jars of Apache Kafka and of the second store: downloaded by Maven once for each version of pom.xml, cached in .parley/cache."""

import hashlib
import os
import subprocess
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[2] / ".parley" / "cache"


def jars() -> Path:
    """The folder with all jars of pom.xml. Needs mvn only when pom.xml has changed."""
    folder = CACHE / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        # Another process may download at the same time. Each one uses its own folder, and the first rename wins.
        fresh = folder.with_suffix(f".{os.getpid()}")
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"], check=True)
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    return folder
