"""What a page reports as received, through two gateways, gRPC, Kafka and the store."""

from tests.journeys.desk import TestDesk
from tests.journeys.test_internal_notes import recorded


async def test_what_a_page_holds_is_known_on_the_other_gateway_and_after_a_reload(desk: TestDesk) -> None:  # spec 7.5
    mia, ava = await desk.page("mia", 0), await desk.page("ava", 1)
    session_id = await desk.handled(mia, ava)
    for page in (mia, ava):
        page.session(session_id)
    at_mia, at_ava = await recorded(mia), await recorded(ava)
    revision = await mia.post(session_id, "Are you there?").accepted
    await ava.until(lambda: ava.session(session_id).revision >= revision, "the message")

    ava.send({"t": "delivered", "sessionId": session_id, "revision": revision})

    expected = {"t": "read", "sessionId": session_id, "personId": ava.person_id, "revision": 0, "delivered": revision}
    await mia.until(lambda: expected in at_mia, "what Ava's page has received")
    fetched = await mia.api("GET", f"/sessions/{session_id}?after={revision}")
    assert fetched["reads"] == [{"sessionId": session_id, "personId": ava.person_id, "revision": 0, "delivered": revision}]
    # For her it is unread: the frame would close her notification of the message.
    assert not [frame for frame in at_ava if frame["t"] == "read"]
