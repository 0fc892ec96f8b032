"""An admin ends a person's connections: their sockets close, their sign-ins end, and other people are not affected."""

from collections.abc import Awaitable, Callable

from parley.presence.v1 import presence_pb2 as presence
from servicekit import kafka_topics as topics
from servicekit.errors import Unavailable
from servicekit.kafka_records import Record
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers

Open = Callable[[str], Browser]
Publish = Callable[..., Awaitable[None]]


def connections_of(peers: Peers, person_id: str) -> list[str]:
    return [fact.connection_id for fact in peers.presence.facts() if fact.person_id == person_id]


def ended(peers: Peers, person_id: str, *connection_ids: str) -> Record:
    value = presence.ConnectionsEnded(person_id=person_id, desk_id=peers.desk_id, connection_ids=connection_ids).SerializeToString()
    headers = {"desk": peers.desk_id, "people": person_id, "kind": "connections_ended"}
    return Record(topics.PRESENCE.name, f"ended:{person_id}", value, headers)


async def test_sockets_close_at_once_and_their_sign_ins_end(browser_of: Open, peers: Peers, publish: Publish) -> None:  # spec 1.15
    mia, zoe = browser_of("mia"), browser_of("zoe")
    of_mia, of_zoe = [await mia.page(), await mia.page()], await zoe.page()
    await until(lambda: len(connections_of(peers, "mia")) == 2)

    # Presence does not have the second tab yet, but it has the same sign-in.
    await publish(ended(peers, "mia", connections_of(peers, "mia")[0]))

    assert [await socket.closed() for socket in of_mia] == [4401, 4401]
    await until(lambda: len(peers.directory.sign_ins) == 1)
    assert (await mia.api("GET", "/start")).status_code == 401
    await of_zoe.send({"t": "watchPeople", "personIds": ["zoe"]})
    await of_zoe.receive("presence")


async def test_a_repeat_does_not_end_a_later_sign_in(browser_of: Open, peers: Peers, publish: Publish) -> None:  # spec 1.15
    first = await browser_of("mia").page()
    await until(lambda: bool(connections_of(peers, "mia")))
    record = ended(peers, "mia", *connections_of(peers, "mia"))
    await publish(record)
    assert await first.closed() == 4401

    second = await browser_of("mia").page()
    await publish(record)

    await second.send({"t": "watchPeople", "personIds": ["mia"]})
    await second.receive("presence")


async def test_a_report_response_ends_connections_whose_record_was_missed(browser_of: Open, peers: Peers) -> None:  # spec 1.15
    socket = await browser_of("mia").page()
    await until(lambda: bool(connections_of(peers, "mia")))

    peers.presence.ended = connections_of(peers, "mia")
    await socket.send({"t": "activity"})

    assert await socket.closed() == 4401


async def test_a_sign_in_is_ended_after_an_outage_of_the_directory(browser_of: Open, peers: Peers, publish: Publish) -> None:  # spec 1.15
    mia = browser_of("mia")
    socket = await mia.page()
    await until(lambda: bool(connections_of(peers, "mia")))
    peers.refuses["EndSignIn"] = Unavailable("down")

    await publish(ended(peers, "mia", *connections_of(peers, "mia")))
    assert await socket.closed() == 4401
    assert (await mia.api("GET", "/start")).status_code == 401

    del peers.refuses["EndSignIn"]
    await until(lambda: not peers.directory.sign_ins)


async def test_the_call_is_made_to_presence_as_the_admin(browser_of: Open, peers: Peers) -> None:  # spec 1.15
    answer = await browser_of("ava").api("POST", "/people/mia/end-connections", json={"commandId": "e1", "reason": "Laptop lost"})

    assert answer.json() == {"connections": 2}
    ((caller, request),) = peers.presence.asked
    assert (caller.id, caller.desk_id) == ("ava", peers.desk_id)
    assert request == presence.EndConnectionsRequest(command_id="e1", person_id="mia", reason="Laptop lost")
