"""Named places where a crash would matter. Tests stop a service exactly there by giving `wiring` faults of their own."""

from typing import Protocol


class Faults(Protocol):
    """Told each time that a named place is reached; a test's own may raise, or never return."""

    async def reached(self, point: str) -> None: ...


class NoFaults:
    """Production: nothing happens."""

    async def reached(self, point: str) -> None:
        return None
