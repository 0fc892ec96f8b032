"""The salt in the text of a chat log: what stays of a log after an erasure tells nothing of what was erased (spec 8.4, 10.6)."""

from dataclasses import replace
from hashlib import sha256

from services.chat.domain.events import Entry
from services.chat.handlers.chat_logs import Verdict
from services.chat.ports import WrittenLog
from tests.fakes.chat.desk import AVA, DESK, MIA, Desk
from tests.unit.chat.test_chat_logs import digest_of, written
from tests.unit.chat.test_erasing import OF_AVA, OF_MIA, talk
from tests.unit.chat.test_internal_notes import note


async def log_of(entries: list[Entry]) -> str:
    """What Parley writes if a store has these entries."""
    desk = Desk()
    desk.log.entries[DESK, entries[0].session_id] = entries
    return await written(desk, AVA, entries[0].session_id)


async def test_what_is_stored_after_an_erasure_does_not_prove_a_guess_of_what_was_erased(desk: Desk) -> None:
    # spec 8.4, 10.6
    id = await talk(desk)
    before, log = desk.entries(id), await written(desk, AVA, id)
    stored = {log.sha256 for log in desk.written_logs.kept.values()}
    await desk.chats.person_erasing.erase(OF_MIA)
    after = desk.entries(id)[: len(before)]

    # Every text is guessed right; the salts are those that the store still has.
    guessed = [replace(entry, salt=kept.salt, commitment=kept.commitment) for entry, kept in zip(before, after, strict=True)]
    assert digest_of(await log_of(guessed)) not in stored
    # Only the salt keeps it from being the log.
    assert await log_of(before) == log and digest_of(log) in stored

    new = await written(desk, AVA, id)
    assert "Salt: " in new and new.partition("Salt: ")[2][:32] != log.partition("Salt: ")[2][:32]


async def test_logs_of_before_and_after_each_erasure_and_of_the_version_before_are_genuine(desk: Desk) -> None:  # spec 8.4, 10.6
    id = await talk(desk)
    logs = [await written(desk, AVA, id)]
    old = "\n".join(line for line in logs[0].splitlines() if not line.startswith("Salt: ")).encode()
    session = desk.session(id)
    await desk.written_logs.add(WrittenLog(DESK, id, sha256(old).hexdigest(), session.revision, session.hash))
    for task in (OF_MIA, OF_AVA):
        await desk.chats.person_erasing.erase(task)
        logs.append(await written(desk, AVA, id))

    digests = [*map(digest_of, logs), sha256(old).hexdigest()]
    assert len(set(digests)) == 4
    assert {(await desk.chats.chat_logs.prove(AVA, id, digest)).verdict for digest in digests} == {Verdict.GENUINE}


async def test_an_entry_without_a_line_leaves_the_log_the_same_on_every_replica(desk: Desk) -> None:  # spec 4.2, 8.4
    id = await talk(desk)
    log = await written(desk, AVA, id)
    await note(desk, AVA, id)
    assert await written(desk, AVA, id) == log
    await desk.chats.conversation.post_message(MIA, id, desk.id(), "One more")
    assert (await written(desk, AVA, id)).partition("Salt: ")[2][:32] != log.partition("Salt: ")[2][:32]
