"""The chart's network policies let through exactly the calls that the services make."""

import re

import yaml

from parley.tickets.v1 import erasing_pb2 as e
from stack.replicas import SERVICES
from stack.services import ROOT, Stack
from tests.contract.rpcs import RPCS
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.metrics import samples
from tests.journeys.team import Team

CALLS: dict[str, list[str]] = yaml.safe_load((ROOT / "deploy" / "helm" / "parley" / "files" / "calls.yaml").read_text())
OWNERS = {rpc.path: rpc.owner for rpc in RPCS.values()}
# A pod of the chart, no service.
CHECK = "check"


async def made(stack: Stack) -> dict[str, set[str]]:
    """Service -> those that its replicas have called since they started."""
    found: dict[str, set[str]] = {service: set() for service in SERVICES}
    for replica in stack.replicas.values():
        for sample in await samples(stack, replica.name):
            if re.fullmatch(r"parley_\w+_grpc_client_(seconds_count|streams_total)", sample.name):
                found[replica.service].add(OWNERS[sample.labels["method"]])
    return found


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
    listed = {service: set(called) for service, called in CALLS.items() if service != CHECK}

    # A call that no policy allows fails the test at once; one that is made later, such as for the ticket's log, is awaited.
    async def all_made() -> bool:
        calls = await made(stack)
        assert {service: called - listed[service] for service, called in calls.items() if called - listed[service]} == {}
        return calls == listed

    await until(all_made)
