"""docs/openapi.json describes every route of the gateway's HTTP API."""

from pathlib import Path

from stack.openapi_doc import DOCUMENT, document, text
from tests.contract.gateway_routes import in_the_router


def test_the_description_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == text(), "write it again: `make docs`"


async def test_every_route_of_the_api_is_described(tmp_path: Path) -> None:
    described = {f"{verb.upper()} {path}" for path, verbs in document()["paths"].items() for verb in verbs}
    assert described == {route for route in in_the_router(tmp_path) if "/api/" in route}


def test_every_rpc_and_field_of_a_request_has_its_comment() -> None:
    bare = []
    for path, verbs in document()["paths"].items():
        for verb, operation in verbs.items():
            described = [operation]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                described += content["schema"].get("properties", {}).values()
            bare += [f"{verb} {path}" for one in described if not one.get("description") and "$ref" not in one]
    assert bare == []
