"""docs/access.md has a row for every RPC, and a cell for every caller."""

from tests.contract import access_page as page
from tests.contract.grpc_page import named, table
from tests.contract.rpcs import RPCS

CELLS = {"yes", "none", "no", "400", "401", "403", "404", "409"}


def test_every_rpc_has_a_row() -> None:  # spec 10.2
    assert {row.name for row in page.rows("RPC")} == RPCS.keys()


def test_the_page_explains_every_caller_and_every_cell() -> None:
    explained = [cells[0] for cells in table("Caller", page.PAGE)]
    assert page.heading("RPC")[2:] == explained
    assert {cell for row in page.rows("RPC") for cell in row.cells.values()} <= CELLS
    assert {name for cells in table("Cell", page.PAGE) for name in named(cells[0])} == CELLS


def test_service_accounts_may_not_call_what_is_for_parleys_own_services() -> None:  # spec 10.3
    internal = {key for key, rpc in RPCS.items() if rpc.scope == "internal"}
    cells = {row.cells[account] for row in page.rows("RPC") for account in ("account", "desk 2 account") if row.name in internal}
    assert cells == {"403"}
