"""Records of chat are sent to the pages with access, with the fields that their audience may see, and to no other page."""

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.tickets.v1 import directory_pb2 as directory
from servicekit import kafka_topics as topics
from servicekit.kafka_records import Record
from stack.conversation import Conversation
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.published import AVA, COMPLETED, HANDLED, MIA, Open, Publish, Session, message, tags_until


@pytest.fixture
def session(publish: Publish, peers: Peers) -> Session:
    return Session(publish, peers.desk_id)


async def test_a_waiting_chats_card_is_sent_to_engineers_and_its_entry_to_the_customer(
    browser_of: Open, session: Session
) -> None:  # spec 2.7, 2.10
    mia, ava, bo = [await browser_of(person).page() for person in ("mia", "ava", "bo")]
    await session.publishes(message("Printer is on fire"))

    for engineer in (ava, bo):
        assert await tags_until(engineer, "card") == ["card"]
    entry = await mia.receive("entry")
    assert entry["entry"]["events"][0]["messagePosted"]["text"] == "Printer is on fire"
    assert entry["entry"]["hidden"] == 0
    card = await mia.receive("card")
    assert "contact" not in card["card"]
    assert card["card"]["ticketId"] == ""


async def test_customers_are_sent_nothing_for_engineers_only(browser_of: Open, session: Session) -> None:  # spec 4.12
    mia, ava = [await browser_of(person).page() for person in ("mia", "ava")]
    invited = chat.SessionEvent(engineer_invited=chat.EngineerInvited(engineer=AVA))
    note = chat.SessionEvent(close_noted=chat.CloseNoted(note="between us"))
    opened = chat.SessionEvent(session_opened=chat.SessionOpened(title="Printer", contact=chat.Contact(phone="+6491234567")))
    session.card.close_record.note = "between us"
    session.card.invited.append(AVA)
    await session.publishes(invited, note, opened, message("hello"), status=HANDLED, participants=[MIA, AVA])

    hers = await mia.receive("entry")
    assert [list(event) for event in hers["entry"]["events"]] == [["sessionOpened"], ["messagePosted"]]
    assert hers["entry"]["hidden"] == 2
    assert "between us" not in str(mia.frames) and "+649" not in str(mia.frames)
    card = (await mia.receive("card"))["card"]
    assert card["invited"] == [] and "closeRecord" not in card and "contact" not in card
    engineers = await ava.receive("entry")
    assert [list(event) for event in engineers["entry"]["events"]] == [
        ["engineerInvited"],
        ["closeNoted"],
        ["sessionOpened"],
        ["messagePosted"],
    ]
    assert (await ava.receive("card"))["card"]["contact"]["phone"] == "+6491234567"


async def test_an_entry_hidden_from_a_customer_leaves_no_gap(browser_of: Open, session: Session) -> None:  # spec 3.7, 9.4
    mia = await browser_of("mia").page()
    for event in (message("hello"), chat.SessionEvent(engineer_invited=chat.EngineerInvited(engineer=AVA)), message("still there?")):
        await session.publishes(event, status=HANDLED, participants=[MIA, AVA])

    held, hidden = Conversation("s1", "mia"), []
    for _ in range(3):
        entry = (await mia.receive("entry"))["entry"]
        assert held.apply(entry)
        hidden.append(entry["hidden"])
    assert (hidden, held.kinds) == ([0, 1, 0], ["messagePosted", "messagePosted"])


async def test_other_customers_and_engineers_without_access_are_sent_nothing(
    browser_of: Open, session: Session, publish: Publish, peers: Peers
) -> None:  # spec 10.2
    peers.directory.access["bo"] = directory.Access(company_ids=["globex"], all_boards=True)
    zoe, bo = [await browser_of(person).page() for person in ("zoe", "bo")]
    await session.publishes(message("private"))
    other = Session(publish, peers.desk_id, session.card.session_id)  # the same key, so that its records are consumed later
    other.card.revision = 5
    other.card.customer.id, other.card.company_id = "zoe", "globex"
    await other.publishes()

    assert await tags_until(zoe, "card") == ["entry", "card"]
    revisions = [frame[tag]["revision"] for tag in ("entry", "card") for frame in zoe.frames if tag in frame]
    assert revisions == [6, 6]
    assert await tags_until(bo, "card") == ["card"]


