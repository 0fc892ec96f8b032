"""Routes without a parameter, whose endpoints are called without FastAPI's own way to them."""

from fastapi import FastAPI, Request, Response

from services.gateway.inbound.http_api import direct_endpoints


async def first(request: Request) -> Response:
    return Response(b"first")


async def second(request: Request) -> Response:
    return Response(b"second")


def test_the_path_of_a_call_without_a_parameter_is_direct_unless_an_earlier_route_takes_it() -> None:
    http = FastAPI()
    for path, verbs, endpoint in (
        ("/tech/api/tickets/new", ["GET", "HEAD"], first),
        ("/tech/api/tickets/{ticket_id}", ["GET", "POST"], second),
        ("/tech/api/tickets/search", ["GET"], first),
        ("/tech/api/tickets/search", ["PUT"], first),
        ("/tech/api/tickets/new", ["GET"], second),
        ("/tech/api/{rest:path}", ["GET"], second),
        ("/tech/api/start", ["GET"], first),
        ("/tech", ["GET"], first),
    ):
        http.router.add_api_route(path, endpoint, methods=verbs, response_model=None)

    assert direct_endpoints(http) == {
        ("GET", "/tech/api/tickets/new"): first,
        ("HEAD", "/tech/api/tickets/new"): first,
        ("PUT", "/tech/api/tickets/search"): first,
    }
