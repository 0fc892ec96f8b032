"""The scale rows of `make bench`: `python -m bench --scale` prints all, `--scale history people` those two. Each size is an option."""

import argparse
from collections.abc import Callable, Sequence

from bench import alerts, history, pages, people, sockets
from bench.figures import show
from bench.timed_calls import machine

Row = dict[str, str]
ROWS: dict[str, Callable[[argparse.Namespace], Sequence[Row]]] = {
    "history": lambda given: history.measure(given.sessions, given.times),
    "people": lambda given: people.measure(given.people, given.times),
    "sockets": lambda given: sockets.measure(given.sockets),
    "alerts": lambda given: alerts.measure_waiting(given.engineers, given.waiting),
    "pages": lambda given: pages.measure(given.messages),
}
SIZES = {
    "sessions": (1_000_000, "sessions of the desk (history)"),
    "people": (100_000, "people of the directory (people)"),
    "sockets": (10_000, "sockets on one gateway (sockets)"),
    "engineers": (300, "engineers online (alerts)"),
    "waiting": (300, "chats that wait (alerts)"),
    "messages": (10_000, "messages that arrive in one window (pages)"),
    "times": (200, "how often each call of history and people is made"),
}


def add_options(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("--scale", nargs="*", choices=ROWS, help="measure only large numbers: all rows, or these", metavar="ROW")
    for name, (size, about) in SIZES.items():
        arguments.add_argument(f"--{name}", type=int, default=size, help=f"{about}; {size:,} by default")


def run(given: argparse.Namespace) -> None:
    for name in given.scale or ROWS:
        about = machine()
        show(ROWS[name](given), f"{name}; {about}")
