"""Internal notes between a page, the gateway and chat."""

from collections.abc import Callable

from parley.chat.v1 import chat_pb2 as chat
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.published import AVA, HANDLED, MIA, Publish, Session, message

Open = Callable[[str], Browser]


async def test_a_note_never_has_its_text_where_a_message_has_it(browser_of: Open, peers: Peers) -> None:  # spec 13.3
    ava = await browser_of("ava").page()
    await ava.send({"t": "post", "sessionId": "s", "commandId": "c1", "text": "to Mia"})
    await ava.receive("posted", commandId="c1")
    await ava.send({"t": "note", "sessionId": "s", "commandId": "c2", "previousCommandId": "c1", "text": "between us"})
    await ava.receive("posted", commandId="c2")
    assert peers.chat.log["s"] == [("c1", "to Mia"), ("c2", "note: between us")]


async def test_a_note_that_is_too_long_is_not_sent_to_chat(browser_of: Open, peers: Peers) -> None:  # spec 3.6, 13.3
    ava = await browser_of("ava").page()
    await ava.send({"t": "note", "sessionId": "s", "commandId": "c", "text": "x" * 4001})
    assert (await ava.receive("refused", commandId="c"))["refusal"]["code"] == "too_long"
    assert peers.chat.log == {}


async def test_a_customer_is_sent_neither_text_nor_writer_of_a_note(
    browser_of: Open, publish: Publish, peers: Peers
) -> None:  # spec 3.7, 13.3
    session = Session(publish, peers.desk_id)
    mia, ava = [await browser_of(person).page() for person in ("mia", "ava")]
    await session.publishes(message("hello"), status=HANDLED, participants=[MIA, AVA])
    await session.publishes(chat.SessionEvent(note_written=chat.NoteWritten(note_id="n", text="between us")))
    await session.publishes(message("still there?"))

    received = [(await mia.receive("entry"))["entry"] for _ in range(3)]
    assert [(entry["revision"], entry["hidden"], "by" in entry) for entry in received] == [(1, 0, True), (2, 1, False), (3, 0, True)]
    assert "between us" not in str(mia.frames)
    note = [(await ava.receive("entry"))["entry"] for _ in range(2)][-1]
    assert (note["by"]["id"], note["events"]) == ("ava", [{"noteWritten": {"noteId": "n", "text": "between us"}}])
