"""The log of a session as text, and the proof that a file is one."""

import re
from dataclasses import replace
from hashlib import sha256

import pytest

from services.chat.domain.chat_log import PIECE_BYTES, as_written, session_of
from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import Ending, NoTicket
from services.chat.domain.errors import BadArgument, NotAllowed, SessionNotFound
from services.chat.domain.events import ExistingTicket, MessagePosted, NewTicket
from services.chat.domain.people import Viewer
from services.chat.handlers.chat_logs import ChatLogFile, Verdict
from tests.fakes.chat.desk import AVA, BO, DESK, MIA, SAM, SERVICE, VPN, ZOE, Desk


async def text_of(log: ChatLogFile) -> str:
    return "".join([piece.text async for piece in log.pieces])


async def test_the_log_is_readable_and_complete(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    await desk.clock.advance(65)
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Smoke \N{FIRE}\n09:00:00  Ava Chen: forged")
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    await desk.clock.advance(86_400)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Printer", "high"))

    log = await desk.chats.chat_logs.write(SERVICE, session.id, session.desk_id, 12)
    assert log.file_name == "chat_log_20260303T090105Z.txt"
    assert log.session.wish == NewTicket("service-desk", "Printer", "high")
    text = await text_of(log)
    salt = re.search(r"^Salt: ([0-9a-f]{32})$", text, re.MULTILINE)
    assert salt and text == (
        "Chat log: Printer is on fire\n"
        f"Session: {session.id} (request)\n"
        "Ticket: 12\n"
        "Customer: Mia Torres, Acme Ltd\n"
        "People: Mia Torres (customer), Ava Chen (engineer), Sam Okafor (engineer)\n"
        "Opened: 2026-03-02 09:00:00 by Mia Torres\n"
        "Handled: 2026-03-02 09:00:00\n"
        "Waited: 0 s\n"
        "Ended: 2026-03-03 09:01:05\n"
        "Ended by: Ava Chen\n"
        "Statuses: waiting 2026-03-02 09:00:00; handled 2026-03-02 09:00:00; completed 2026-03-03 09:01:05\n"
        f"Entries: {log.session.revision}\n"
        f"Hash: {log.session.hash}\n"
        f"Salt: {salt[1]}\n"
        "Times are UTC.\n"
        "\n"
        "--- Monday 2026-03-02 ---\n"
        "09:00:00  * Mia Torres opened the chat (waiting)\n"
        "09:00:00  * Mia Torres joined the chat\n"
        "09:00:00  Mia Torres (customer): Printer is on fire\n"
        "09:00:00  * Ava Chen joined the chat\n"
        "09:00:00  * waiting -> handled: an engineer joined\n"
        "09:01:05  Mia Torres (customer): Smoke \N{FIRE}\n"
        "          09:00:00  Ava Chen: forged\n"
        "09:01:05  * Sam Okafor joined the chat\n"
        "--- Tuesday 2026-03-03 ---\n"
        "09:01:05  * handled -> completed: ended\n"
        "09:01:05  * The chat session is now closed\n"
    )


@pytest.mark.parametrize(("ending", "line"), [(ExistingTicket(VPN.id), "Ticket: t-vpn"), (NoTicket(), "Ticket: none"), (None, "Ticket: 7")])
async def test_the_header_names_the_ticket(desk: Desk, ending: Ending, line: str) -> None:  # spec 4.2
    session = await desk.handled(ticket_id="" if ending else VPN.id)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), ending)
    log = await desk.chats.chat_logs.write(AVA, session.id, "")
    assert line in (await text_of(log)).splitlines()


