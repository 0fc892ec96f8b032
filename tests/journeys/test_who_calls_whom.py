"""The chart's network policies let through exactly the calls that the services make."""

from parley.tickets.v1 import erasing_pb2 as e
from stack.services import Stack
from tests.deploy.calls import Pairs, listed, made
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.metrics import samples
from tests.journeys.team import Team


async def made_in(stack: Stack) -> Pairs:
    """The calls of all replicas since they started."""
    read = [(replica.service, each) for replica in stack.replicas.values() for each in await samples(stack, replica.name)]
    return made((service, each.name, each.labels) for service, each in read)


async def test_the_services_call_exactly_those_that_the_network_policies_allow(stack: Stack, desk: TestDesk) -> None:  # spec 12.1
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    ended = {"commandId": "end", "create": {"boardId": desk.id_of("service-desk"), "summary": "Printer", "priority": "normal"}}
    await ava.api("POST", f"/sessions/{session_id}/complete", ended)
    push = {"commandId": "push", "text": "Are you there?"}
    ticket_id = await desk.ticket(mia)
    await ava.retried(lambda: ava.api("POST", f"/tickets/{ticket_id}/push-chat", push))
    await ava.api("POST", f"/people/{desk.id_of('mia')}/end-connections", {"commandId": "out", "reason": "Lost the phone."})
    async with Team(stack) as team:
        asked = e.DownloadPersonDataRequest(person_id=desk.id_of("mia"))
        assert [piece async for piece in team.stream("ErasingService.DownloadPersonData", asked, team.person(desk, "ava"))]

    # A call that no policy allows fails the test at once; one that is made later, such as for the ticket's log, is awaited.
    async def all_made() -> bool:
        calls = await made_in(stack)
        assert calls - listed() == set()
        return calls == listed()

    await until(all_made)
