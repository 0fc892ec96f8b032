"""Writes docs/openapi.json, the description of the gateway's HTTP API (OpenAPI 3.1), from its routes and the protos: `make docs`."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from services.gateway.domain.site import App
from services.gateway.inbound import audit_download
from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS, TECH_CALLS, CallRoute
from services.gateway.inbound.edge import READS, SIGN_IN_HEADER
from services.gateway.inbound.responses import JSON
from services.gateway.inbound.uploads import OF_CHAT, OF_TICKET
from stack.openapi_schemas import Schemas, comments_in

Json = dict[str, Any]
ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "openapi.json"
FILE = "application/octet-stream"
# A download has the type of the file, where a browser may show it.
ANY_FILE, CSV = "*/*", "text/csv"
TEXT = {"type": "string"}
ABOUT = (
    "The API of the two web apps, under /tech/api for engineers and /portal/api for customers. Requests and answers are proto JSON. "
    "A caller needs the cookie of a sign-in. Other systems call gRPC instead (docs/grpc.md), or receive webhooks (docs/webhooks.md). "
    "docs/security.md has the limits, docs/access.md says who may call what. `make docs` writes this file."
)


@dataclass(frozen=True)
class Described:
    """A route that is not one RPC. `query`: parameter -> its description, which may be empty. `status`: of success.

    `body` and `answer`: a message, the type of a file, or None.
    """

    verb: str
    path: str
    about: str
    answer: Descriptor | str | None = None
    body: Descriptor | str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


UPLOADED = {"command": "The caller's own id for the upload.", "name": "The file's name."}
AFTER = {"after": "The revision after which entries are wanted."}
OF_BOTH = (
    Described("GET", "/start", "All that a page needs.", gateway.Start.DESCRIPTOR),
    Described("POST", "/sign-out", "Ends the sign-in and its sockets.", gateway.SignedOut.DESCRIPTOR),
    Described("GET", "/tickets/{ticket_id}", "A ticket with its timeline.", gateway.TicketPage.DESCRIPTOR, query=AFTER),
    Described("GET", "/tickets/{ticket_id}/attachments/{attachment_id}", "A file of a ticket, as a download.", ANY_FILE),
    Described("GET", "/chats/{session_id}/files/{file_id}", "A file of a message, as a download.", ANY_FILE),
    Described(
        "POST",
        OF_TICKET.path,
        "Uploads a file, which a note names later.",
        tickets.UploadAttachmentResponse.DESCRIPTOR,
        body=FILE,
        query=UPLOADED,
    ),
    Described(
        "POST",
        OF_CHAT.path,
        "Uploads a file, which a message names later.",
        chat.UploadFileResponse.DESCRIPTOR,
        body=FILE,
        query=UPLOADED,
    ),
)
OF_TECH = (Described("GET", "/audit/file", "The audit log as a file, for admins.", CSV, query=dict.fromkeys(audit_download.QUERY, "")),)
SIGN_IN = (
    Described("GET", "/people", "The people of a trial.", gateway.TrialPeople.DESCRIPTOR),
    Described("POST", "/sign-in", "Signs a person of a trial in.", gateway.SignedIn.DESCRIPTOR, body=directory.GetPersonRequest.DESCRIPTOR),
    Described("GET", "/providers", "The identity providers.", gateway.SignInProviders.DESCRIPTOR, query={"desk": "Only of this desk."}),
    Described(
        "GET",
        "/begin",
        "Leads to an identity provider.",
        query={"provider": "Its id.", "to": "The page to open afterwards.", "anew": "true: also if the provider knows the browser."},
        status=303,
    ),
    Described(
        "GET",
        "/callback/{provider}",
        "Takes the answer of an identity provider.",
        query=dict.fromkeys(("state", "code", "iss", "error"), ""),
        status=303,
    ),
)


def text() -> str:
    """The whole file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> Json:
    build = subprocess.run([ROOT / ".venv" / "bin" / "buf", "build", ROOT / "protos", "-o", "-"], check=True, capture_output=True)
    comments = comments_in(FileDescriptorSet.FromString(build.stdout))
    schemas = Schemas(comments)
    paths: dict[str, Json] = {}
    for app, calls, own in ((App.TECH, TECH_CALLS, OF_TECH), (App.PORTAL, PORTAL_CALLS, ())):
        for call in (*CALLS_OF_BOTH, *calls):
            paths.setdefault(f"{app.path}/api{call.path}", {})[call.verb.lower()] = _of_call(call, app, schemas, comments)
        for route in (*OF_BOTH, *own):
            paths.setdefault(f"{app.path}/api{route.path}", {})[route.verb.lower()] = _of_other(route, schemas, app)
    for route in SIGN_IN:
        paths.setdefault(f"/sign-in/api{route.path}", {})[route.verb.lower()] = _of_other(route, schemas, None)
    error: Json = {"type": "object", "required": ["error"], "properties": {"error": schemas.reference(chat.Refusal.DESCRIPTOR)}}
    cookies = {app.value: {"type": "apiKey", "in": "cookie", "name": app.cookie(True)} for app in App}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parley", "version": "1", "description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": cookies,
            "responses": {
                "Refused": {"description": "Refused, with the status of the refusal's kind.", "content": {JSON: {"schema": error}}}
            },
        },
    }


