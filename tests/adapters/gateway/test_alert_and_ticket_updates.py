"""Alerts, tickets and presence are sent to the pages with access, and to no other page."""

from typing import Any

import pytest

from parley.notify.v1 import notify_pb2 as notify
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit import kafka_topics as topics
from servicekit.identity import new_id
from servicekit.kafka_records import Record
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.published import AVA, HANDLED, MIA, Open, Publish, Session, tags_until


@pytest.fixture
def session(publish: Publish, peers: Peers) -> Session:
    return Session(publish, peers.desk_id)


async def test_an_alert_is_sent_only_to_its_engineer(browser_of: Open, publish: Publish, peers: Peers) -> None:  # spec 5.1
    ava, bo = [await browser_of(person).page() for person in ("ava", "bo")]

    def alert(people: list[str], **event: Any) -> Record:
        value = notify.NotifyEvent(event_id=new_id(), **event).SerializeToString()
        return Record(topics.NOTIFY.name, "s1", value, {"desk": peers.desk_id, "people": ",".join(people), "kind": "alert"})

    shown = notify.Alert(alert_id="s1:waiting", session_id="s1", title="Printer")
    raised = notify.AlertRaised(alert=shown, person_ids=["ava", "sam"])
    gone = [notify.AlertWithdrawn(alert_id="s1:waiting", session_id="s1", person_ids=people) for people in (["ava"], ["bo", "ava"])]
    await publish(
        alert(["ava", "sam"], alert_raised=raised), alert(["ava"], alert_withdrawn=gone[0]), alert(["bo"], alert_withdrawn=gone[1])
    )
    sent = (await ava.receive("alertRaised"))["alert"]
    assert (sent["alertId"], sent["personId"], sent["title"]) == ("s1:waiting:ava", "ava", "Printer")
    withdrawn = await ava.receive("alertWithdrawn")
    assert (withdrawn["alertId"], withdrawn["personId"], withdrawn["sessionId"]) == ("s1:waiting:ava", "ava", "s1")
    assert await tags_until(bo, "alertWithdrawn") == ["alertWithdrawn"]


async def test_a_ticket_is_sent_to_customer_and_engineers_and_internal_entries_only_to_engineers(
    browser_of: Open, publish: Publish, peers: Peers
) -> None:  # spec 9.2, 9.4
    mia, zoe, ava = [await browser_of(person).page() for person in ("mia", "zoe", "ava")]

    def changed(customer: str, company: str, revision: int, **event: Any) -> Record:
        ticket = tickets.Ticket(id="t1", number=7, revision=revision, customer=tickets.TicketPerson(id=customer), company_id=company)
        value = tickets.TicketEvent(ticket=ticket, **event).SerializeToString()
        return Record(topics.TICKETS.name, "t1", value, {"desk": peers.desk_id, "company": company, "board": "b", "kind": "updated"})

    await publish(
        changed("mia", "acme", 1, timeline_grew=tickets.TimelineGrew(internal=True)),
        changed("mia", "acme", 2, timeline_grew=tickets.TimelineGrew()),
        changed("zoe", "globex", 3, updated=tickets.TicketUpdated()),
    )
    assert [(await ava.receive("ticket"))["ticket"]["revision"] for _ in range(3)] == [1, 2, 3]
    assert (await mia.receive("ticket"))["ticket"]["revision"] == 2
    assert (await zoe.receive("ticket"))["ticket"]["revision"] == 3


async def test_presence_is_sent_only_to_pages_that_watch_the_person(browser_of: Open, publish: Publish, peers: Peers) -> None:  # spec 1.12
    peers.directory.access["bo"] = directory.Access(all_companies=True, all_boards=True)
    ava, bo = [await browser_of(person).page() for person in ("ava", "bo")]

    def becomes(person: str, state: presence.Presence.ValueType, revision: int) -> Record:
        now = presence.PersonPresence(person_id=person, desk_id=peers.desk_id, presence=state, revision=revision)
        value = presence.PresenceChanged(presence=now).SerializeToString()
        return Record(topics.PRESENCE.name, person, value, {"desk": peers.desk_id, "people": person, "kind": "presence_changed"})

    await ava.send({"t": "watchPeople", "personIds": ["mia", "bo"]})
    first = (await ava.receive("presence"))["presences"]
    assert {person["personId"]: person["presence"] for person in first} == {"mia": "PRESENCE_ONLINE", "bo": "PRESENCE_ONLINE"}
    await bo.send({"t": "watchPeople", "personIds": ["zoe"]})
    await bo.receive("presence")

    await publish(
        becomes("mia", presence.PRESENCE_AWAY, 2), becomes("mia", presence.PRESENCE_OFFLINE, 3), becomes("mia", presence.PRESENCE_AWAY, 2)
    )
    mia = (await ava.receive("presence"))["presences"][-1]
    if mia["revision"] == 2:
        mia = (await ava.receive("presence"))["presences"][-1]
    assert (mia["presence"], mia["revision"]) == ("PRESENCE_OFFLINE", 3)
    await publish(becomes("zoe", presence.PRESENCE_AWAY, 2))
    assert [person["personId"] for person in (await bo.receive("presence"))["presences"]] == ["zoe"]


async def test_a_customer_watches_only_people_of_their_own_sessions(browser_of: Open, session: Session) -> None:  # spec 10.2
    mia = await browser_of("mia").page()
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    await mia.receive("card")
    await mia.send({"t": "watchPeople", "personIds": ["ava", "bo", "zoe", "mia"]})
    assert {person["personId"] for person in (await mia.receive("presence"))["presences"]} == {"ava", "mia"}


async def test_an_engineer_cannot_watch_a_customer_without_access(browser_of: Open) -> None:  # spec 10.2
    bo = await browser_of("bo").page()
    await bo.send({"t": "watchPeople", "personIds": ["ava", "mia", "zoe"]})
    assert {person["personId"] for person in (await bo.receive("presence"))["presences"]} == {"ava", "mia"}
