"""Python runs this at the start of a process that has this folder in its PYTHONPATH: see recording.py."""

import os
from pathlib import Path

if file := os.environ.get("QUERY_LOG"):
    from pymongo import monitoring

    from tests.queries.recording import Recorder

    monitoring.register(Recorder(Path(file)))
