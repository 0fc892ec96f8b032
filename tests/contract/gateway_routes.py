"""All HTTP routes of the gateway, from its router, and those that are one RPC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from servicekit.settings import load
from services.gateway.config import GatewaySettings
from services.gateway.domain.site import App
from services.gateway.inbound import audit_download, uploads
from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS, SERVICES, TECH_CALLS
from services.gateway.inbound.http_server import HttpServer
from services.gateway.wiring import wire
from stack.keys import key_of
from tests.contract import access_page as page
from tests.contract.grpc_page import named, table

UPLOADS = ("TicketsService.UploadAttachment", "ChatService.UploadFile")


@dataclass(frozen=True)
class Route:
    """`rpc`: such as ChatService.GetSession. `query`: query parameter -> field of its request. `upload`: the body is a file."""

    verb: str
    path: str
    rpc: str
    query: Mapping[str, str] = field(default_factory=dict)
    upload: bool = False

    @property
    def name(self) -> str:
        return f"{self.verb} {self.path}"

    @property
    def app(self) -> str:
        return self.path.split("/")[1]


def in_the_router(keys: Path) -> set[str]:
    """ "GET /tech/api/start" and so on. `keys`: an empty folder."""
    environ = {"PARLEY_KAFKA": "127.0.0.1:9092", "PARLEY_KEYS": str(keys), "PARLEY_GATEWAY_KEY": str(key_of(keys, "gateway"))}
    (server,) = [part for part in wire(load(GatewaySettings, environ)).parts if isinstance(part, HttpServer)]
    http: Any = server._server.config.app
    routes = [route for route in http._app.routes if isinstance(route, APIRoute)]
    return {f"{verb} {route.path}" for route in routes for verb in (route.methods or set()) - {"HEAD"}}


def of_rpcs() -> list[Route]:
    """The routes whose row is that of an RPC: rows of the gateway's tables, and those that the page lists."""
    calls = [(app, route) for app, own in ((App.TECH, TECH_CALLS), (App.PORTAL, PORTAL_CALLS)) for route in (*CALLS_OF_BOTH, *own)]
    made = [Route(c.verb, f"{app.path}/api{c.path}", f"{SERVICES[c.service].name}.{c.method}", c.query) for app, c in calls]
    queries = {"AuditService.GetAuditLog": audit_download.QUERY, **dict.fromkeys(UPLOADS, uploads.QUERY)}
    for route, rpc in table("Route of an RPC", page.PAGE):
        verb, path = named(route)[0].split()
        (name,) = named(rpc)
        made += [Route(verb, each, name, queries.get(name, {}), name in UPLOADS) for each in of_apps(path)]
    own = {name for row in page.rows("Route") for name in of_apps(row.name)}
    return [route for route in made if route.name not in own]


def of_apps(path: str) -> list[str]:
    """The path in both apps, if it has {app}."""
    return [path.replace("{app}", app.value) for app in App] if "{app}" in path else [path]
