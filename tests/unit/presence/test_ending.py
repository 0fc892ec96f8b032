"""An admin ends a person's connections."""

from dataclasses import replace

import pytest

from parley.presence.v1 import presence_pb2 as pb
from servicekit.errors import Unavailable
from services.presence.contract import checked_ending
from services.presence.domain.access import Access
from services.presence.domain.connections import Ending
from services.presence.domain.errors import NoSuchPerson, NotAllowed, WrongArgument
from services.presence.domain.person import MAX_ENDINGS, Person, with_ending
from tests.unit.presence.world import AVA, MIA, OFFLINE, ONLINE, SAM, Gateway, World


async def test_ending_all_connections_of_a_person_is_audited(world: World, gateway: Gateway) -> None:  # spec 1.15, 10.5
    await gateway.connects("sam", "c1")
    await gateway.connects("sam", "c2")
    await gateway.connects("mia", "c3")

    ending = await world.handlers.end_connections(AVA, "sam", "e1", "Laptop lost")

    assert set(ending.connection_ids) == {"c1", "c2"}
    (announced,) = world.ended()
    assert (announced.person_id, announced.desk_id, announced.ending) == ("sam", "harbour", ending)
    (audited,) = world.people.people["sam"].endings
    assert (audited.by, audited.by_name, audited.reason, audited.at) == ("ava", "Ava Chen", "Laptop lost", world.clock.now())


async def test_a_person_is_offline_after_the_gateway_closed_the_connections(world: World, gateway: Gateway) -> None:  # spec 1.2, 1.15
    await gateway.connects("sam")
    await world.handlers.end_connections(AVA, "sam", "e1", "")
    assert await world.presence("sam") is ONLINE

    await gateway.drops()
    await world.passes(10, gateway)

    assert world.published("sam") == [ONLINE, OFFLINE]


async def test_a_gateway_that_missed_the_event_gets_the_connections_until_it_closed_them(
    world: World, gateway: Gateway
) -> None:  # spec 1.15
    other = Gateway(world, "gateway-2")
    await gateway.connects("sam", "c1")
    await other.connects("sam", "c2")
    await world.handlers.end_connections(AVA, "sam", "e1", "")

    await gateway.report()
    await other.report()
    assert (gateway.must_end, other.must_end) == (["c1"], ["c2"])

    await gateway.drops("c1")
    await other.report()
    assert (gateway.must_end, other.must_end) == ([], ["c2"])


async def test_an_end_is_kept_when_the_gateway_must_send_a_full_report(world: World, gateway: Gateway) -> None:  # spec 1.15
    await gateway.connects("sam")
    await world.handlers.end_connections(AVA, "sam", "e1", "")

    gateway.full = True
    await gateway.report()

    assert gateway.must_end == ["c1"]


async def test_a_repeat_returns_the_first_result_and_ends_nothing_more(world: World, gateway: Gateway) -> None:  # spec 1.15, 11.1
    await gateway.connects("sam", "c1")
    first = await world.handlers.end_connections(AVA, "sam", "e1", "")
    await gateway.drops("c1")
    await gateway.connects("sam", "c2")

    repeated = await world.handlers.end_connections(AVA, "sam", "e1", "")
    await gateway.report()

    assert repeated == first
    assert len(world.ended()) == 1
    assert gateway.must_end == []


async def test_a_later_sign_in_is_not_ended(world: World, gateway: Gateway) -> None:  # spec 1.15
    await gateway.connects("sam", "c1")
    await world.handlers.end_connections(AVA, "sam", "e1", "")
    await gateway.drops("c1")

    await gateway.connects("sam", "c2")

    assert gateway.must_end == []
    assert await world.presence("sam") is ONLINE


async def test_sign_ins_before_the_command_end_and_a_repeat_ends_no_later_one(world: World, gateway: Gateway) -> None:  # spec 1.15, 10.10
    await gateway.connects("sam", "c1")
    at = world.clock.now()
    world.sign_ins.down = True
    with pytest.raises(Unavailable):
        await world.handlers.end_connections(AVA, "sam", "e1", "")
    await world.clock.advance(60)

    await world.handlers.end_connections(AVA, "sam", "e1", "")

    assert world.sign_ins.ended == [("sam", at, "ava")]
    assert len(world.people.people["sam"].endings) == 1


async def test_a_sign_in_without_a_socket_is_ended_and_audited(world: World) -> None:  # spec 1.15, 10.5
    ending = await world.handlers.end_connections(AVA, "kim", "e1", "Laptop lost")

    assert ("kim", world.clock.now(), "ava") in world.sign_ins.ended
    assert ending.connection_ids == ()
    assert [entry.reason for entry in world.people.people["kim"].endings] == ["Laptop lost"]
    assert not world.people.people["kim"].engineer


