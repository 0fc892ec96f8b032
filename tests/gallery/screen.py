"""One screen of an app."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.gallery.scene import Scene


@dataclass(frozen=True)
class Screen:
    """`open` brings the person's page there and waits until it shows what it should. `more`: also at 320 px and in forced colours.
    `part`: the section of the settings to which each screenshot is scrolled."""

    name: str
    title: str
    person: str
    open: Callable[[Page, Scene], None]
    more: bool = False
    part: str = ""
