"""Calls that wait longer for their answer than the services do, because the machine that runs tests may be slow."""

from functools import partial

from servicekit.grpc_client import call as _call

call = partial(_call, timeout=30)
