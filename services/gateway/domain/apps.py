"""The two apps of the one origin: where each lives, whose it is, and by which cookie its people are known."""

from enum import StrEnum


class App(StrEnum):
    """The value is the first part of every path of the app."""

    TECH = "tech"
    PORTAL = "portal"

    @property
    def cookie(self) -> str:
        return f"parley_{self.value}"

    @property
    def path(self) -> str:
        """Of the cookie, and of the app's start page."""
        return f"/{self.value}"

    @property
    def kind(self) -> str:
        """Who works in it: `engineer` or `customer`."""
        return "engineer" if self is App.TECH else "customer"


def app_of(kind: str) -> App:
    """The app of an `engineer` or a `customer`."""
    return App.TECH if kind == App.TECH.kind else App.PORTAL
