"""Who views a ticket: by the pages of engineers, until they close or their gateway crashes (spec 9.2)."""

from dataclasses import replace

from services.presence.domain.person import TicketViewersChanged
from tests.unit.presence.world import Gateway, World


async def shows(gateway: Gateway, ticket_id: str, connection_id: str = "c1") -> None:
    gateway.open[connection_id] = replace(gateway.open[connection_id], ticket_id=ticket_id)
    await gateway.report(gateway.open[connection_id])


def changes(world: World) -> list[tuple[str, ...]]:
    return [event.ticket_ids for event in world.people.published if isinstance(event, TicketViewersChanged)]


async def test_an_engineer_views_the_ticket_of_the_page_and_each_change_names_the_tickets_concerned(
    world: World, gateway: Gateway
) -> None:  # spec 9.2
    await gateway.connects("ava")
    await shows(gateway, "t1")
    assert await world.handlers.viewers("harbour", "t1") == ["ava"]
    await shows(gateway, "t1")
    await shows(gateway, "t2")
    assert (await world.handlers.viewers("harbour", "t1"), await world.handlers.viewers("harbour", "t2")) == ([], ["ava"])
    await gateway.drops()

    assert await world.handlers.viewers("harbour", "t2") == []
    assert changes(world) == [("t1",), ("t1", "t2"), ("t2",)]


async def test_customers_and_people_of_another_desk_view_no_ticket(world: World, gateway: Gateway) -> None:  # spec 9.2, 10.2
    await gateway.connects("mia")
    await shows(gateway, "t1")
    assert await world.handlers.viewers("harbour", "t1") == []
    await gateway.connects("ava", "c2")
    await shows(gateway, "t1", "c2")
    assert await world.handlers.viewers("other", "t1") == []
    assert changes(world) == [("t1",)]


async def test_of_several_pages_the_most_recently_active_one_counts(world: World, gateway: Gateway) -> None:  # spec 9.2
    await gateway.connects("ava", "c1", idle=60)
    await gateway.connects("ava", "c2")
    await shows(gateway, "t2", "c2")
    await shows(gateway, "t1", "c1")
    assert await world.handlers.viewers("harbour", "t1") == []
    await shows(gateway, "", "c2")
    assert await world.handlers.viewers("harbour", "t1") == ["ava"]


async def test_nobody_views_a_ticket_at_a_gateway_that_crashed(world: World, gateway: Gateway) -> None:  # spec 1.11, 9.2
    await gateway.connects("ava")
    await shows(gateway, "t1")
    other = Gateway(world, "gateway-2")
    await other.connects("sam", "c2")
    await shows(other, "t1", "c2")
    assert await world.handlers.viewers("harbour", "t1") == ["ava", "sam"]

    await world.passes(20, other)

    assert await world.handlers.viewers("harbour", "t1") == ["sam"]
    assert changes(world) == [("t1",), ("t1",), ("t1",)]
