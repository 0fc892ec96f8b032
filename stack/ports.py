"""Ports of this machine: free ones, and one clear line for one that is taken."""

import os
import random
import socket
from collections.abc import Mapping

HOST = "127.0.0.1"
_given: set[int] = set()


class PortProblem(Exception):
    """One sentence that names the variable to change."""


class PortInUse(PortProblem):
    """Somebody else listens there."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(f"Port {port} is in use: stop what listens there or set {variable} to another port.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on and that this process has not given out before.

    Below the kernel's own range (32768 and up), from which an outgoing connection could take it before its server starts.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        if port not in _given and is_free(port):
            _given.add(port)
            return port


def port_from(variable: str, default: int, environ: Mapping[str, str] = os.environ) -> int:
    """The port that the environment names, else the default."""
    text = environ.get(variable, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise PortProblem(f"{variable} is {text!r}; it must be a port from 1 to 65535.")
    return int(text)
