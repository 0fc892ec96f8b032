"""Reads the CPU time of processes, computes quantiles and prints tables."""

from collections.abc import Mapping, Sequence

import psutil
from rich.console import Console
from rich.table import Table

from stack.services import Stack


def cpu(stack: Stack) -> dict[str, float]:
    """The CPU seconds that each process has used so far."""
    times = {name: psutil.Process(pid).cpu_times() for name, pid in stack.pids().items()}
    return {name: time.user + time.system for name, time in times.items()}


def quantile(values: Sequence[float], q: float) -> float:
    """`values` must be sorted."""
    return values[min(len(values) - 1, int(q * len(values)))] if values else float("nan")


def show(rows: Sequence[Mapping[str, str]], about: str) -> None:
    """Prints the rows as a table, and as Markdown for docs/performance.md. The first row's keys are the column headers."""
    headers = list(rows[0])
    table = Table(*headers)
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers), *("| " + " | ".join(row.values()) + " |" for row in rows)]
    print(f"\nFor docs/performance.md ({about}):\n")
    print("\n".join(lines))
