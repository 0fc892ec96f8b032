"""The ports of each replica of each service, and the environment with which the replicas find each other."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.keys import key_of
from stack.ports import HOST, PortInUse, free_port, is_free, port_from

SERVICES = ("presence", "chat", "tickets", "notify", "gateway")
DEFAULT_HTTP_PORT = 8080
DEFAULT_KAFKA_PORT = 7301
DEFAULT_MONGO_PORT = 7302
DEFAULT_GRPC_PORTS = dict(zip(SERVICES, range(7101, 7106), strict=True))
DEFAULT_METRICS_PORTS = dict(zip(SERVICES, range(7201, 7206), strict=True))


@dataclass(frozen=True)
class ReplicaPorts:
    """The ports of one replica. Addresses are host:port; `http_port` is 0 except for gateways."""

    service: str
    number: int
    grpc: str
    metrics: str
    http_port: int = 0

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    def variables(self) -> dict[str, str]:
        """The environment variables that set the service's ports."""
        prefix = f"PARLEY_{self.service.upper()}"
        addresses = {f"{prefix}_GRPC_ADDRESS": self.grpc, f"{prefix}_METRICS_ADDRESS": self.metrics}
        return {**addresses, "PARLEY_HTTP_PORT": str(self.http_port)} if self.http_port else addresses

    def must_be_free(self) -> None:
        """Raises PortInUse with the variable that sets the port."""
        for variable, address in self.variables().items():
            port = int(address.rpartition(":")[2])
            if not is_free(port):
                raise PortInUse(port, variable)


def free_ports_of(service: str, number: int) -> ReplicaPorts:
    return ReplicaPorts(service, number, _address(free_port()), _address(free_port()), free_port() if service == "gateway" else 0)


def default_ports_of(service: str, number: int, environ: Mapping[str, str] = os.environ) -> ReplicaPorts:
    """The default ports, or those that the environment sets. Replicas after the first get free ports."""
    if number > 1:
        return free_ports_of(service, number)
    prefix = f"PARLEY_{service.upper()}"
    return ReplicaPorts(
        service,
        number,
        environ.get(f"{prefix}_GRPC_ADDRESS", _address(DEFAULT_GRPC_PORTS[service])),
        environ.get(f"{prefix}_METRICS_ADDRESS", _address(DEFAULT_METRICS_PORTS[service])),
        port_from("PARLEY_HTTP_PORT", DEFAULT_HTTP_PORT, environ) if service == "gateway" else 0,
    )


def environment(replica: ReplicaPorts, replicas: Iterable[ReplicaPorts], keys: Path) -> dict[str, str]:
    """The environment variables of `replica`: its own ports, name and key, and the addresses of all `replicas`."""
    peers: dict[str, list[str]] = {}
    for other in replicas:
        peers.setdefault(f"PARLEY_{other.service.upper()}", []).append(other.grpc)
    return {
        **{variable: ",".join(addresses) for variable, addresses in peers.items()},
        **replica.variables(),
        "PARLEY_KEYS": str(keys),
        f"PARLEY_{replica.service.upper()}_KEY": str(key_of(keys, replica.service)),
        "PARLEY_REPLICA": replica.name,
    }


def _address(port: int) -> str:
    return f"{HOST}:{port}"
