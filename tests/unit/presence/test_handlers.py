"""The handlers of presence: reports, choices, queries and published changes."""

import asyncio

import pytest

from servicekit.metrics import Metrics
from services.presence.domain.connections import ConnectionsReport
from services.presence.domain.errors import Busy, IncarnationPast, NotAllowed, WrongArgument
from services.presence.handlers.presence import MAX_RACES, ReportAnswer
from services.presence.inbound.timers import Timers
from tests.unit.presence.world import AVA, AWAY, BUSY, MIA, OFFLINE, ONLINE, Gateway, World


async def test_a_person_who_connects_is_online_at_once(world: World, gateway: Gateway) -> None:  # spec 1.3, 1.12
    await gateway.connects("ava")

    assert world.published() == [ONLINE]
    assert world.relay.wakes == 1
    assert world.metrics.registry.get_sample_value("parley_presence_changes_total", {"presence": "online"}) == 1


async def test_an_idle_person_becomes_away_and_an_active_one_online_at_once(world: World, gateway: Gateway) -> None:  # spec 1.3, 1.4
    await gateway.connects("ava")
    await world.passes(299.5, gateway)
    assert world.published() == [ONLINE]

    await world.passes(0.5, gateway)
    assert world.published() == [ONLINE, AWAY]

    await gateway.report(gateway.fact("ava", "c1"))
    assert world.published() == [ONLINE, AWAY, ONLINE]


async def test_a_person_is_offline_after_the_grace_of_a_closed_connection(world: World, gateway: Gateway) -> None:  # spec 1.6
    await gateway.connects("ava")
    await gateway.drops()
    await world.passes(9.5, gateway)
    assert world.published() == [ONLINE]

    await world.passes(0.5, gateway)

    assert world.published() == [ONLINE, OFFLINE]


async def test_a_reload_does_not_change_presence(world: World, gateway: Gateway) -> None:  # spec 1.6
    await gateway.connects("ava", "c1")
    await gateway.drops("c1")
    await world.passes(3, gateway)
    await gateway.connects("ava", "c2")
    await world.passes(60, gateway)

    assert world.published() == [ONLINE]


async def test_a_renewed_connection_does_not_count_as_activity(world: World, gateway: Gateway) -> None:  # spec 1.3, 1.4
    await gateway.connects("ava", "c1")
    await world.passes(400, gateway)
    await gateway.drops("c1")
    await world.passes(3, gateway)
    elsewhere = Gateway(world, "gateway-2")
    await elsewhere.connects("ava", "c2", idle=403)
    await world.passes(30, gateway, elsewhere)
    assert world.published() == [ONLINE, AWAY]

    await elsewhere.report(elsewhere.fact("ava", "c2"))
    assert world.published() == [ONLINE, AWAY, ONLINE]


async def test_the_most_active_of_several_tabs_sets_the_presence(world: World, gateway: Gateway) -> None:  # spec 1.9
    other = Gateway(world, "gateway-2")
    await gateway.connects("ava", "c1")
    await world.passes(200, gateway, other)
    await other.connects("ava", "c2")
    await world.passes(200, gateway, other)
    assert world.published() == [ONLINE]

    await other.drops("c2")
    await world.passes(10, gateway, other)
    assert world.published() == [ONLINE, AWAY]


async def test_connections_of_a_crashed_gateway_expire(world: World, gateway: Gateway) -> None:  # spec 1.11
    active_gateway = Gateway(world, "gateway-2")
    await gateway.connects("ava")
    await active_gateway.connects("sam", "c9")
    await world.passes(19.5, active_gateway)
    assert world.published("ava") == [ONLINE]

    await world.passes(0.5, active_gateway)

    assert world.published("ava") == [ONLINE, OFFLINE]
    assert world.published("sam") == [ONLINE]


async def test_a_restarted_gateway_drops_its_earlier_connections(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava", "c1")
    await gateway.connects("sam", "c2")
    anew = Gateway(world, incarnation="b")
    await anew.connects("ava", "c3")
    await world.passes(19.5, anew)
    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])

    await world.passes(0.5, anew)

    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE, OFFLINE])
    with pytest.raises(IncarnationPast):
        await gateway.report()


async def test_an_older_report_is_ignored(world: World, gateway: Gateway) -> None:
    await gateway.connects("ava", "c1")
    late = ConnectionsReport("gateway-1", "a", gateway.number, [gateway.fact("sam", "c2")], full=False)
    await gateway.report()

    assert await world.handlers.report(late) == ReportAnswer()
    assert world.published("sam") == []


async def test_an_unknown_incarnation_must_send_a_full_report(world: World) -> None:
    assert await world.handlers.report(ConnectionsReport("gateway-1", "a", 7, [], full=False)) == ReportAnswer(want_full=True)