async def test_a_command_without_connections_is_audited(world: World, gateway: Gateway) -> None:  # spec 1.15, 10.5
    await gateway.connects("sam")
    await gateway.drops()

    assert (await world.handlers.end_connections(AVA, "sam", "e1", "")).connection_ids == ()

    assert [event.ending.connection_ids for event in world.ended()] == [()]
    assert len(world.people.people["sam"].endings) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "\u200b"}, "reason"),
        ({"reason": "a\0b"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"command_id": "a\n"}, "command_id"),
    ],
)
def test_an_unreadable_reason_is_refused(wrong: dict[str, str], field: str) -> None:  # spec 10.5
    with pytest.raises(WrongArgument) as refused:
        checked_ending(pb.EndConnectionsRequest(**{"person_id": "sam", "command_id": "c", "reason": "Left us\non Monday", **wrong}))
    assert refused.value.field == field


@pytest.mark.parametrize("by", [SAM, MIA], ids=["a supervisor", "a customer"])
async def test_only_admins_end_connections(world: World, gateway: Gateway, by: object) -> None:  # spec 1.15
    await gateway.connects("sam")
    with pytest.raises(NotAllowed):
        await world.handlers.end_connections(by, "sam", "e1", "")  # type: ignore[arg-type]

    assert world.ended() == []


async def test_an_admin_with_limited_access_ends_connections_of_people_within_it(world: World, gateway: Gateway) -> None:  # spec 1.15, 10.2
    acme = frozenset({"acme"})
    limited = replace(AVA, id="lea", companies=acme)
    world.sign_ins.accesses = {
        "mia": Access("acme", frozenset(), frozenset()),
        "kim": Access("globex", frozenset(), frozenset()),
        "sam": Access("", acme, frozenset({"projects"})),
        "ava": Access("", None, None),
    }
    for person_id in ("mia", "sam", "ava"):
        await gateway.connects(person_id, person_id)

    for person_id in ("mia", "sam"):
        assert (await world.handlers.end_connections(limited, person_id, "e1", "")).connection_ids == (person_id,)
    with pytest.raises(NotAllowed):
        await world.handlers.end_connections(limited, "ava", "e1", "")
    refusals = set()
    for person_id in ("kim", "nobody"):
        with pytest.raises(NoSuchPerson) as refused:
            await world.handlers.end_connections(limited, person_id, "e1", "")
        refusals.add((str(refused.value), refused.value.field))

    assert len(refusals) == 1
    assert [event.person_id for event in world.ended()] == ["mia", "sam"]
    assert {person_id for person_id, _, _ in world.sign_ins.ended} == {"mia", "sam"}


async def test_an_admin_with_more_companies_than_a_token_lists_is_limited_to_those_of_the_directory(
    world: World, gateway: Gateway
) -> None:  # spec 1.15, 10.2
    limited = replace(AVA, id="lea", companies=frozenset(), boards=frozenset(), unlisted=True)
    world.sign_ins.accesses = {
        "lea": Access("", frozenset({"acme"}), None),
        "mia": Access("acme", frozenset(), frozenset()),
        "kim": Access("globex", frozenset(), frozenset()),
    }
    await gateway.connects("mia")
    assert (await world.handlers.end_connections(limited, "mia", "e1", "")).connection_ids
    with pytest.raises(NoSuchPerson):
        await world.handlers.end_connections(limited, "kim", "e1", "")


async def test_more_boards_than_their_own_are_beyond_an_admin(world: World, gateway: Gateway) -> None:  # spec 1.15, 10.2
    limited = replace(AVA, id="lea", boards=frozenset({"projects"}))
    world.sign_ins.accesses = {"sam": Access("", None, frozenset({"projects", "service-desk"}))}
    await gateway.connects("sam")
    with pytest.raises(NotAllowed):
        await world.handlers.end_connections(limited, "sam", "e1", "")

    assert world.ended() == []


async def test_people_of_another_desk_look_missing(world: World, gateway: Gateway) -> None:  # spec 1.15, 10.2
    await gateway.connects("sam")
    elsewhere = replace(AVA, desk_id="other")
    refusals = []
    for person_id in ("sam", "nobody"):
        with pytest.raises(NoSuchPerson) as refused:
            await world.handlers.end_connections(elsewhere, person_id, "e1", "")
        refusals.append((str(refused.value), refused.value.field))

    assert refusals[0] == refusals[1]
    assert world.ended() == []


def test_only_the_newest_audit_entries_of_a_person_are_kept(world: World) -> None:
    person = Person("sam", "harbour", engineer=True)
    for number in range(MAX_ENDINGS + 5):
        person = with_ending(person, Ending(f"e{number}", "ava", "Ava Chen", "", world.clock.now()))

    assert [ending.command_id for ending in person.endings] == [f"e{number}" for number in range(5, MAX_ENDINGS + 5)]
