"""Named points where a crash matters. Tests inject faults through `wiring` and stop a service at such a point."""

from typing import Protocol


class Faults(Protocol):
    """`reached` is called at each named point. A test's implementation may raise or never return."""

    async def reached(self, point: str) -> None: ...


class NoFaults:
    """The implementation in production, which does nothing."""

    async def reached(self, point: str) -> None:
        return None
