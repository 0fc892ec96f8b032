"""The gateway's settings."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from servicekit.common_settings import CommonSettings, key_file, listens, replicas
from servicekit.setting_kinds import ABOVE_0, CA_FILE, HOST, NOT_BELOW_0, ORIGINS, PORT, RATE, WEB_URL, WHOLE_ABOVE_0, Kind
from servicekit.settings import SettingsError, setting
from servicekit.trial import check_trial, is_on, trial_setting
from services.gateway.domain.limits import Limit, RateLimits, rate_from
from services.gateway.domain.provider import Provider
from services.gateway.outbound.provider_file import providers_in

ROOT = Path(__file__).parents[2]
BUILT = Kind("an existing folder, relative to the repository's root", lambda folder: (ROOT / folder).is_dir())


@dataclass(frozen=True, kw_only=True)
class GatewaySettings(CommonSettings):
    prefix = "PARLEY_GATEWAY_"
    mongo: str = setting("Not used: the gateway keeps no data", env="PARLEY_MONGO", default="", secret=True)
    http_host: str = setting("Host of the browsers' port", env="PARLEY_HTTP_HOST", kind=HOST, default="127.0.0.1")
    http_port: int = setting("The browsers' port", env="PARLEY_HTTP_PORT", kind=PORT, default=8080)
    grpc_address: str = listens("Health checks and reflection", 7105)
    metrics_address: str = listens("Metrics and probes", 7205)
    key: Path = key_file()
    presence: tuple[str, ...] = replicas("presence", 7101, "")
    chat: tuple[str, ...] = replicas("chat", 7102, "; a name means a replica at each of its addresses")
    tickets: tuple[str, ...] = replicas("tickets", 7103, "")
    notify: tuple[str, ...] = replicas("notify", 7104, "")
    web: Path = setting("Folder with the built browser apps, relative to the repository's root", kind=BUILT, default=Path("web/dist"))
    gallery: bool = setting("Serve /gallery, the UI components for developers", default=False)
    public_url: str = setting(
        "URL of this site, https://host: other hosts are refused, only its pages may write; https: Secure cookies, HSTS",
        kind=WEB_URL,
        default="",
    )
    origins: tuple[str, ...] = setting(
        "Further origins that are served and whose pages may write, such as https://host", kind=ORIGINS, default=()
    )
    trial: str = trial_setting(
        "a public URL or further origin that is https or not on this machine, or a browsers' port, broker, gRPC address or replica of"
        " another service that is not"
    )
    providers: str = setting(
        "File of the identity providers (JSON, docs/sign_in.md), which needs PARLEY_GATEWAY_PUBLIC_URL; empty: none", default=""
    )
    providers_ca: str = setting(
        "File of further certificates (PEM) that sign those of identity providers; empty: those of the system alone",
        kind=CA_FILE,
        default="",
    )
    trust_proxy: bool = setting("Trust X-Forwarded-For and X-Forwarded-Proto: only behind a proxy that sets them", default=False)
    max_connections: int = setting(
        "Connections of browsers, sockets included; fewer where the system's limit of open files, less 200, is lower",
        kind=WHOLE_ABOVE_0,
        default=10_000,
    )
    head_seconds: float = setting("Seconds within which a request's head must be complete", kind=ABOVE_0, default=10.0)
    body_seconds: float = setting("Seconds within which a request's body must be complete", kind=ABOVE_0, default=30.0)
    upload_seconds: float = setting("Seconds within which an uploaded file must be complete", kind=ABOVE_0, default=600.0)
    answer_seconds: float = setting(
        "Seconds after which a connection is cut if its write buffer was full and has not drained", kind=ABOVE_0, default=30.0
    )
    send_bound: int = setting("Unsent bytes above which a slow page's socket is closed", kind=WHOLE_ABOVE_0, default=1024 * 1024)
    beat_seconds: float = setting("Seconds between beats on a socket", kind=ABOVE_0, default=4.0)
    silence_seconds: float = setting("Seconds of silence after which a socket is closed", kind=ABOVE_0, default=9.0)
    digest_seconds: float = setting("Seconds between digests on a socket", kind=ABOVE_0, default=15.0)
    post_seconds: float = setting(
        "Seconds after which a message without an answer is refused; the page retries it", kind=ABOVE_0, default=10.0
    )
    resolve_seconds: float = setting("Seconds between look-ups of the names in PARLEY_CHAT", kind=ABOVE_0, default=5.0)
    drain_seconds: float = setting(
        "Seconds after SIGTERM (and PARLEY_STOP_DELAY) over which open pages are told to reconnect to another replica",
        kind=NOT_BELOW_0,
        default=5.0,
    )
    limit_sign_in: str = setting("Sign-ins of one address: COUNT at once, refilled within SECONDS", kind=RATE, default="300/60")
    limit_opening: str = setting("Chats and call-backs that one person opens", kind=RATE, default="10/60")
    limit_messages: str = setting("Messages of one person", kind=RATE, default="200/60")
    limit_frames: str = setting("Frames of all kinds on one person's sockets", kind=RATE, default="3000/60")
    limit_writes: str = setting("Other writes of one person", kind=RATE, default="300/60")
    limit_uploads: str = setting("Files that one person uploads", kind=RATE, default="60/600")
    limit_requests: str = setting("HTTP requests of one person, and with pages and files of one address", kind=RATE, default="300/30")
    limit_sockets: str = setting("New sockets of one person", kind=RATE, default="60/60")
    people_per_address: int = setting(
        "Limits of an address, as a multiple of a person's, except sign-ins; behind a proxy set PARLEY_GATEWAY_TRUST_PROXY",
        kind=WHOLE_ABOVE_0,
        default=50,
    )
    sockets_per_person: int = setting(
        "Open sockets of one person at a time; an address may have as many as its people", kind=WHOLE_ABOVE_0, default=50
    )

    uploads_per_person: int = setting(
        "Uploads of one person at a time; a replica takes at most 64 of all people", kind=WHOLE_ABOVE_0, default=6
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_trial()
        try:
            found = self.identity_providers
        except (OSError, ValueError) as error:
            wanted = "It must be a JSON file of identity providers (docs/sign_in.md)"
            raise SettingsError(f"PARLEY_GATEWAY_PROVIDERS is {self.providers!r}. {wanted}: {error}") from None
        if found and not self.public_url:
            raise SettingsError("PARLEY_GATEWAY_PUBLIC_URL is not set. It must be set with PARLEY_GATEWAY_PROVIDERS.")

    @property
    def trial_on(self) -> bool:
        return is_on(self.trial)

    @property
    def identity_providers(self) -> dict[str, Provider]:
        """By id, in the order of the file."""
        return providers_in(Path(self.providers)) if self.providers else {}

    @property
    def providers_tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.providers_ca:
            context.load_verify_locations(self.providers_ca)
        return context

    @property
    def limits(self) -> RateLimits:
        """Spec 10.4."""
        rates = {limit: rate_from(getattr(self, f"limit_{limit.value}")) for limit in Limit}
        return RateLimits(rates, self.people_per_address)

    def _check_trial(self) -> None:
        urls = {"PARLEY_GATEWAY_PUBLIC_URL": self.public_url, "PARLEY_GATEWAY_ORIGINS": ",".join(self.origins)}
        peers = {"PRESENCE": self.presence, "CHAT": self.chat, "TICKETS": self.tickets, "NOTIFY": self.notify}
        used = {"PARLEY_HTTP_HOST": self.http_host, "PARLEY_KAFKA": self.kafka, "PARLEY_GATEWAY_GRPC_ADDRESS": self.grpc_address}
        check_trial(self.trial, urls, used | {f"PARLEY_{name}": ",".join(addresses) for name, addresses in peers.items()})
