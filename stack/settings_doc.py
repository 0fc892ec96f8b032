"""Writes docs/settings.md from the settings of the services: `make docs`."""

import importlib
from pathlib import Path
from typing import cast

from servicekit.common_settings import CommonSettings
from servicekit.settings import table
from stack.replicas import SERVICES

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """# Settings

A service reads its settings from the environment when it starts. If a setting is missing or invalid, the service exits with an error
that names it. `python -m services.<name> --settings` prints the same table. `make docs` generates this page, and a test checks that it
is up to date. Settings of a desk (marked "desk" in [rules.md](rules.md)) are not here: an admin changes them in TECH.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(f"## {service}\n\n{table(settings_class_of(service)).strip()}\n" for service in SERVICES)])


def settings_class_of(service: str) -> type[CommonSettings]:
    config = importlib.import_module(f"services.{service}.config")
    (found,) = [value for name, value in vars(config).items() if name.endswith("Settings") and name != "CommonSettings"]
    return cast(type[CommonSettings], found)


if __name__ == "__main__":
    DOCUMENT.write_text(text())
