"""Who calls whom by gRPC: the chart's list, from which the network policies are made, and the calls that services count."""

import re
from collections.abc import Iterable, Mapping

import yaml

from stack.replicas import SERVICES
from tests.contract.rpcs import RPCS
from tests.deploy.rendered import CHART

CALLS: Mapping[str, list[str]] = yaml.safe_load((CHART / "files" / "calls.yaml").read_text())
# A metric of each RPC that a service has called. A service that has not called an RPC has no series of it.
COUNTED = r"parley_[a-z]+_grpc_client_(seconds_count|streams_total)"

_OWNERS = {rpc.path: rpc.owner for rpc in RPCS.values()}
Pairs = set[tuple[str, str]]


def listed() -> Pairs:
    """(caller, called) of the list. The pod of `helm test` is left out: it is no service and has no metrics."""
    return {(service, called) for service in SERVICES for called in CALLS[service]}


def made(series: Iterable[tuple[str, str, Mapping[str, str]]]) -> Pairs:
    """(caller, called) of the series that are COUNTED, from (service, metric, labels) of all. Raises KeyError for an RPC of no service."""
    return {(service, _OWNERS[labels["method"]]) for service, metric, labels in series if re.fullmatch(COUNTED, metric)}
