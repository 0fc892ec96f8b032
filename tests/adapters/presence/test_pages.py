"""ListPages through two replicas: one gets the reports of the gateway, the other answers."""

from typing import Any

from parley.presence.v1 import presence_pb2 as pb
from tests.adapters.presence.world import World, refused
from tests.fakes.patient import call


async def pages(world: World, *person_ids: str, desk: str = "", **how: Any) -> list[pb.Page]:
    request = pb.ListPagesRequest(desk_id=desk or world.desk, person_ids=person_ids)
    return list((await call(world.replicas[1].ListPages, request, **how)).pages)


async def test_pages_of_the_desk_are_listed_until_they_close_or_their_gateway_crashes(world: World) -> None:  # spec 1.11, 5.4
    state = pb.PageState(visible=True, permission=pb.NOTIFICATION_PERMISSION_GRANTED, session_ids=["s1"], browser_id="b1")
    first, second = world.fact("c1"), world.fact("c2", "mia")
    first.page.CopyFrom(state)
    await world.report(first, second, full=True)

    expected = [
        pb.Page(person_id="ava", connection_id="c1", active_at=first.active_at, state=state),
        pb.Page(person_id="mia", connection_id="c2", active_at=second.active_at, state=pb.PageState()),
    ]
    assert sorted(await pages(world, "ava", "mia", "nobody"), key=lambda page: page.person_id) == expected
    assert await pages(world, "ava", "mia", desk="elsewhere") == []

    await world.report(world.fact("c2", "mia", closed=True))
    assert await pages(world, "mia") == []

    await world.clock.advance(20)
    assert await pages(world, "ava") == []


async def test_only_services_of_parley_list_pages_and_a_bad_request_is_refused_by_its_field(world: World) -> None:  # spec 10.3, 11.1
    assert (await refused(pages(world, "ava", token=world.token("engineer", "ava", role="admin"))))[0] == "permission_denied"
    assert (await refused(pages(world, "ava", token=world.account("wallboard"))))[0] == "permission_denied"
    assert await refused(pages(world, *("ava" for _ in range(1001)))) == ("invalid_argument", "person_ids")
    assert await refused(call(world.replicas[1].ListPages, pb.ListPagesRequest(person_ids=["ava"]))) == ("invalid_argument", "desk_id")
