"""Read positions, through the real handlers."""

import pytest

from services.chat.domain.access import ReadPosition
from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, NotAllowed, SessionNotFound
from services.chat.domain.people import Viewer
from tests.fakes.chat.desk import AVA, BO, MIA, SAM, SERVICE, ZOE, Desk


async def positions(desk: Desk, viewer: Viewer, session_id: str) -> dict[str, int]:
    session = (await desk.chats.queries.get(viewer, session_id, 0)).session
    return {position.person_id: position.revision for position in await desk.chats.read_positions.of_session(viewer, session)}


async def test_a_position_moves_forward_only_and_is_published_when_it_moves(desk: Desk) -> None:  # spec 7.6
    session, reads = await desk.handled(), desk.chats.read_positions
    for revision in (1, 2, 1, 2):
        await reads.mark(MIA, session.id, revision)
    assert await positions(desk, MIA, session.id) == {"mia": 2}
    people = frozenset({"mia", "ava"})
    assert desk.read_topic.published == [(ReadPosition(session.id, "mia", revision), people) for revision in (1, 2)]


async def test_what_a_page_has_received_moves_apart_from_what_its_person_has_read(desk: Desk) -> None:  # spec 7.5
    session, reads = await desk.handled(), desk.chats.read_positions
    for revision, delivered in ((0, 1), (0, 2), (0, 1), (1, 0), (1, 2)):
        await reads.mark(MIA, session.id, revision, delivered)
    assert await reads.of_session(AVA, session) == [ReadPosition(session.id, "mia", 1, 2)]
    published = [(position.revision, position.delivered) for position, _ in desk.read_topic.published]
    assert published == [(0, 1), (0, 2), (1, 0)]


@pytest.mark.parametrize(("revision", "delivered", "field"), [(1, 3, "delivered"), (0, 2**32 - 1, "delivered"), (3, 1, "revision")])
async def test_what_a_page_cannot_have_received_is_refused(desk: Desk, revision: int, delivered: int, field: str) -> None:  # spec 7.5
    session = await desk.handled()
    with pytest.raises(BadArgument) as refused:
        await desk.chats.read_positions.mark(AVA, session.id, revision, delivered)
    assert (refused.value.field, desk.reads.kept) == (field, {})


async def test_joining_and_writing_set_no_position(desk: Desk) -> None:  # spec 7.6
    session = await desk.handled()
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert await positions(desk, AVA, session.id) == {}


@pytest.mark.parametrize("revision", [0, 3, 2**32 - 1])
async def test_a_position_that_is_not_a_revision_of_the_session_is_refused(desk: Desk, revision: int) -> None:  # spec 7.6
    session = await desk.handled()
    with pytest.raises(BadArgument) as refused:
        await desk.chats.read_positions.mark(AVA, session.id, revision)
    assert (refused.value.field, desk.reads.kept, desk.read_topic.published) == ("revision", {}, [])


async def test_only_people_who_may_read_the_session_have_a_position_in_it(desk: Desk) -> None:  # spec 10.2
    session = await desk.handled(ZOE)
    for stranger in (BO, MIA):
        with pytest.raises(SessionNotFound):
            await desk.chats.read_positions.mark(stranger, session.id, 1)
    with pytest.raises(NotAllowed):
        await desk.chats.read_positions.mark(SERVICE, session.id, 1)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    await desk.chats.conversation.leave(ZOE, session.id, desk.id())
    with pytest.raises(SessionNotFound):
        await desk.chats.read_positions.mark(ZOE, session.id, 1)
    assert desk.reads.kept == {}


async def test_a_customer_does_not_see_the_position_of_an_engineer_who_only_reads(desk: Desk) -> None:  # spec 7.5, 10.2
    session = await desk.handled()
    for reader in (MIA, AVA, SAM):
        await desk.chats.read_positions.mark(reader, session.id, 2)
    assert await positions(desk, MIA, session.id) == {"mia": 2, "ava": 2}
    assert await positions(desk, AVA, session.id) == {"mia": 2, "ava": 2, "sam": 2}
    assert desk.read_topic.published[-1] == (ReadPosition(session.id, "sam", 2), frozenset({"sam", "ava"}))
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    assert await positions(desk, MIA, session.id) == {"mia": 2, "ava": 2, "sam": 2}


async def test_a_list_includes_the_callers_positions_in_their_sessions(desk: Desk) -> None:  # spec 7.6
    mine, others = await desk.handled(), await desk.handled(ZOE, SAM)
    for session in (mine, others):
        await desk.chats.read_positions.mark(AVA, session.id, 1)
    await desk.chats.read_positions.mark(MIA, mine.id, 2)
    assert await desk.chats.read_positions.own(AVA, [mine, others]) == [ReadPosition(mine.id, "ava", 1)]
