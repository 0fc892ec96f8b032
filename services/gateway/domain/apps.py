"""The two apps of the one origin: where each lives, whose it is, and by which cookie its people are known."""

from enum import StrEnum


class App(StrEnum):
    """The value is the first part of every path of the app."""

    TECH = "tech"
    PORTAL = "portal"

    def cookie(self, https: bool) -> str:
        """Its name. Browsers take `__Host-` only from this very host and by https, so no sibling of the host can plant one."""
        return f"__Host-parley_{self.value}" if https else f"parley_{self.value}"

    def cookie_path(self, https: bool) -> str:
        """`__Host-` allows no other path than the whole host: there the apps' cookies are told apart by their names alone."""
        return "/" if https else self.path

    @property
    def path(self) -> str:
        """Of the app's start page."""
        return f"/{self.value}"

    @property
    def kind(self) -> str:
        """Who works in it: `engineer` or `customer`."""
        return "engineer" if self is App.TECH else "customer"


def app_of(kind: str) -> App:
    """The app of an `engineer` or a `customer`."""
    return App.TECH if kind == App.TECH.kind else App.PORTAL