async def test_another_desk_is_sent_nothing(browser_of: Open, session: Session, publish: Publish, peers: Peers) -> None:  # spec 10.2
    mia, ava = [await browser_of(person).page() for person in ("mia", "ava")]
    elsewhere = Session(publish, f"{peers.desk_id}-other", session.card.session_id)
    await elsewhere.publishes(message("not yours"))
    await session.publishes()
    assert await tags_until(ava, "card") == ["card"]
    assert await tags_until(mia, "card") == ["entry", "card"]


async def test_an_unanswered_push_chat_is_sent_only_to_its_sender(browser_of: Open, publish: Publish, peers: Peers) -> None:  # spec 2.9
    peers.directory.access["bo"] = directory.Access(all_companies=True, all_boards=True)
    push = Session(publish, peers.desk_id, "push", chat.CHAT_TYPE_PUSH)
    mia, ava, bo = [await browser_of(person).page() for person in ("mia", "ava", "bo")]
    await push.publishes()
    assert await tags_until(ava, "card") == ["entry", "card"]
    assert await tags_until(mia, "card") == ["entry", "card"]
    await push.publishes(status=HANDLED, participants=[MIA, AVA])

    assert await tags_until(bo, "card") == ["card"]
    assert bo.frames[-1]["card"]["revision"] == 2


async def test_a_repeated_entry_is_sent_once(browser_of: Open, session: Session, publish: Publish) -> None:  # spec 3.8
    mia = await browser_of("mia").page()
    first = session.record(message("once"))
    second = session.record(message("then"))
    await publish(first, second, first, second, session.record(message("last")))

    received = [(await mia.receive("entry"))["entry"]["revision"] for _ in range(3)]
    assert received == [1, 2, 3]


async def test_a_completed_sessions_card_is_removed_when_its_engineer_has_left(browser_of: Open, session: Session) -> None:  # spec 4.3
    ava, bo = [await browser_of(person).page() for person in ("ava", "bo")]
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    await session.publishes(status=COMPLETED)
    await ava.receive("card")
    assert await tags_until(bo, "cardGone") == ["card", "cardGone"]
    assert bo.frames[-1] == {"t": "cardGone", "sessionId": "s1", "revision": 2}
    await session.publishes(participants=[])
    assert "entry" in await tags_until(ava, "cardGone")


async def test_an_engineer_is_sent_entries_of_a_session_that_is_open_on_the_page(
    browser_of: Open, session: Session, peers: Peers
) -> None:  # spec 6.2
    await session.publishes()
    peers.chat.cards["s1"] = session.card
    bo = await browser_of("bo").page()
    await bo.send({"t": "followSessions", "sessionIds": ["s1", "no-such"]})
    await bo.receive("digest", sessions={"s1": 1})
    await session.publishes(message("now received"))
    assert await tags_until(bo, "card") == ["entry", "card"]
    await bo.send({"t": "followSessions", "sessionIds": []})
    await bo.send({"t": "post", "sessionId": "x", "commandId": "done", "text": "x"})
    await bo.receive("posted")
    await session.publishes(message("no more"))
    assert await tags_until(bo, "card") == ["card"]


async def test_a_session_without_access_cannot_be_followed(browser_of: Open, session: Session, peers: Peers) -> None:  # spec 10.2
    peers.directory.access["bo"] = directory.Access(company_ids=["globex"], all_boards=True)
    await session.publishes()
    peers.chat.cards["s1"] = session.card
    bo, zoe = [await browser_of(person).page() for person in ("bo", "zoe")]
    for page in (bo, zoe):
        await page.send({"t": "followSessions", "sessionIds": ["s1"]})
    await until(lambda: {caller.id for method, caller, _ in peers.chat.calls if method == "GetSession"} == {"bo", "zoe"})
    await session.publishes(message("not yours"))
    session.card.customer.id, session.card.company_id = "zoe", "globex"
    await session.publishes()
    for page in (bo, zoe):
        assert (await page.receive("card"))["card"]["revision"] == 3
        assert "not yours" not in str(page.frames)


