"""Canned replies, through the real handlers."""

import asyncio
from dataclasses import replace

import pytest

from services.chat.domain.canned_replies import MAX_OF_DESK, MAX_OWN, CannedReply
from services.chat.domain.errors import BadArgument, NotAllowed, Refused
from tests.fakes.chat.desk import AVA, DESK, MIA, SAM, SERVICE, Desk

HELLO = CannedReply("hello", "Hello", "Hello {customer},\nhow can I help?")
BYE = CannedReply("bye", "Goodbye", "Bye {customer}")


async def test_an_engineer_has_their_own_replies_and_everyone_has_the_desks(desk: Desk) -> None:  # spec 13.1
    replies = desk.chats.canned_replies
    await replies.put(SAM, HELLO, of_desk=False)
    await replies.put(AVA, BYE, of_desk=True)

    assert await replies.of(SAM) == ((HELLO,), (BYE,))
    assert await replies.of(AVA) == ((), (BYE,))


async def test_a_reply_is_replaced_by_its_id_and_a_repeat_changes_nothing(desk: Desk) -> None:  # spec 13.1
    replies, changed = desk.chats.canned_replies, replace(HELLO, title="Greeting")
    for reply in (HELLO, BYE, changed, changed):
        await replies.put(SAM, reply, of_desk=False)

    assert await replies.of(SAM) == ((changed, BYE), ())
    assert await desk.canned_replies.of(DESK, "sam") == ((changed, BYE), 3)


async def test_a_reply_is_removed_once(desk: Desk) -> None:  # spec 13.1
    replies = desk.chats.canned_replies
    for reply in (HELLO, BYE):
        await replies.put(SAM, reply, of_desk=False)
    for _ in range(2):
        await replies.delete(SAM, "hello", of_desk=False)

    assert await desk.canned_replies.of(DESK, "sam") == ((BYE,), 3)


async def test_only_admins_change_the_desks_replies_and_customers_none(desk: Desk) -> None:  # spec 13.1
    replies = desk.chats.canned_replies
    await replies.put(AVA, HELLO, of_desk=True)
    limited = replace(AVA, boards=frozenset({"projects"}))
    for viewer, of_desk in ((SAM, True), (limited, True), (MIA, True), (MIA, False)):
        with pytest.raises(NotAllowed):
            await replies.put(viewer, BYE, of_desk=of_desk)
        with pytest.raises(NotAllowed):
            await replies.delete(viewer, "hello", of_desk=of_desk)
    with pytest.raises(NotAllowed):
        await replies.of(MIA)
    assert await replies.of(AVA) == ((), (HELLO,))


async def test_only_a_service_reads_the_own_replies_of_the_engineer_whom_it_names(desk: Desk) -> None:  # spec 10.6, 13.1
    replies = desk.chats.canned_replies
    await replies.put(SAM, HELLO, of_desk=False)

    assert await replies.of(SERVICE, "sam", DESK) == ((HELLO,), ())
    assert await replies.of(SERVICE, "sam", "other") == ((), ())
    for viewer, engineer_id in ((AVA, "sam"), (SAM, "sam"), (MIA, "sam"), (SERVICE, "")):
        with pytest.raises(NotAllowed):
            await replies.of(viewer, engineer_id, DESK)
    with pytest.raises(BadArgument) as refused:
        await replies.of(SERVICE, "x" * 65, DESK)
    assert refused.value.field == "engineer_id"


@pytest.mark.parametrize(("of_desk", "most"), [(False, MAX_OWN), (True, MAX_OF_DESK)])
async def test_the_number_of_replies_is_bounded(desk: Desk, of_desk: bool, most: int) -> None:  # spec 13.1, 10.9
    replies, owner = desk.chats.canned_replies, "" if of_desk else "ava"
    full = tuple(CannedReply(f"r{number}", "Hello", "Hello") for number in range(most))
    desk.canned_replies.kept[DESK, owner] = (full, 1)
    with pytest.raises(Refused) as refused:
        await replies.put(AVA, HELLO, of_desk=of_desk)
    assert (refused.value.code, refused.value.details["most"]) == ("too_many_replies", str(most))
    changed = replace(full[-1], title="Greeting")
    await replies.put(AVA, changed, of_desk=of_desk)
    assert await desk.canned_replies.of(DESK, owner) == ((*full[:-1], changed), 2)


@pytest.mark.parametrize(
    ("reply", "field"),
    [
        (replace(HELLO, reply_id=""), "reply.reply_id"),
        (replace(HELLO, reply_id="x" * 65), "reply.reply_id"),
        (replace(HELLO, title=""), "reply.title"),
        (replace(HELLO, title=" "), "reply.title"),
        (replace(HELLO, title="x" * 101), "reply.title"),
        (replace(HELLO, title="two\nlines"), "reply.title"),
        (replace(HELLO, text=""), "reply.text"),
        (replace(HELLO, text="x" * 2001), "reply.text"),
        (replace(HELLO, text="a\0b"), "reply.text"),
    ],
)
async def test_an_invalid_reply_is_refused_by_its_field_and_changes_nothing(
    desk: Desk, reply: CannedReply, field: str
) -> None:  # spec 13.1
    with pytest.raises(BadArgument) as refused:
        await desk.chats.canned_replies.put(AVA, reply, of_desk=True)
    assert refused.value.field == field
    assert await desk.canned_replies.of(DESK, "") == ((), 0)


async def test_changes_at_the_same_moment_are_all_kept(desk: Desk) -> None:  # spec 13.1
    new = [replace(HELLO, reply_id=f"r{number}") for number in range(4)]
    await asyncio.gather(*(desk.replica().canned_replies.put(AVA, reply, of_desk=True) for reply in new))
    kept, _ = await desk.canned_replies.of(DESK, "")
    assert sorted(reply.reply_id for reply in kept) == ["r0", "r1", "r2", "r3"]
