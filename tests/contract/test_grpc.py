"""The gRPC contract with other teams (spec 11), for all services and calls of the protos."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.json_format import ParseDict

from servicekit.accounts import INTERNAL
from servicekit.errors import Kind
from servicekit.grpc_access import PERSON
from services.chat.inbound.grpc_api import ChatApi
from services.notify.inbound.grpc_api import NotifyApi
from services.notify.inbound.grpc_delivery import DeliveryApi
from services.notify.inbound.grpc_webhooks import WebhookApi
from services.presence.inbound.grpc_api import PresenceApi
from services.tickets.inbound.grpc_audit import AuditApi
from services.tickets.inbound.grpc_directory import DirectoryApi
from services.tickets.inbound.grpc_erasing import ErasingApi
from services.tickets.inbound.grpc_tickets import TicketsApi
from stack.replicas import DEFAULT_GRPC_PORTS
from tests.contract import grpc_page as page
from tests.contract.rpcs import IDEMPOTENT_BY_NATURE, RPCS, SCOPES, WHOLE_LISTS, Rpc

ROOT = Path(__file__).parents[2]
APIS: dict[str, type] = {
    "ChatService": ChatApi,
    "TicketsService": TicketsApi,
    "DirectoryService": DirectoryApi,
    "AuditService": AuditApi,
    "ErasingService": ErasingApi,
    "NotifyService": NotifyApi,
    "DeliveryService": DeliveryApi,
    "WebhookService": WebhookApi,
    "PresenceService": PresenceApi,
}
each_rpc = pytest.mark.parametrize("rpc", RPCS.values(), ids=RPCS.keys())


@each_rpc
def test_every_call_has_a_handler(rpc: Rpc) -> None:  # spec 11.1
    assert rpc.name in vars(APIS[rpc.service])


@each_rpc
def test_every_write_may_be_repeated(rpc: Rpc) -> None:  # spec 11.1
    if rpc.writes and rpc.name not in IDEMPOTENT_BY_NATURE:
        assert "command_id" in rpc.fields
    else:
        assert "command_id" not in rpc.fields


@each_rpc
def test_every_list_has_pages(rpc: Rpc) -> None:  # spec 11.1
    paged = {"page_size", "page_token"} <= set(rpc.fields) and "next_page_token" in rpc.descriptor.output_type.fields_by_name
    assert paged == (rpc.name.startswith("List") and rpc.name not in WHOLE_LISTS)


@pytest.mark.parametrize("service", SCOPES)
def test_scopes_name_existing_calls_and_their_service(service: str) -> None:  # spec 10.3
    assert SCOPES[service].keys() <= {rpc.name for rpc in RPCS.values() if rpc.service == service}
    subject = service.removesuffix("Service").lower()
    assert {scope.partition(":")[0] for scope in SCOPES[service].values()} <= {subject, INTERNAL}


def test_a_read_scope_permits_no_write() -> None:  # spec 10.3
    assert [rpc.name for rpc in RPCS.values() if rpc.writes and rpc.scope.endswith(":read")] == []


@each_rpc
def test_packages_have_a_version_and_each_call_has_its_own_messages(rpc: Rpc) -> None:  # spec 11.2
    assert re.fullmatch(r"parley\.[a-z]+\.v\d+", rpc.descriptor.input_type.file.package)
    assert rpc.descriptor.input_type.name == f"{rpc.name}Request"
    assert rpc.descriptor.output_type.name == f"{rpc.name}Response"


def test_protos_are_linted_and_checked_for_breaking_changes() -> None:  # spec 11.2
    lint = (ROOT / "Makefile").read_text().split("\nlint:")[1].split("\n\n")[0]
    assert "buf lint protos" in lint
    assert "buf breaking protos --against protos/baseline.binpb" in lint
    rules = (ROOT / "protos" / "buf.yaml").read_text()
    assert [rule for rule in ("STANDARD", "COMMENT_MESSAGE", "COMMENT_FIELD", "COMMENT_RPC", "FILE") if rule not in rules] == []


def test_the_page_names_the_scope_of_every_call() -> None:  # spec 10.3
    documented = {(call, page.named(scope)[0]) for scope, calls in page.table("Scope") for call in page.named(calls)}
    assert documented == {(rpc.name, rpc.scope) for rpc in RPCS.values() if rpc.scope != "internal"}


def test_the_page_names_the_calls_without_command_id_or_pages() -> None:  # spec 11.1
    without_id = {call for calls, _ in page.table("Call") for call in page.named(calls)} - {"ABORTED"}
    assert without_id == IDEMPOTENT_BY_NATURE.keys()
    text = page.PAGE.read_text()
    assert [name for name in WHOLE_LISTS if f"`{name}`" not in text] == []


def test_the_page_explains_every_code_that_a_service_returns() -> None:  # spec 11.1
    explained = {code for codes, *_ in page.table("Code") for code in page.named(codes)}
    modules = [import_module(f"services.{service}.domain.errors") for service in ("chat", "tickets", "notify", "presence")]
    kinds = {value.kind for module in modules for value in vars(module).values() if isinstance(getattr(value, "kind", None), str)}
    assert {Kind(kind).name for kind in kinds} <= explained
    assert explained <= set(Kind.__members__)


def test_the_page_names_every_service_with_its_port() -> None:  # spec 11.1
    documented = {page.named(name)[0].rpartition(".")[2]: int(port) for name, port, _ in page.table("gRPC service")}
    assert documented == {rpc.service: DEFAULT_GRPC_PORTS[rpc.owner] for rpc in RPCS.values()}


@pytest.mark.parametrize("line", [line for line in page.grpcurl_commands() if "parley." in line.what], ids=lambda line: line.what)
def test_a_grpcurl_command_of_the_page_is_an_existing_call(line: page.GrpcurlCommand) -> None:  # spec 11.1
    rpc = next(rpc for rpc in RPCS.values() if rpc.path == f"/{line.what}")
    ParseDict(json.loads(line.body), rpc.request())  # refuses unknown fields and wrong types
    assert line.address == f"127.0.0.1:{DEFAULT_GRPC_PORTS[rpc.owner]}"
    assert line.headers["authorization"] == "Bearer $TOKEN"
    assert line.headers.keys() <= {"authorization", PERSON}
