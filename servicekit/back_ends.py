"""Settings of Kafka and MongoDB: addresses, sign-in and TLS, and whether a service creates topics and indexes itself."""

from dataclasses import dataclass

from servicekit.kafka_broker import Broker
from servicekit.setting_kinds import (
    ABOVE_0,
    ADDRESSES,
    CA_FILE,
    CERT_AND_KEY_FILE,
    MONGO_URL,
    NAME_PART,
    NOT_BELOW_0,
    PEM_FILE,
    WHOLE_ABOVE_0,
)
from servicekit.settings import SettingsError, setting

BACKGROUND_FETCH_SECONDS, BACKGROUND_PAUSE_SECONDS = 0.1, 1.0
# Of a reader that gathers. At 100 records a second it fetches 3 times a second instead of 100 times.
GATHER_SECONDS, GATHER_BYTES = 0.3, 256 * 1024


@dataclass(frozen=True, kw_only=True)
class BackEndSettings:
    """All that `python -m services prepare` needs; every service has these settings too. No password is part of a repr or an error."""

    kafka: str = setting("Kafka brokers, host:port, comma between them", env="PARLEY_KAFKA", kind=ADDRESSES)
    kafka_fetch_wait: float = setting(
        "Seconds that a broker may hold back an empty fetch (0.01 on Tansu, which holds back every fetch)",
        env="PARLEY_KAFKA_FETCH_WAIT",
        default=0.5,
        kind=ABOVE_0,
    )
    kafka_fetch_pause: float = setting(
        "Seconds between the fetches of a reader to which no records have come for 10 s; the first one is late by so much, or up to 1 s for"
        " a reader in the background (0.6 on Tansu). 0 for a broker that answers a waiting fetch as soon as a record comes",
        env="PARLEY_KAFKA_FETCH_PAUSE",
        default=0.0,
        kind=NOT_BELOW_0,
    )
    kafka_idempotence: bool = setting("Idempotent producer (false on Tansu, which has none)", env="PARLEY_KAFKA_IDEMPOTENCE", default=True)
    kafka_keeps_log: bool = setting(
        "Whether the brokers keep their records when they restart (false on Tansu, whose records are in its memory)",
        env="PARLEY_KAFKA_KEEPS_LOG",
        default=True,
    )
    kafka_replication: int = setting(
        "Replicas of each topic that is created", env="PARLEY_KAFKA_REPLICATION", default=1, kind=WHOLE_ABOVE_0
    )
    kafka_partitions: int = setting(
        "Partitions of each topic, the same number for every service; docs/operate/upgrade.md describes how to raise it",
        env="PARLEY_KAFKA_PARTITIONS",
        default=4,
        kind=WHOLE_ABOVE_0,
    )
    kafka_tls: bool = setting("Whether connections to Kafka are encrypted", env="PARLEY_KAFKA_TLS", default=False)
    kafka_ca: str = setting(
        "File of the certificates (PEM) that sign Kafka's, with PARLEY_KAFKA_TLS; empty: those of the system",
        env="PARLEY_KAFKA_CA",
        default="",
        kind=CA_FILE,
    )
    kafka_cert: str = setting(
        "File of this client's certificate for Kafka (PEM), with PARLEY_KAFKA_CERT_KEY",
        env="PARLEY_KAFKA_CERT",
        default="",
        kind=PEM_FILE,
    )
    kafka_cert_key: str = setting(
        "File of the private key of PARLEY_KAFKA_CERT (PEM, not encrypted)", env="PARLEY_KAFKA_CERT_KEY", default="", kind=PEM_FILE
    )
    kafka_user: str = setting("User at Kafka (SASL), with PARLEY_KAFKA_PASSWORD; empty: no sign-in", env="PARLEY_KAFKA_USER", default="")
    kafka_password: str = setting("Password of PARLEY_KAFKA_USER", env="PARLEY_KAFKA_PASSWORD", default="", secret=True)
    kafka_sasl: str = setting(
        "How PARLEY_KAFKA_USER signs in",
        env="PARLEY_KAFKA_SASL",
        default="SCRAM-SHA-512",
        choices=("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"),
    )
    mongo: str = setting("MongoDB URL, may carry user and password", env="PARLEY_MONGO", kind=MONGO_URL, secret=True)
    mongo_ca: str = setting(
        "File of the certificates (PEM) that sign MongoDB's; it turns TLS on. Empty: the TLS options of PARLEY_MONGO apply. It is read"
        " at the start only, as is PARLEY_MONGO_CERT",
        env="PARLEY_MONGO_CA",
        default="",
        kind=CA_FILE,
    )
    mongo_cert: str = setting(
        "File of this client's certificate for MongoDB and its private key (PEM, both in one file, not encrypted); it turns TLS on",
        env="PARLEY_MONGO_CERT",
        default="",
        kind=CERT_AND_KEY_FILE,
    )
    mongo_ping: float = setting(
        "Seconds between two looks whether MongoDB answers (5 on the embedded store); without an answer the service is not ready",
        env="PARLEY_MONGO_PING",
        default=2.0,
        kind=ABOVE_0,
    )
    mongo_prefix: str = setting("Put before each database's name", env="PARLEY_MONGO_PREFIX", default="", kind=NAME_PART)
    prepare: bool = setting(
        "Whether a service creates missing topics and indexes; with false it waits, not ready, until `python -m services prepare` has",
        env="PARLEY_PREPARE",
        default=True,
    )
    log_level: str = setting(
        "The least that is logged", env="PARLEY_LOG_LEVEL", default="info", choices=("debug", "info", "warning", "error")
    )
    log_format: str = setting("How a line of the log looks", env="PARLEY_LOG_FORMAT", default="json", choices=("json", "text"))

    def __post_init__(self) -> None:
        """Raises SettingsError for a setting that needs another one."""
        if bool(self.kafka_user) != bool(self.kafka_password):
            missing, given = ("PASSWORD", "USER") if self.kafka_user else ("USER", "PASSWORD")
            raise SettingsError(f"PARLEY_KAFKA_{missing} is not set. It must be set with PARLEY_KAFKA_{given}.")
        if bool(self.kafka_cert) != bool(self.kafka_cert_key):
            missing, given = ("CERT_KEY", "CERT") if self.kafka_cert else ("CERT", "CERT_KEY")
            raise SettingsError(f"PARLEY_KAFKA_{missing} is not set. It must be set with PARLEY_KAFKA_{given}.")
        if not self.kafka_tls and (unused := "CA" if self.kafka_ca else "CERT" if self.kafka_cert else ""):
            raise SettingsError(f"PARLEY_KAFKA_TLS is 'false'. It must be true with PARLEY_KAFKA_{unused}.")
        if self.kafka_user and self.kafka_sasl == "PLAIN" and not self.kafka_tls:
            raise SettingsError("PARLEY_KAFKA_SASL is 'PLAIN'. It must be a SCRAM-SHA mechanism without PARLEY_KAFKA_TLS.")

        try:
            self.broker.connection()
        except OSError:
            raise SettingsError(
                "PARLEY_KAFKA_CERT is not usable. It must be the certificate of the private key in PARLEY_KAFKA_CERT_KEY."
            ) from None

    @property
    def broker(self) -> Broker:
        return Broker(
            self.kafka,
            replication=self.kafka_replication,
            partitions=self.kafka_partitions,
            creates_topics=self.prepare,
            keeps_log=self.kafka_keeps_log,
            tls=self.kafka_tls,
            ca=self.kafka_ca,
            cert=self.kafka_cert,
            cert_key=self.kafka_cert_key,
            user=self.kafka_user,
            password=self.kafka_password,
            sasl=self.kafka_sasl,
        )

    @property
    def background_fetch_wait(self) -> float:
        """For readers that may lag: at `kafka_fetch_wait` of an embedded broker each reader would fetch a hundred times a second."""
        return max(self.kafka_fetch_wait, BACKGROUND_FETCH_SECONDS)

    @property
    def background_fetch_pause(self) -> float:
        """For the same readers."""
        return max(self.kafka_fetch_pause, BACKGROUND_PAUSE_SECONDS) if self.kafka_fetch_pause else 0.0

    @property
    def gathering_fetch_wait(self) -> float:
        """For a background reader of a busy topic of which few records concern it: it fetches GATHER_BYTES at once, and may be late by so
        much. Otherwise a broker that answers as soon as a record comes wakes it for each record."""
        return min(self.background_fetch_wait, GATHER_SECONDS)
