"""docs/access.md has a row for every RPC, every route and every frame, and a cell for every caller."""

from pathlib import Path

from parley.gateway.v1 import gateway_pb2 as gateway
from tests.contract import access_page as page
from tests.contract.gateway_routes import in_the_router, of_apps, of_rpcs
from tests.contract.grpc_page import named
from tests.contract.grpc_page import table as table_of
from tests.contract.rpcs import FILES, RPCS

TABLES = ("RPC", "Route", "Frame from a page", "Frame to a page")
# They tell of nothing but the page's own connection and commands.
OWN_FRAMES = {"welcome", "serverBeat", "posted", "refused", "digest", "refetch"}
CELLS = {"yes", "none", "no", "303", "400", "401", "403", "404", "409"}


PROTOS = Path(__file__).parents[2] / "protos"


def test_every_rpc_has_a_row() -> None:  # spec 10.2
    with_services = {path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto") if "\nservice " in path.read_text()}
    assert with_services == {file.DESCRIPTOR.name for file in FILES}
    assert {row.name for row in page.rows("RPC")} == RPCS.keys()


async def test_every_route_of_the_gateway_has_a_row(tmp_path: Path) -> None:  # spec 10.2
    own = {name for row in page.rows("Route") for name in of_apps(row.name)}
    assert own | {route.name for route in of_rpcs()} == in_the_router(tmp_path)
    assert {route.rpc for route in of_rpcs()} <= RPCS.keys()


def test_every_frame_has_a_row() -> None:  # spec 10.2
    for first, frame, own in (("Frame from a page", gateway.ClientFrame, set()), ("Frame to a page", gateway.ServerFrame, OWN_FRAMES)):
        rows = {row.name for row in page.rows(first)}
        assert rows | own == {field.json_name for field in frame.DESCRIPTOR.fields}
        assert rows & own == set()


def test_the_page_explains_every_caller_and_every_cell() -> None:
    explained = [cells[0] for cells in table_of("Caller", page.PAGE)]
    assert page.heading("RPC")[2:] == explained
    assert set().union(*(page.heading(table)[2:] for table in TABLES)) == set(explained)
    assert {cell for table in TABLES for row in page.rows(table) for cell in row.cells.values()} <= CELLS
    assert {name for cells in table_of("Cell", page.PAGE) for name in named(cells[0])} == CELLS


def test_service_accounts_may_not_call_what_is_for_parleys_own_services() -> None:  # spec 10.3
    internal = {key for key, rpc in RPCS.items() if rpc.scope == "internal"}
    cells = {row.cells[account] for row in page.rows("RPC") for account in ("account", "desk 2 account") if row.name in internal}
    assert cells == {"403"}
