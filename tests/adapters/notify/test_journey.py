"""The alerts of the whole notify service: two replicas in this process on real engines, with fakes of the services that it calls."""

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import notify_pb2 as pb
from parley.presence.v1 import presence_pb2 as presence
from servicekit.errors import RemoteError
from servicekit.moments import to_proto
from tests.adapters.notify.conftest import World
from tests.adapters.notify.peers import ONLINE
from tests.fakes.patient import call

HANDLED = chat.CHAT_STATUS_HANDLED


async def test_an_engineer_is_alerted_while_a_session_needs_an_engineer(world: World) -> None:  # spec 1.10 2.10 3.9 5.1 5.3 5.11
    peers = world.peers
    peers.session("before", "session_opened")
    # Missed records are made up for at the start.
    await world.replicas[0].stop()
    restarted = world.replicas[0] = world.new_replica()
    await restarted.start()
    await world.receives_soon("+before:waiting:ava")

    await world.publish(peers.becomes("bo", ONLINE))
    await world.receives_soon("+before:waiting:bo")
    await world.publish(peers.session("fire", "session_opened"), peers.session("globex", "session_opened", company_id="globex"))
    await world.receives_soon("+fire:waiting:ava", "+fire:waiting:bo", "+globex:waiting:ava")
    newest = (await world.alerts("bo"))[0]
    assert (newest.title, newest.customer_name, newest.company_name) == ("Printer is on fire", "Mia Torres", "Acme Ltd")

    dismissal = pb.DismissAlertRequest(session_id=peers.id("fire"))
    for replica in (*world.replicas, *world.replicas):
        await call(replica.notify.DismissAlert, dismissal, token=world.token("ava"))
    await world.receives_soon("-fire:waiting:ava")
    await world.publish(peers.becomes("ava", presence.PRESENCE_BUSY))
    await world.receives_soon("-before:waiting:ava", "-globex:waiting:ava")
    await world.publish(peers.becomes("ava", ONLINE))
    await world.receives_soon("+before:waiting:ava", "+globex:waiting:ava")

    taken = peers.session("fire", "participant_joined", status=HANDLED)
    await world.publish(taken, taken)
    await world.receives_soon("-fire:waiting:bo")
    asked = chat.Person(id=peers.id("ava"), name="Ava", side=chat.SIDE_ENGINEER)
    invitation = chat.Invitation(engineer=asked, by=peers.person("bo"), at=to_proto(world.clock.now()))
    await world.publish(peers.session("fire", "engineer_invited", invited=[asked], invitations=[invitation]))
    await world.receives_soon("+fire:invited:ava")
    (invited,) = (alert for alert in await world.alerts("ava") if alert.reason == pb.ALERT_REASON_INVITED)
    assert (invited.invited_by_name, invited.invited_at) == ("Bo", invitation.at)

    request = pb.ExplainAlertRequest(session_id=peers.id("globex"), person_id=peers.id("bo"))
    explained = await call(world.replicas[0].notify.ExplainAlert, request, token=world.token("ava", "supervisor"))
    assert not explained.alerted
    assert [(fact.check, fact.passed) for fact in explained.facts] == [
        ("session", True),
        ("access", False),
        ("presence", True),
        ("dismissed", True),
    ]
    with pytest.raises(RemoteError) as refused:
        await call(world.replicas[0].notify.ExplainAlert, request, token=world.token("ava"))
    assert refused.value.kind == "permission_denied"
    with pytest.raises(RemoteError) as refused:
        await call(world.replicas[0].notify.DismissAlert, pb.DismissAlertRequest(), token=world.token("ava"))
    assert (refused.value.kind, refused.value.field) == ("invalid_argument", "session_id")
