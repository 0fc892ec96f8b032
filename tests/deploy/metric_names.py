"""The names of the metrics that the services define, found in their code, and those that a query uses."""

import ast
import functools
import re
from collections.abc import Iterator

from stack.replicas import SERVICES
from tests.deploy.rendered import ROOT

SUFFIXES = {"counter": ("",), "counter_of": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


@functools.cache
def exported() -> frozenset[str]:
    """Metrics of servicekit/ count for every service. Names that are put together at run time (timers) have a pattern of their own."""
    found: set[str] = set()
    for folder in ("servicekit", *(f"services/{service}" for service in SERVICES)):
        services = [folder.removeprefix("services/")] if folder != "servicekit" else list(SERVICES)
        for kind, name in _definitions(folder):
            found |= {f"parley_{service}_{name}{suffix}" for service in services for suffix in SUFFIXES[kind]}
    return frozenset(found)


def named(query: str) -> Iterator[str]:
    """The names of Parley's metrics in a query. A pattern of names, `{__name__=~"..."}`, yields the exported ones that it fits."""
    for pattern in re.findall(r'__name__=~"([^"]+)"', query):
        fitting = [name for name in exported() if re.fullmatch(pattern, name)]
        assert fitting, f"no metric fits {pattern}"
        yield from fitting
    yield from re.findall(r"\bparley_\w+", re.sub(r'"[^"]*"', "", query))


def _definitions(folder: str) -> Iterator[tuple[str, str]]:
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=kind), args=[ast.Constant(value=str(name)), *_]) if kind in SUFFIXES:
                    yield kind, name
                case ast.Call(func=ast.Name(id="Timer"), args=[ast.Constant(value=str(name)), *_]):
                    yield "counter", f"{name}_failed_total"
