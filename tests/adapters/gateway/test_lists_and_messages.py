"""A message is sent to the readers of its session. Pages that only list the session get its new revision in the digest."""

from collections.abc import Callable

import pytest

from parley.chat.v1 import chat_pb2 as chat
from servicekit.app import App
from servicekit.kafka_records import Record
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.published import AVA, HANDLED, MIA, Publish, Session

Open = Callable[[str], Browser]


@pytest.fixture
def gateway_env() -> dict[str, str]:
    return {"PARLEY_GATEWAY_DIGEST_SECONDS": "0.3"}


@pytest.fixture
async def session(publish: Publish, peers: Peers) -> Session:
    return Session(publish, peers.desk_id)


async def test_a_message_sends_no_frame_to_engineers_who_only_list_the_session(
    browser_of: Open, session: Session, publish: Publish
) -> None:  # spec 3.6, 6.3
    mia, ava, bo = [await browser_of(person).page() for person in ("mia", "ava", "bo")]
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    await bo.receive("card")
    await publish(*[session.written(f"text {number}") for number in range(3)])

    for reader in (mia, ava):
        while (await reader.receive("entry"))["entry"]["revision"] < 4:
            pass
        entries = [frame["entry"]["revision"] for frame in reader.frames if frame["t"] == "entry"]
        assert entries == [1, 2, 3, 4]
    bumped = (await bo.receive("digest", cards=(await ava.receive("digest"))["cards"]))["grown"]
    assert [(one["sessionId"], one["since"], one["revision"]) for one in bumped] == [("s1", 1, 4)]
    assert [frame["t"] for frame in bo.frames if frame["t"] in ("card", "entry")] == ["card"]
    assert (await bo.receive("digest"))["grown"] == []


async def test_a_message_without_readers_on_this_replica_is_not_decoded(
    browser_of: Open, session: Session, publish: Publish, peers: Peers, gateway: App
) -> None:  # spec 3.6
    zoe = await browser_of("zoe").page()
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    unreadable = session.written("secret")
    await publish(Record(unreadable.topic, unreadable.key, b"\xff", unreadable.headers))
    hers = Session(publish, peers.desk_id, session.card.session_id)  # the same key, so that its records are consumed later
    hers.card.revision, hers.card.customer.id = 5, "zoe"
    await hers.publishes()
    await zoe.receive("card")
    values = gateway.metrics.registry
    assert values.get_sample_value("parley_gateway_kafka_broadcast_failures_total") == 0
    assert values.get_sample_value("parley_gateway_delivery_seconds_count", {"topic": unreadable.topic}) == 1  # only what zoe received
    assert "refetch" not in [frame["t"] for frame in zoe.frames]


async def test_a_page_with_the_session_open_is_sent_its_messages_at_once(
    browser_of: Open, session: Session, publish: Publish, peers: Peers
) -> None:  # spec 6.2
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    peers.chat.cards["s1"] = session.card
    bo = await browser_of("bo").page()
    await bo.send({"t": "followSessions", "sessionIds": ["s1"]})
    await bo.receive("digest", sessions={"s1": 1})
    await publish(session.written("hello"))
    while (await bo.receive("entry"))["entry"]["revision"] < 2:
        pass
    grown = (await bo.receive("digest", sessions={"s1": 2}))["grown"]
    assert [(one["since"], one["revision"]) for one in grown] == [(1, 2)]
    assert 2 not in [frame["card"]["revision"] for frame in bo.frames if frame["t"] == "card"]


async def test_a_message_after_a_gap_sends_the_whole_card(browser_of: Open, session: Session, publish: Publish) -> None:  # spec 3.7
    bo = await browser_of("bo").page()
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    await bo.receive("card")
    session.record(chat.SessionEvent(engineer_invited=chat.EngineerInvited(engineer=AVA)))
    await publish(session.written("after what was lost"))
    assert (await bo.receive("card"))["card"]["revision"] == 3
