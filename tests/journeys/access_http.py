"""Calls the gateway's routes with the requests of the RPCs that they make."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from google.protobuf.json_format import MessageToDict

from stack.signed_in import SignedIn
from tests.contract.gateway_routes import Route
from tests.fakes.waiting import until
from tests.journeys.access_asks import FILE, Ask
from tests.journeys.access_cells import Call, Seen
from tests.journeys.scene import Scene

UNAVAILABLE = 503


async def of_other_routes(scene: Scene, asks: Mapping[tuple[str, str], Ask]) -> dict[tuple[str, str], Ask]:
    """(route, part) -> the request of its row: a message, or the values of its path and body."""
    push = scene.good["ChatService.PushChat"][1]
    push.command_id = "withdrawn"  # type: ignore[attr-defined]
    pushed = (await scene.do("ChatService.PushChat", "ava", push)).session.card.session_id
    others = {
        "GET /{app}/api/start": Ask({}, asks["ChatService.GetSession", ""].shows),
        "GET /{app}/api/older-sessions": Ask({}, scene.id("mia")),
        "POST /tech/api/sessions/{session_id}/withdraw": Ask({"session_id": pushed, "commandId": "w"}),
        "GET /{app}/{rest:path}": Ask({"rest:path": "tickets"}),
        "GET /{rest:path}": Ask({"rest:path": "none"}),
        "GET /sign-in/api/callback/{provider}": Ask({"provider": "none"}),
        "POST /sign-in/api/sign-in": Ask({"personId": scene.id("mia")}),
    }
    # A ticket is shown with its timeline.
    timelines = {("GET /{app}/api/tickets/{ticket_id}", part): ask for (rpc, part), ask in asks.items() if rpc.endswith(".ListTimeline")}
    return {(route, ""): ask for route, ask in others.items()} | timelines


def call_of(route: Route, person: SignedIn) -> Call:
    """Sends a request, which is a message or the values of the path and the body."""
    return partial(_call, route, person)


async def _call(route: Route, person: SignedIn, request: Any) -> Seen:
    fields: dict[str, Any] = {} if isinstance(request, dict) else MessageToDict(request, preserving_proto_field_name=True)
    body: dict[str, Any] = request if isinstance(request, dict) else MessageToDict(request)
    path = route.path
    for name, value in {**body, **fields}.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    query = {parameter: fields[name] for parameter, name in route.query.items() if name in fields}
    sent: dict[str, Any] = {"content": FILE} if route.upload else {} if route.verb == "GET" else {"json": _without_path(route, body)}
    headers = {"Cookie": f"parley_{person.app}={person.cookie}", "Parley-Sign-In": person.sign_in_id}
    response = None

    async def answered() -> bool:
        nonlocal response
        response = await person._http.request(route.verb, path, params=query, headers=headers, **sent)
        return response.status_code != UNAVAILABLE

    await until(answered)
    assert response is not None
    shown = sorted((name, value) for name, value in response.headers.items() if name != "date")
    return Seen("" if response.is_success else str(response.status_code), f"{response.status_code} {response.text} {shown}")


def _without_path(route: Route, body: dict[str, Any]) -> dict[str, Any]:
    """The path's values override the body's, which may not be there: the body is one of the request, in proto JSON."""
    return {name: value for name, value in body.items() if f"{{{_snake(name)}}}" not in route.path}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
