"""Settings of the service notify."""

from dataclasses import dataclass
from pathlib import Path

from servicekit.common_settings import CommonSettings, key_file, listens, replicas
from servicekit.setting_kinds import ABOVE_0, CONTACT, HOSTS
from servicekit.settings import setting


@dataclass(frozen=True, kw_only=True)
class NotifySettings(CommonSettings):
    """Times are seconds."""

    prefix = "PARLEY_NOTIFY_"
    grpc_address: str = listens("Where to answer gRPC", 7104)
    metrics_address: str = listens("Where to serve metrics and probes", 7204)
    key: Path = key_file("File of the private key")
    presence: tuple[str, ...] = replicas("presence", 7101)
    chat: tuple[str, ...] = replicas("chat", 7102)
    tickets: tuple[str, ...] = replicas("tickets", 7103)
    reconcile_every: float = setting(
        "Time between comparisons of alerts with the other services; there is also one at each start", kind=ABOVE_0, default=60.0
    )
    push_hosts: tuple[str, ...] = setting(
        "Push services of browsers that are allowed beyond the known ones, host or host:port, comma between them; they may have private"
        " addresses, and be on plain http on loopback",
        kind=HOSTS,
        default=(),
    )
    push_contact: str = setting(
        "Whom a push service contacts about pushes, a mailto: or https: URL; Apple's service refuses localhost",
        kind=CONTACT,
        default="mailto:admin@localhost",
    )
    webhook_allow: tuple[str, ...] = setting(
        "Hosts that webhooks may reach by http and at private addresses: host or host:port, comma between them", kind=HOSTS, default=()
    )
    webhook_hosts: tuple[str, ...] = setting(
        "If set, webhooks go only to these hosts and those of PARLEY_NOTIFY_WEBHOOK_ALLOW: host or host:port, comma between them;"
        " empty = any host with a public address",
        kind=HOSTS,
        default=(),
    )
