"""All of Parley with the provider of the tests, as in production: nobody signs in by name."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stack.ports import HOST
from stack.replicas import free_ports_of
from stack.services import Stack
from tests.conftest import KAFKA, STORE
from tests.openid.running import CLIENT_ID, SECRET, OpenIdProvider

DESK = "harbour"
SIDES = {"staff": ("Harbour IT", "tech"), "acme": ("Acme", "portal")}


@contextmanager
def stack_with_provider(folder: Path, gateways: int = 1, env: Mapping[str, str] | None = None) -> Iterator[tuple[Stack, OpenIdProvider]]:
    """Providers return to the first gateway; the others are served under their own addresses too."""
    ports = {number: free_ports_of("gateway", number) for number in range(1, gateways + 1)}
    site, *others = [f"http://{HOST}:{one.http_port}" for one in ports.values()]
    callbacks = [f"{site}/sign-in/api/callback/{id}" for id in SIDES]
    with OpenIdProvider(callbacks, [f"{site}/sign-in?app={app}" for _, app in SIDES.values()]) as provider:
        (folder / "client_secret").write_text(SECRET)
        secret = str(folder / "client_secret")
        same: dict[str, object] = {"desk_id": DESK, "issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret_file": secret}
        # That of the customers demands the ID token when somebody signs out, and that of the engineers is refreshed.
        special: dict[str, dict[str, object]] = {"tech": {"refresh": "session"}, "portal": {"sends_id_token": True}}
        listed = [{"id": id, "name": name, "app": app, **special[app], **same} for id, (name, app) in SIDES.items()]
        (folder / "providers.json").write_text(json.dumps(listed))
        own = {
            "PARLEY_GATEWAY_PUBLIC_URL": site,
            "PARLEY_GATEWAY_ORIGINS": ",".join(others),
            "PARLEY_GATEWAY_PROVIDERS": str(folder / "providers.json"),
            "PARLEY_TICKETS_TRIAL": "false",
        }
        with Stack(
            folder,
            kafka=KAFKA,
            store=STORE,
            counts={"gateway": gateways},
            ports_of=lambda service, number: ports[number] if service == "gateway" else free_ports_of(service, number),
            env={**own, **(env or {})},
        ) as stack:
            yield stack, provider
