"""The names of time zones that Parley accepts. This module does no I/O but to read the package tzdata, once."""

from functools import cache
from importlib.resources import files


@cache
def zones() -> frozenset[str]:
    """The names in the package tzdata. A zone of the machine, such as localtime, differs between machines."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}
