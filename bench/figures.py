"""What is read of processes and counted of delays."""

from collections.abc import Mapping, Sequence

import psutil
from rich.console import Console
from rich.table import Table

from stack.services import Stack


def cpu(stack: Stack) -> dict[str, float]:
    """Seconds of CPU of each process so far."""
    times = {name: psutil.Process(pid).cpu_times() for name, pid in stack.pids().items()}
    return {name: time.user + time.system for name, time in times.items()}


def quantile(values: Sequence[float], q: float) -> float:
    """`values` must be sorted."""
    return values[min(len(values) - 1, int(q * len(values)))] if values else float("nan")


def show(rows: Sequence[Mapping[str, str]], about: str) -> None:
    """As a table, and once more as Markdown for docs/performance.md. The first row's keys are the heads."""
    heads = list(rows[0])
    table = Table(*heads)
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(row.values()) + " |" for row in rows)]
    print(f"\nFor docs/performance.md ({about}):\n")
    print("\n".join(lines))
