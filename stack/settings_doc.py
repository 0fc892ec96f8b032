"""docs/settings.md as the settings of the services describe themselves: `make docs`."""

import importlib
from pathlib import Path

from servicekit.settings import table
from stack.places import SERVICES

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """# Settings

Read from the environment at start; a missing or bad one stops the start and is named. Printed by `python -m services.<name> --settings`;
this page is made by `make docs` and a test compares the two. What a desk decides for itself at run time (spec values marked "desk")
is not here: an admin changes it in TECH.
"""


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for service in SERVICES:
        settings = importlib.import_module(f"services.{service}.config")
        (described,) = [value for name, value in vars(settings).items() if name.endswith("Settings") and name != "CommonSettings"]
        parts.append(f"## {service}\n\n{table(described).strip()}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(text())
