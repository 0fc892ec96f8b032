"""Ports of this machine: finding free ones, and an error message for one that is in use."""

import os
import random
import socket
from collections.abc import Mapping

HOST = "127.0.0.1"
_given: set[int] = set()


class PortProblem(Exception):
    """The message names the environment variable to change."""


class PortInUse(PortProblem):
    """Another process listens on the port."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(f"Port {port} is in use. Stop the process that listens on it, or set {variable} to another port.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that no process listens on and that this function has not returned before.

    It is below the kernel's ephemeral range (32768 and up), so that no outgoing connection takes it before its server starts.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        if port not in _given and is_free(port):
            _given.add(port)
            return port


def port_from(variable: str, default: int, environ: Mapping[str, str] = os.environ) -> int:
    """The port that the environment sets, else the default. Raises PortProblem if the value is not a port."""
    text = environ.get(variable, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise PortProblem(f"{variable} is {text!r}; it must be a port from 1 to 65535.")
    return int(text)