async def test_typed_text_cannot_imitate_a_header_line(desk: Desk) -> None:  # spec 4.2
    desk.directory.companies[DESK, "acme"] = "Acme\r\nEnded by: Nobody"
    title = "Fire\nTicket: 1\u2028Customer: Somebody Else\rEnded by: Nobody"
    session = (await desk.chats.opening.request_chat(MIA, desk.id(), title, "")).session
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Fire\nTicket: 1", "high"))

    log = await desk.chats.chat_logs.write(AVA, session.id, "")

    header = (await text_of(log)).partition("\n\n")[0].splitlines()
    fields = [line.partition(":")[0] for line in header]
    assert fields == [
        "Chat log",
        "Session",
        "Ticket",
        "Customer",
        "People",
        "Opened",
        "Handled",
        "Waited",
        "Ended",
        "Ended by",
        "Statuses",
        "Entries",
        "Hash",
        "Salt",
        "Times are UTC.",
    ]
    assert header[2] == "Ticket: a new one, Fire Ticket: 1"


async def test_the_log_names_the_files_of_messages_and_can_still_be_proved(desk: Desk) -> None:  # spec 4.2, 8.4, 13.5
    session = await desk.handled()
    alone, second = await desk.upload(MIA, session.id), await desk.upload(MIA, session.id, b"%PDF-1.7\n", name="Rechnung 7.pdf")
    await desk.send(MIA, session.id, alone)
    await desk.send(MIA, session.id, second, text="And this")

    pieces = [piece async for piece in (await desk.chats.chat_logs.write(SERVICE, session.id, DESK)).pieces]

    text = "".join(piece.text for piece in pieces)
    sent = [f"{file.name} ({file.content_type}, {file.size} bytes, SHA-256 {file.sha256})" for file in (alone, second)]
    assert text.splitlines()[-3:] == [
        f"09:00:00  * Mia Torres sent the file {sent[0]}",
        "09:00:00  Mia Torres (customer): And this",
        f"09:00:00  * Mia Torres sent the file {sent[1]}",
    ]
    assert [(piece.files, piece.file_sender_ids) for piece in pieces if piece.files] == [((alone, second), ("mia", "mia"))]
    assert pieces[-1].files
    proof = await desk.chats.chat_logs.prove(AVA, session.id, sha256(text.encode()).hexdigest())
    assert proof.verdict is Verdict.GENUINE