def _of_call(call: CallRoute, app: App, schemas: Schemas, comments: Mapping[str, str]) -> Json:
    request, rpc = call.rpc.input_type, call.rpc
    inside = re.findall(r"{(\w+)}", call.path)
    made = _operation(comments.get(rpc.full_name, rpc.name), call.verb, call.path, app)
    for parameter, name in call.query.items():
        described = request.fields_by_name[name]
        made["parameters"].append({"name": parameter, "in": "query", "schema": _in_query(described, schemas)})
    if call.verb not in READS:
        without = {*inside, *call.fixed, *call.of_sign_in}
        schema = {**schemas.inline(request, without), "additionalProperties": False}
        made["requestBody"] = {"content": {JSON: {"schema": schema}}}
    return made | _responses(None if call.empty else rpc.output_type, 204 if call.empty else 200, schemas)


def _of_other(route: Described, schemas: Schemas, app: App | None) -> Json:
    made = _operation(route.about, route.verb, route.path, app)
    made["parameters"] += [
        {"name": name, "in": "query", "schema": TEXT} | ({"description": about} if about else {}) for name, about in route.query.items()
    ]
    if route.body is not None:
        content = {FILE: {"schema": {}}} if isinstance(route.body, str) else {JSON: {"schema": schemas.reference(route.body)}}
        made["requestBody"] = {"required": True, "content": content}
    return made | _responses(route.answer, route.status, schemas)


def _operation(about: str, verb: str, path: str, app: App | None) -> Json:
    """What all routes have. `app` is None for those that need no sign-in."""
    parameters: list[Json] = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in re.findall(r"{(\w+)}", path)]
    if app is None:
        return {"description": about, "parameters": parameters}
    named = "The id of the sign-in that the page began with (spec 10.8)."
    parameters.append({"name": SIGN_IN_HEADER, "in": "header", "required": verb not in READS, "schema": TEXT, "description": named})
    return {"description": about, "parameters": parameters, "security": [{app.value: []}], "tags": [app.value]}


def _in_query(described: Any, schemas: Schemas) -> Json:
    """A list is one text with commas, an enum's value may also be written short, and a moment is whole seconds."""
    if described.message_type is not None:
        return {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
    return TEXT if described.is_repeated or described.enum_type is not None else schemas.of_value(described)


def _responses(answer: Descriptor | str | None, status: int, schemas: Schemas) -> Json:
    success: Json = {"description": "Done."}
    if isinstance(answer, str):
        success["content"] = {answer: {"schema": {}}}
    elif answer is not None:
        success["content"] = {JSON: {"schema": schemas.reference(answer)}}
    return {"responses": {str(status): success, "default": {"$ref": "#/components/responses/Refused"}}}


if __name__ == "__main__":
    DOCUMENT.write_text(text())