async def test_a_gateway_whose_lease_expired_sends_a_full_report(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava")
    await world.passes(25)
    assert world.published() == [ONLINE, OFFLINE]

    await gateway.report()

    assert world.published() == [ONLINE, OFFLINE, ONLINE]


async def test_an_outage_of_presence_changes_no_presence(world: World, gateway: Gateway) -> None:  # spec 1.2
    await gateway.connects("ava")
    await world.clock.advance(60)
    world.start()
    await world.passes(4)
    await gateway.report()
    await world.passes(30, gateway)

    assert world.published() == [ONLINE]


async def test_an_outage_of_the_store_changes_no_presence(world: World, gateway: Gateway) -> None:  # spec 1.2, 1.11
    other = Gateway(world, "gateway-2")
    await gateway.connects("ava")
    await other.connects("sam", "c2")
    world.outage.down = True
    await world.passes(60, gateway, other)

    world.outage.down = False
    await world.passes(4)
    await other.report()
    await world.passes(60, gateway, other)

    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])


async def test_a_gateway_that_crashed_during_a_store_outage_expires_afterwards(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava")
    world.outage.down = True
    await world.passes(60)
    world.outage.down = False
    await world.passes(9.5)
    assert world.published() == [ONLINE]

    await world.passes(1)

    assert world.published() == [ONLINE, OFFLINE]


async def test_a_late_report_renews_the_lease(world: World, gateway: Gateway) -> None:  # spec 1.11
    await gateway.connects("ava")
    await world.clock.advance(25)

    await gateway.report(gateway.fact("sam", "c2"))

    assert (world.published("ava"), world.published("sam")) == ([ONLINE], [ONLINE])
    assert gateway.number == 2, "no full report was requested"


async def test_a_process_that_was_suspended_expires_no_lease(world: World, gateway: Gateway) -> None:  # spec 1.2, 1.11
    await gateway.connects("ava")
    sweeping = asyncio.create_task(Timers(world.handlers, world.clock, Metrics("presence")).sweep())
    await world.clock.advance(1)
    world.clock.set_forward(3600)
    await world.clock.advance(0)
    await gateway.report()
    await world.clock.advance(1)
    sweeping.cancel()

    assert OFFLINE not in world.published()


async def test_a_chosen_state_overrides_activity_and_is_kept(world: World, gateway: Gateway) -> None:  # spec 1.7, 1.9
    await gateway.connects("ava", "c1")
    await world.handlers.choose(AVA, BUSY)
    await gateway.report(gateway.fact("ava", "c1"))
    assert world.published() == [ONLINE, BUSY]

    await gateway.drops("c1")
    await world.passes(15, gateway)
    world.start()
    await gateway.connects("ava", "c2")
    assert world.published() == [ONLINE, BUSY, OFFLINE, BUSY]

    person = await world.handlers.choose(AVA, ONLINE)
    assert (person.announced.presence, person.chosen) == (ONLINE, None)


async def test_a_customer_cannot_choose_a_state(world: World, gateway: Gateway) -> None:  # spec 1.8
    await gateway.connects("mia")
    with pytest.raises(NotAllowed):
        await world.handlers.choose(MIA, BUSY)

    assert world.published("mia") == [ONLINE]


async def test_offline_cannot_be_chosen(world: World) -> None:  # spec 1.7
    with pytest.raises(WrongArgument) as refused:
        await world.handlers.choose(AVA, OFFLINE)
    assert refused.value.field == "presence"


async def test_a_query_returns_the_current_presence(world: World, gateway: Gateway) -> None:  # spec 1.2, 1.14
    await gateway.connects("ava")
    await world.clock.advance(21)
    assert world.published() == [ONLINE]

    assert await world.presence() is OFFLINE
    assert world.published() == [ONLINE, OFFLINE]


async def test_people_of_another_desk_look_unknown(world: World, gateway: Gateway) -> None:  # spec 10.2
    await gateway.connects("ava")

    stranger, unknown = await world.handlers.get("other", ["ava", "nobody"])

    assert (stranger.announced, stranger.desk_id) == (unknown.announced, unknown.desk_id)
    assert await world.handlers.everyone_present("other") == []
    assert [person.id for person in await world.handlers.everyone_present("harbour")] == ["ava"]


async def test_a_lost_race_is_decided_again_on_the_new_state(world: World, gateway: Gateway) -> None:
    world.people.races = 3
    await gateway.connects("ava")

    assert world.published() == [ONLINE]


async def test_a_command_that_loses_every_race_is_refused(world: World, gateway: Gateway) -> None:
    world.people.races = MAX_RACES
    with pytest.raises(Busy):
        await gateway.connects("ava")


async def test_refreshing_many_people_is_one_save(world: World, gateway: Gateway) -> None:  # spec 1.12
    for number in range(50):
        gateway.open[f"c{number}"] = gateway.fact(f"person-{number}", f"c{number}")
    await gateway.report()
    world.people.saves = 0
    await world.clock.advance(10)

    await gateway.report(*(gateway.fact(f"person-{number}", f"c{number}") for number in range(50)))

    assert world.people.saves == 1
    assert len(world.people.published) == 50


async def test_ended_leases_are_deleted_later(world: World, gateway: Gateway) -> None:
    await gateway.connects("ava")
    await world.passes(100)
    await world.clock.advance(hours=2)
    await world.handlers.leases.forget_old()

    assert world.leases.leases == {}
    assert await world.presence() is OFFLINE