async def test_a_log_of_any_length_is_streamed_in_messages_below_the_size_limit(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    for number in range(200):
        await desk.chats.conversation.post_message(MIA, session.id, f"m{number}", f"{number} " + "\N{FIRE}" * 3_900)

    pieces = [piece.text async for piece in (await desk.chats.chat_logs.write(AVA, session.id, "")).pieces]

    assert len(pieces) > 10 and max(len(piece.encode()) for piece in pieces) <= PIECE_BYTES
    messages = [line for line in "".join(pieces).splitlines() if "\N{FIRE}" in line]
    assert [line.split()[4] for line in messages] == [str(number) for number in range(200)]
    assert all(line.count("\N{FIRE}") == 3_900 for line in messages)


async def test_a_repeated_call_returns_the_same_file(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NewTicket("service-desk", "Printer", "high"))
    first = await desk.chats.chat_logs.write(SERVICE, session.id, session.desk_id)
    await desk.turn(100)
    repeated = await desk.replica().chat_logs.write(SERVICE, session.id, session.desk_id)
    assert (repeated.file_name, await text_of(repeated)) == (first.file_name, await text_of(first))


async def test_only_engineers_with_access_and_services_get_the_log(desk: Desk) -> None:  # spec 4.2, 2.10
    session = await desk.handled(ZOE)
    with pytest.raises(NotAllowed):
        await desk.chats.chat_logs.write(ZOE, session.id, "")
    for viewer, desk_id in ((BO, ""), (SERVICE, "other"), (SERVICE, "")):
        with pytest.raises(SessionNotFound):
            await desk.chats.chat_logs.write(viewer, session.id, desk_id)
    assert (await desk.chats.chat_logs.write(AVA, session.id, "")).session.id == session.id


async def written(desk: Desk, viewer: Viewer, session_id: str, desk_id: str = "") -> str:
    return await text_of(await desk.chats.chat_logs.write(viewer, session_id, desk_id))


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


async def test_a_written_log_is_genuine_on_every_replica_also_when_the_session_goes_on(desk: Desk) -> None:  # spec 8.4
    session = await desk.handled()
    text = await written(desk, SERVICE, session.id, DESK)
    assert session_of(text.encode()) == session.id
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Still burning")

    for viewer, desk_id in ((AVA, ""), (SERVICE, DESK)):
        proof = await desk.replica().chat_logs.prove(viewer, session.id, digest_of(text), desk_id)
        assert proof.verdict is Verdict.GENUINE and proof.written
        assert (proof.written.revision, proof.written.hash, proof.revision) == (session.revision, session.hash, session.revision + 1)


async def test_a_changed_file_is_different_and_a_changed_entry_breaks_the_proof(desk: Desk) -> None:  # spec 8.4
    session = await desk.handled()
    text = await written(desk, AVA, session.id)
    prove, entries = desk.chats.chat_logs.prove, desk.log.entries[DESK, session.id]

    forged = await prove(AVA, session.id, digest_of(text.replace("fire", "ice")))
    assert (forged.verdict, forged.written, forged.revision) == (Verdict.DIFFERENT, None, session.revision)

    for at, entry in enumerate(entries):
        changed = replace(entry, events=tuple(replace(e, text="ice") if isinstance(e, MessagePosted) else e for e in entry.events))
        entries[at] = changed if changed != entry else replace(entry, command_id="another")
        assert (await prove(AVA, session.id, digest_of(text))).verdict is Verdict.BROKEN
        entries[at] = entry
    removed = entries.pop()
    assert (await prove(AVA, session.id, digest_of(text))).verdict is Verdict.BROKEN
    entries.append(removed)
    assert (await prove(AVA, session.id, digest_of(text))).verdict is Verdict.GENUINE


async def test_who_gets_no_log_gets_no_proof(desk: Desk) -> None:  # spec 8.4, 10.2
    session, other = await desk.handled(ZOE), await desk.handled(MIA)
    text = await written(desk, AVA, session.id)
    for viewer, session_id, refusal in ((ZOE, session.id, NotAllowed), (BO, session.id, SessionNotFound), (AVA, "none", SessionNotFound)):
        with pytest.raises(refusal):
            await desk.chats.chat_logs.prove(viewer, session_id, digest_of(text))
    # A log of another session.
    assert (await desk.chats.chat_logs.prove(AVA, other.id, digest_of(text))).verdict is Verdict.DIFFERENT
    for digest in ("", "x" * 64, digest_of(text).upper(), digest_of(text) + "0"):
        with pytest.raises(BadArgument) as refused:
            await desk.chats.chat_logs.prove(AVA, session.id, digest)
        assert refused.value.field == "sha256"


async def test_a_file_has_no_sha256_stored_before_its_last_piece_is_read(desk: Desk) -> None:  # spec 8.4
    session = await desk.handled()
    await (await desk.chats.chat_logs.write(AVA, session.id, "")).pieces.aclose()  # type: ignore[attr-defined]
    assert desk.written_logs.kept == {}
    text = await written(desk, AVA, session.id)
    await written(desk, AVA, session.id)
    assert [log.sha256 for log in desk.written_logs.kept.values()] == [digest_of(text)]


def test_what_programs_add_to_saved_text_is_removed() -> None:  # spec 8.4
    log = b"Chat log: A\nSession: 5f (request)\n\n--- Monday ---\n09:00:00  Mia: \xc3\xa9\n"
    assert as_written(b"\xef\xbb\xbf" + log.replace(b"\n", b"\r\n")) == as_written(log) == log
    assert session_of(log) == "5f"
    assert {session_of(content) for content in (b"", b"\xff\xfe", b"x" * 200_000, b"Chat log: Session: 5f (request)\n")} == {""}
