"""Where Kafka is, how every client signs in there, and how topics are created."""

import ssl
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Broker:
    """`addresses`: host:port, comma between them. Without `creates_topics` clients only wait until the topics exist.

    `keeps_log`: no record that was acknowledged is lost while the broker restarts, so positions in the log stay valid.
    `ca`, `cert` and `cert_key` are files (PEM); an empty `ca` means those of the system. Without a `user` there is no sign-in.
    """

    addresses: str
    replication: int = 1
    partitions: int = 4
    creates_topics: bool = True
    keeps_log: bool = True
    tls: bool = False
    ca: str = ""
    cert: str = ""
    cert_key: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    sasl: str = "SCRAM-SHA-512"

    def connection(self) -> dict[str, Any]:
        """The arguments of every aiokafka client. Reads the files, and raises OSError for one that is not usable."""
        protocol = ("SASL_" if self.user else "") + ("SSL" if self.tls else "PLAINTEXT")
        arguments: dict[str, Any] = {"bootstrap_servers": self.addresses, "security_protocol": protocol}
        if self.tls:
            arguments["ssl_context"] = context = ssl.create_default_context(cafile=self.ca or None)
            if self.cert:
                context.load_cert_chain(self.cert, self.cert_key)
        if self.user:
            arguments |= {"sasl_mechanism": self.sasl, "sasl_plain_username": self.user, "sasl_plain_password": self.password}
        return arguments
