"""Where each replica of each service listens, and the environment that tells them of each other."""

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
    """One replica. Addresses are host:port; `http_port` is 0 but for gateways."""

    service: str
    number: int
    grpc: str
    metrics: str
    http_port: int = 0

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    def variables(self) -> dict[str, str]:
        """What tells the service where to listen."""
        prefix = f"PARLEY_{self.service.upper()}"
        addresses = {f"{prefix}_GRPC_ADDRESS": self.grpc, f"{prefix}_METRICS_ADDRESS": self.metrics}
        return {**addresses, "PARLEY_HTTP_PORT": str(self.http_port)} if self.http_port else addresses

    def must_be_free(self) -> None:
        """Raises PortInUse with the variable that moves the port."""
        for variable, address in self.variables().items():
            port = int(address.rpartition(":")[2])
            if not is_free(port):
                raise PortInUse(port, variable)


def free_place(service: str, number: int) -> ReplicaPorts:
    return ReplicaPorts(service, number, _address(free_port()), _address(free_port()), free_port() if service == "gateway" else 0)


def default_place(service: str, number: int, environ: Mapping[str, str] = os.environ) -> ReplicaPorts:
    """The well-known ports, or what the environment names; a second replica takes free ones."""
    if number > 1:
        return free_place(service, number)
    prefix = f"PARLEY_{service.upper()}"
    return ReplicaPorts(
        service,
        number,
        environ.get(f"{prefix}_GRPC_ADDRESS", _address(DEFAULT_GRPC_PORTS[service])),
        environ.get(f"{prefix}_METRICS_ADDRESS", _address(DEFAULT_METRICS_PORTS[service])),
        port_from("PARLEY_HTTP_PORT", DEFAULT_HTTP_PORT, environ) if service == "gateway" else 0,
    )


def environment(place: ReplicaPorts, all_places: Iterable[ReplicaPorts], keys: Path) -> dict[str, str]:
    """What one replica must know of itself and of its peers."""
    peers: dict[str, list[str]] = {}
    for other in all_places:
        peers.setdefault(f"PARLEY_{other.service.upper()}", []).append(other.grpc)
    return {
        **{variable: ",".join(addresses) for variable, addresses in peers.items()},
        **place.variables(),
        "PARLEY_KEYS": str(keys),
        f"PARLEY_{place.service.upper()}_KEY": str(key_of(keys, place.service)),
        "PARLEY_REPLICA": place.name,
    }


def _address(port: int) -> str:
    return f"{HOST}:{port}"
