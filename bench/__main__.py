"""`make bench`: what a message costs, on three sets of engines, then a room, connections at rest, alerts, presence and changes of access.

The figures depend on the machine and its load. Compare rows of one run with each other, not with those of another machine.
"""

import argparse
from collections.abc import Callable, Mapping

from bench import access_changes, alerts, messages, presence, profile, room, scale, sockets
from bench.figures import show
from stack.setup.programs import need_java

PAIRS, SECONDS, RATE = 200, 10.0, 100.0
SOCKETS = 5_000
PARTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "messages": lambda given: _messages(given),
    "room": lambda given: show(room.measure(given.seconds), "CPU in microseconds for each delivery"),
    "idle": lambda given: show(sockets.measure(SOCKETS), "one gateway"),
    "alerts": lambda given: show(alerts.measure(), "CPU in milliseconds for each request for a chat"),
    "presence": lambda given: show(presence.measure(given.seconds), "CPU in microseconds for each change of presence"),
    "access": lambda given: show(access_changes.measure(), "from a change of access to its effects"),
}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"measure only these: {', '.join(PARTS)}", metavar="PART")
    arguments.add_argument("--seconds", type=float, default=SECONDS, help="duration of each measurement, after 2 s of warm-up")
    arguments.add_argument("--rate", type=float, default=RATE, help="messages per second of the steady measurement")
    arguments.add_argument("--pairs", type=int, default=PAIRS, help="sessions of two people")
    arguments.add_argument("--engines", choices=messages.ENGINES, action="append", help="measure messages on these only")
    arguments.add_argument("--profile", action="store_true", help="write flame graphs of the services under the load *flat out*")
    scale.add_options(arguments)
    given = arguments.parse_args()
    need_java()
    if given.scale is not None:
        scale.run(given)
    elif given.profile:
        profile.record(given.pairs, given.seconds)
    else:
        for part in given.parts or PARTS:
            PARTS[part](given)


def _messages(given: argparse.Namespace) -> None:
    figures, hops = messages.measure(given.engines or list(messages.ENGINES), given.pairs, given.seconds, given.rate)
    show(figures, "CPU in microseconds for each message")
    show(hops, "the mean of each hop")


if __name__ == "__main__":
    main()