async def test_typing_is_sent_to_the_other_participants(browser_of: Open, session: Session) -> None:  # spec 7.5
    mia, ava, bo = [await browser_of(person).page() for person in ("mia", "ava", "bo")]
    await session.publishes(status=HANDLED, participants=[MIA, AVA])
    for page in (mia, ava, bo):
        await page.receive("card")
    await bo.send({"t": "typing", "sessionId": "s1"})
    await mia.send({"t": "typing", "sessionId": "s1"})
    typing = await ava.receive("typing")
    assert typing["person"] == {"id": "mia", "name": "Mia Torres", "side": "SIDE_CUSTOMER"}
    await ava.send({"t": "typing", "sessionId": "s1"})
    assert (await mia.receive("typing"))["person"]["id"] == "ava"


async def test_a_sign_in_ended_on_another_replica_closes_its_sockets(browser_of: Open, publish: Publish, peers: Peers) -> None:
    mia = browser_of("mia")
    socket, other = await mia.page(), await browser_of("mia").page()
    ended = directory.SignInEnded(sign_in_id=peers.directory.sign_ins.pop(mia.secret).id, person_id="mia")
    entry = directory.DirectoryEntry(revision=2, sign_in_ended=ended)
    headers = {"desk": peers.desk_id, "kind": "sign_in", "people": "mia"}
    await publish(Record(topics.DIRECTORY.name, f"sign_in:{ended.sign_in_id}", entry.SerializeToString(), headers))
    assert await socket.closed() == 4401
    await other.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "x"})
    await other.receive("posted")


async def test_an_engineer_whose_access_shrinks_is_sent_nothing_beyond_it(
    browser_of: Open, session: Session, publish: Publish, peers: Peers
) -> None:  # spec 2.10
    bo = await browser_of("bo").page()
    await session.publishes()
    await bo.receive("card")
    peers.directory.access["bo"] = directory.Access(company_ids=["globex"], all_boards=True)
    entry = directory.DirectoryEntry(revision=9, person=peers.directory.person("bo"))
    await publish(
        Record(topics.DIRECTORY.name, "person:bo", entry.SerializeToString(), {"desk": peers.desk_id, "kind": "person", "people": "bo"})
    )
    await bo.receive("refetch")
    await session.publishes(message("beyond"))
    other = Session(publish, peers.desk_id, "s1")
    other.card.revision, other.card.company_id = 5, "globex"
    await other.publishes()
    assert await tags_until(bo, "card") == ["card"]
    assert bo.frames[-1]["card"]["revision"] == 6


async def test_a_record_that_cannot_be_read_does_not_stop_the_others(
    browser_of: Open, session: Session, publish: Publish, peers: Peers
) -> None:
    ava = await browser_of("ava").page()
    await publish(Record(topics.CHAT.name, "s1", b"\xff\xff no protobuf", {"desk": peers.desk_id, "kind": "message_posted"}))
    await session.publishes()
    await ava.receive("card")


async def test_an_unreadable_record_makes_the_pages_of_its_desk_fetch_once(
    browser_of: Open, session: Session, publish: Publish, peers: Peers
) -> None:  # spec 3.7
    mia = await browser_of("mia").page()
    headers = {"desk": peers.desk_id, "company": "acme", "board": "service-desk", "people": "mia", "kind": "message_posted"}
    await publish(*[Record(topics.CHAT.name, "s1", b"\xff", headers) for _ in range(3)])
    await publish(Record(topics.CHAT.name, "s1", b"\xff", {**headers, "desk": f"{peers.desk_id}-other"}))
    await mia.receive("refetch")
    await session.publishes(message("and it goes on"))
    assert "refetch" not in await tags_until(mia, "entry")


async def test_a_lost_presence_change_is_fetched(browser_of: Open, publish: Publish, peers: Peers) -> None:  # spec 1.12
    ava = await browser_of("ava").page()
    await ava.send({"t": "watchPeople", "personIds": ["mia"]})
    await ava.receive("presence")
    peers.presence.revision = 2
    headers = {"desk": peers.desk_id, "people": "mia", "kind": "presence_changed"}
    await publish(Record(topics.PRESENCE.name, "mia", b"\xff", headers))
    assert (await ava.receive("presence"))["presences"][0]["revision"] == 2
