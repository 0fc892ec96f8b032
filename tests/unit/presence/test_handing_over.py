"""Gateways and presence are replaced or crash: nobody is shown as offline whose page reconnects meanwhile, and who leaves is."""

import pytest

from tests.unit.presence.world import OFFLINE, ONLINE, Gateway, World


@pytest.fixture
def elsewhere(world: World) -> Gateway:
    return Gateway(world, "gateway-2")


async def test_a_connection_that_a_stopping_gateway_hands_over_counts_longer_than_a_closed_one(
    world: World, gateway: Gateway, elsewhere: Gateway
) -> None:  # spec 12.1
    await gateway.connects("ava", "c1")
    await gateway.connects("sam", "c2")
    await gateway.drops("c1", handed_over=True)
    await gateway.drops("c2", handed_over=True)
    await gateway.stops()
    await world.passes(35, elsewhere)
    await elsewhere.connects("ava", "c3")
    await world.passes(4.5, elsewhere)
    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])

    await world.passes(0.5, elsewhere)

    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE, OFFLINE])  # sam's page did not come back
    assert [page.connection_id for page in await world.handlers.pages("harbour", ["ava", "sam"])] == ["c3"]


async def test_a_gateway_that_restarts_at_once_leaves_its_pages_the_whole_lease(world: World, gateway: Gateway) -> None:
    # spec 1.11
    await gateway.connects("ava", "c1")
    await world.passes(2)
    anew = Gateway(world, incarnation="b")
    await anew.report()
    await world.passes(15, anew)
    await anew.connects("ava", "c2")
    await world.passes(60, anew)

    assert world.published() == [ONLINE]


async def test_a_gateway_that_restarts_after_an_outage_of_presence_leaves_its_pages_the_grace(world: World, gateway: Gateway) -> None:
    # spec 1.6, 1.11
    await gateway.connects("ava", "c1")
    await world.clock.advance(60)
    world.start()
    anew = Gateway(world, incarnation="b")
    await anew.report()
    await world.passes(9.5, anew)
    assert world.published() == [ONLINE]

    await world.passes(0.5, anew)

    assert world.published() == [ONLINE, OFFLINE]


async def test_nobody_is_offline_while_a_gateway_may_hold_a_socket_that_it_has_not_reported(
    world: World, gateway: Gateway, elsewhere: Gateway
) -> None:  # spec 1.6, 1.12
    await gateway.connects("ava", "c1")
    await elsewhere.connects("mia", "c9")
    await world.passes(3, gateway, elsewhere)
    await gateway.drops("c1")
    # Its page is connected to the other gateway at once, which cannot reach presence, and later reports when it was.
    reconnected = elsewhere.fact("ava", "c2")
    await world.passes(15, gateway)
    assert world.published() == [ONLINE]

    await elsewhere.report(reconnected)
    await world.passes(60, gateway, elsewhere)

    assert world.published() == [ONLINE]


async def test_nobody_is_offline_while_what_a_gateway_reports_is_not_saved(world: World, gateway: Gateway, elsewhere: Gateway) -> None:
    # spec 1.6, 1.12
    await gateway.connects("ava", "c1")
    await elsewhere.report()
    await gateway.drops("c1")
    await world.passes(2, gateway, elsewhere)
    for waits in range(15):
        # Its reports arrive, and the one with the page is never answered in time.
        await elsewhere.report(waiting=waits)
        await world.passes(1, gateway)
    assert world.published() == [ONLINE]

    await elsewhere.report(elsewhere.fact("ava", "c2"), waiting=15)
    await world.passes(60, gateway, elsewhere)

    assert world.published() == [ONLINE]


async def test_who_leaves_while_a_gateway_never_gets_its_reports_saved_is_offline_a_lease_later(
    world: World, gateway: Gateway, elsewhere: Gateway
) -> None:  # spec 1.6
    await gateway.connects("ava", "c1")
    await elsewhere.report()
    await gateway.drops("c1")
    for waits in range(29):
        await elsewhere.report(waiting=waits)
        await world.passes(1, gateway)
    assert world.published() == [ONLINE]

    await world.passes(1, gateway)

    assert world.published() == [ONLINE, OFFLINE]


async def test_who_leaves_is_offline_after_the_grace_although_a_gateway_has_stopped(
    world: World, gateway: Gateway, elsewhere: Gateway
) -> None:  # spec 1.6
    await gateway.connects("ava", "c1")
    await elsewhere.connects("mia", "c9")
    await world.passes(5, gateway, elsewhere)
    await elsewhere.drops("c9", handed_over=True)
    await elsewhere.stops()
    await world.passes(15, gateway)
    await gateway.drops("c1")
    await world.passes(10, gateway)

    assert world.published() == [ONLINE, OFFLINE]


async def test_gateways_that_all_fell_silent_have_the_grace_period_to_report_again(
    world: World, gateway: Gateway, elsewhere: Gateway
) -> None:  # spec 1.2, 1.11
    await gateway.connects("ava", "c1")
    await elsewhere.connects("sam", "c2")
    await world.passes(25)
    await gateway.report()
    await elsewhere.report()
    await world.passes(5, gateway, elsewhere)
    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])

    await world.passes(30)

    assert (world.published("ava"), world.published("sam")) == ([ONLINE, OFFLINE], [ONLINE, OFFLINE]), "both have crashed"


async def test_a_gateway_whose_reports_are_late_is_counted(world: World, gateway: Gateway, elsewhere: Gateway) -> None:  # spec 12.2
    def late() -> float | None:
        return world.metrics.registry.get_sample_value("parley_presence_late_gateways")

    await gateway.connects("ava", "c1")
    await elsewhere.connects("sam", "c2")
    await world.passes(9.5, elsewhere)
    assert late() == 0

    await world.passes(0.5, elsewhere)
    assert late() == 1

    await world.passes(10, elsewhere)
    assert late() == 0, "its lease has expired"
