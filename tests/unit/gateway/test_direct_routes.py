"""Routes without a parameter, whose endpoints are called without FastAPI's own way to them."""

from fastapi import FastAPI, Request, Response

from services.gateway.inbound.http_api import direct_endpoints


async def first(request: Request) -> Response:
    return Response(b"first")


async def second(request: Request) -> Response:
    return Response(b"second")


def test_a_path_without_a_parameter_is_direct_unless_an_earlier_route_takes_it() -> None:
    http = FastAPI()
    for path, verbs, endpoint in (
        ("/tickets/new", ["GET", "HEAD"], first),
        ("/tickets/{ticket_id}", ["GET", "POST"], second),
        ("/tickets/search", ["GET"], first),
        ("/tickets/search", ["PUT"], first),
        ("/tickets/new", ["GET"], second),
        ("/{rest:path}", ["GET"], second),
        ("/start", ["GET"], first),
    ):
        http.router.add_api_route(path, endpoint, methods=verbs, response_model=None)

    assert direct_endpoints(http) == {
        ("GET", "/tickets/new"): first,
        ("HEAD", "/tickets/new"): first,
        ("PUT", "/tickets/search"): first,
    }
