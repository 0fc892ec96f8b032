"""The state of a person's pages: stored with the connection, listed while the page is open, and never announced."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parley.presence.v1 import presence_pb2 as pb
from servicekit.moments import to_proto
from services.presence.contract import report_from
from services.presence.domain.connections import ConnectionsReport, ConnectionState
from services.presence.domain.errors import WrongArgument
from services.presence.domain.page import NotificationPermission, PageState
from services.presence.domain.person import MAX_PAGES, Person, open_pages
from tests.unit.presence.test_person import START, at
from tests.unit.presence.world import AVA, ONLINE, Gateway, World

VISIBLE = PageState(True, True, False, NotificationPermission.GRANTED, True, ("s1", "s2"), "b1")
HIDDEN = replace(VISIBLE, visible=False, focused=False)


async def listed(world: World, *person_ids: str, desk_id: str = "harbour") -> dict[str, PageState]:
    return {page.connection_id: page.state for page in await world.handlers.pages(desk_id, person_ids)}


async def shows(gateway: Gateway, page: PageState, connection_id: str = "c1") -> None:
    """Reports a page's new state without activity."""
    gateway.open[connection_id] = replace(gateway.open[connection_id], page=page)
    await gateway.report(gateway.open[connection_id])


async def test_a_page_is_listed_as_it_last_reported_itself_and_nothing_is_announced(world: World, gateway: Gateway) -> None:  # spec 5.4
    await gateway.connects("ava")
    assert await listed(world, "ava") == {"c1": PageState()}

    await shows(gateway, VISIBLE)
    assert await listed(world, "ava") == {"c1": VISIBLE}
    await shows(gateway, HIDDEN)
    assert await listed(world, "ava") == {"c1": HIDDEN}

    assert world.published() == [ONLINE]
    assert world.relay.wakes == 1


async def test_a_page_is_listed_for_its_own_person_and_desk_only(world: World, gateway: Gateway) -> None:  # spec 10.2
    await gateway.connects("ava", "c1")
    await gateway.connects("sam", "c2")
    await gateway.connects("mia", "c3")

    assert (await listed(world, "ava", "mia", "nobody")).keys() == {"c1", "c3"}
    assert await listed(world, "ava", desk_id="other") == {}
    assert await listed(world) == {}


async def test_a_closed_page_is_not_listed_and_its_state_is_not_kept(world: World, gateway: Gateway) -> None:
    await gateway.connects("ava")
    await shows(gateway, VISIBLE)
    await gateway.drops()

    assert await listed(world, "ava") == {}
    assert [(c.closed_at is None, c.page) for c in world.people.people["ava"].connections] == [(False, None)]


async def test_the_pages_of_a_gateway_that_stopped_reporting_are_not_listed(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava")
    await shows(gateway, VISIBLE)
    other = Gateway(world, "gateway-2")
    await other.connects("ava", "c2")

    await world.passes(20, other)

    assert (await listed(world, "ava")).keys() == {"c2"}
    assert all(connection.page is None for connection in world.people.people["ava"].connections)


async def test_a_full_report_repeats_the_state_of_the_pages(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava")
    await shows(gateway, VISIBLE)
    gateway.full = True

    await gateway.report()

    assert await listed(world, "ava") == {"c1": VISIBLE}


async def test_a_full_report_in_parts_closes_no_page_and_changes_no_presence(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava", "c1")
    await gateway.connects("sam", "c2")
    gateway.number += 1
    await world.handlers.report(ConnectionsReport("gateway-1", "a", gateway.number, [gateway.open["c1"]], True))
    await world.handlers.sweep_leases()

    await gateway.report(gateway.open["c2"])
    await world.passes(30, gateway)

    assert (await listed(world, "ava", "sam")).keys() == {"c1", "c2"}
    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])


async def test_a_page_whose_connection_an_admin_ended_is_not_listed(world: World, gateway: Gateway) -> None:  # spec 1.15
    await gateway.connects("sam")
    await world.handlers.end_connections(AVA, "sam", "e1", "")

    assert await listed(world, "sam") == {}


async def test_a_delayed_report_does_not_replace_a_newer_state(world: World, gateway: Gateway) -> None:
    await gateway.connects("ava")
    delayed = replace(gateway.open["c1"], page=VISIBLE)
    gateway.number += 1
    number = gateway.number
    await shows(gateway, HIDDEN)

    # The delayed report renewed its lease before the newer one did, and saves its facts only now.
    (lease,) = world.leases.leases.values()
    await world.handlers._apply_facts(ConnectionsReport("gateway-1", "a", number, [delayed], False), lease.id)

    assert await listed(world, "ava") == {"c1": HIDDEN}


def test_the_most_recently_active_pages_are_listed() -> None:
    connections = tuple(ConnectionState(f"c{number}", "lease", at(number)) for number in range(MAX_PAGES + 5))
    person = Person("ava", "harbour", True, connections=connections)

    assert [page.connection_id for page in open_pages(person, {"lease"})] == [f"c{number}" for number in range(MAX_PAGES + 4, 4, -1)]


BAD_PAGES: list[tuple[str, dict[str, Any]]] = [
    ("session_ids", {"session_ids": ["s"] * 51}),
    ("session_ids", {"session_ids": ["s" * 65]}),
    ("session_ids", {"session_ids": [""]}),
    ("browser_id", {"browser_id": ""}),
    ("browser_id", {"browser_id": "b" * 65}),
]


def request_with(**page: Any) -> pb.ReportConnectionsRequest:
    fact = pb.ConnectionFact(connection_id="c1", person_id="ava", desk_id="harbour", active_at=to_proto(START))
    fact.page.CopyFrom(pb.PageState(**{"browser_id": "b", **page}))
    return pb.ReportConnectionsRequest(replica="g", incarnation="a", number=1, changed=[fact], full=True)


@pytest.mark.parametrize(("field", "page"), BAD_PAGES)
def test_a_page_state_beyond_its_bounds_is_refused_by_its_field(field: str, page: dict[str, Any]) -> None:  # spec 11.1
    with pytest.raises(WrongArgument) as refused:
        report_from(request_with(**page))
    assert refused.value.field == f"changed[0].page.{field}"


def test_the_largest_page_state_is_accepted() -> None:
    page = report_from(request_with(session_ids=["s" * 64] * 50, browser_id="b" * 64, permission=99)).facts[0].page
    assert page is not None
    assert (len(page.session_ids), page.permission) == (50, NotificationPermission.UNKNOWN)


def test_the_times_of_a_page_are_those_of_its_connection() -> None:
    person = Person("ava", "harbour", True, connections=(ConnectionState("c1", "lease", START + timedelta(seconds=7), page=VISIBLE),))
    (page,) = open_pages(person, {"lease"})
    assert (page.person_id, page.active_at, page.state) == ("ava", at(7), VISIBLE)
