"""`make run`: runs Parley with its engines and demo people on this machine until Ctrl-C."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from stack.child import ChildDied
from stack.engines import Nx, Tansu
from stack.people import make_demo_desk
from stack.ports import PortProblem, port_from
from stack.replicas import DEFAULT_KAFKA_PORT, DEFAULT_MONGO_PORT, default_ports_of
from stack.services import ROOT, Stack

DATA = Path(os.environ.get("PARLEY_DATA", ROOT / ".parley"))


def main() -> int:
    began = time.monotonic()
    # SIGINT needs a handler too: a process started in the background inherits SIGINT as ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    print("Starting Parley", flush=True)
    try:
        with make_stack() as stack:
            asyncio.run(make_demo_desk(stack))
            _welcome(stack, time.monotonic() - began)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        print("\nParley has stopped; its data is kept.", flush=True)
        return 0
    except (PortProblem, ChildDied) as problem:
        print(problem, file=sys.stderr)
        return 1


def make_stack() -> Stack:
    """Uses the default ports. PARLEY_KAFKA or PARLEY_MONGO in the environment replaces the embedded engine."""
    env = {"PARLEY_TICKETS_TRIAL": "true"}  # demo people may sign in by name; off by default in every service
    env |= {variable: value for variable, value in os.environ.items() if variable.startswith("PARLEY_")}
    logs = DATA / "logs"
    kafka = Tansu(DATA / "kafka", port_from("PARLEY_KAFKA_PORT", DEFAULT_KAFKA_PORT), logs / "kafka.log")
    store = Nx(DATA / "store", port_from("PARLEY_MONGO_PORT", DEFAULT_MONGO_PORT), logs / "store.log")
    return Stack(
        DATA,
        ports_of=default_ports_of,
        env=env,
        kafka=None if "PARLEY_KAFKA" in env else kafka,
        store=None if "PARLEY_MONGO" in env else store,
        report=lambda line: print(f"  {line}", flush=True),
    )


def _welcome(stack: Stack, seconds: float) -> None:
    here = f"http://localhost:{stack.replicas['gateway-1'].http_port}"
    print(
        f"""
Parley is ready after {seconds:.1f} s.

  TECH      {here}/tech      for engineers
  Portal    {here}/portal    for customers
  Sign in   {here}/sign-in   as any of the demo people; one browser can be in both apps
  Logs      {stack.logs}/
  Stop      Ctrl-C              (`make clean-data` then deletes its data)
""",
        flush=True,
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
