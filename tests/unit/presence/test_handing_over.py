"""A gateway that stops hands its connections over: nobody is shown as offline while pages reconnect."""

from tests.unit.presence.world import OFFLINE, ONLINE, Gateway, World


async def test_a_connection_that_a_stopping_gateway_hands_over_counts_as_long_as_its_lease(world: World, gateway: Gateway) -> None:
    # spec 12.1
    await gateway.connects("ava", "c1")
    await gateway.connects("sam", "c2")
    await gateway.drops("c1", handed_over=True)
    await gateway.drops("c2", handed_over=True)
    await world.passes(15)
    elsewhere = Gateway(world, "gateway-2")
    await elsewhere.connects("ava", "c3")
    await world.passes(4.5, elsewhere)
    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])

    await world.passes(0.5, elsewhere)

    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE, OFFLINE])  # sam's page did not come back
    assert [page.connection_id for page in await world.handlers.pages("harbour", ["ava", "sam"])] == ["c3"]
