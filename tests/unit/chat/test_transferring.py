"""Transfers of a chat to an engineer or a board, through the real handlers (spec 13.2)."""

from collections.abc import Sequence

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, ChatError, NotAllowed, Refused, SessionNotFound, StepNotAllowed
from services.chat.domain.events import ParticipantJoined, ParticipantLeft, PlaceChanged, UnattendedChanged
from services.chat.domain.people import Person, PresenceFact, Side, Viewer
from services.chat.domain.transfer import TransferAccepted, TransferExpired
from services.chat.domain.transferring import MAX_ASKED, TransferAnswer
from services.chat.handlers.session_command import Answer
from tests.fakes.chat.desk import AVA, BO, DESK, MIA, SAM, VPN, ZOE, Desk

ACCEPT, DECLINE, WITHDRAW = TransferAnswer.ACCEPT, TransferAnswer.DECLINE, TransferAnswer.WITHDRAW


def hired(desk: Desk, id: str, *boards: str) -> Viewer:
    """An online engineer of these boards alone."""
    viewer = Viewer(Person(id, id.title(), Side.ENGINEER), DESK, "engineer", companies=None, boards=frozenset(boards))
    desk.directory.engineers[DESK, id] = viewer
    desk.presence.set(id, "online")
    return viewer


async def asked(desk: Desk, engineer: str = "sam") -> str:
    """A chat of Ava in which she has asked the engineer."""
    session = await desk.handled()
    await desk.chats.transferring.ask_engineer(AVA, session.id, desk.id(), engineer)
    return session.id


async def answer(desk: Desk, by: Viewer, session_id: str, given: TransferAnswer) -> Answer:
    return await desk.chats.transferring.answer(by, session_id, desk.id(), given)


def people(desk: Desk, session_id: str) -> list[str]:
    return [person.id for person in desk.session(session_id).participants]


async def test_the_first_engineer_stays_until_the_asked_one_accepts_in_one_entry(desk: Desk) -> None:  # spec 13.2
    session_id = await asked(desk)
    transfer = desk.session(session_id).transfer
    assert transfer is not None and [person.id for person in transfer.asked] == ["sam"]
    assert (transfer.expires_at - transfer.at).total_seconds() == 60
    assert people(desk, session_id) == ["mia", "ava"]

    accepted = await answer(desk, SAM, session_id, ACCEPT)
    ava, sam = AVA.person, SAM.person
    assert accepted.entries[0].events == (TransferAccepted(ava, sam), ParticipantJoined(sam), ParticipantLeft(ava))
    assert people(desk, session_id) == ["mia", "sam"]
    assert (accepted.session.transfer, accepted.session.taken_by) == (None, sam)


@pytest.mark.parametrize(("by", "given"), [(SAM, DECLINE), (AVA, WITHDRAW)])
async def test_a_transfer_that_is_declined_or_withdrawn_leaves_all_as_it_was(desk: Desk, by: Viewer, given: TransferAnswer) -> None:
    # spec 13.2
    session_id = await asked(desk)
    await answer(desk, by, session_id, given)
    assert desk.session(session_id).transfer is None and people(desk, session_id) == ["mia", "ava"]
    with pytest.raises(Refused) as refused:
        await answer(desk, SAM, session_id, ACCEPT)
    assert refused.value.code == "transfer_over"
    assert refused.value.details == {"person_id": "ava", "person_name": "Ava Chen"}
    assert (await desk.chats.transferring.ask_engineer(AVA, session_id, desk.id(), "sam")).session.transfer


@pytest.mark.parametrize("seconds", [60, 15])
async def test_a_transfer_that_nobody_answers_expires_once_also_after_a_restart(desk: Desk, seconds: int) -> None:  # spec 3.13, 13.2
    desk.set(transfer_expires_after=seconds)
    session_id = await asked(desk)
    assert await desk.turn(seconds - 1) == []
    assert await desk.turn(1, desk.replica()) == ["transfer_expiry"]
    assert desk.entries(session_id)[-1].events == (TransferExpired(),)
    assert desk.session(session_id).transfer is None and people(desk, session_id) == ["mia", "ava"]


async def test_a_transfer_keeps_its_deadline_when_the_setting_changes(desk: Desk) -> None:  # spec 13.2
    await asked(desk)
    desk.set(transfer_expires_after=600)
    await desk.chats.deadlines.reschedule(DESK)
    assert await desk.turn(60) == ["transfer_expiry"]


@pytest.mark.parametrize(
    ("engineer", "code"), [("leo", "no_such_engineer"), ("bo", "no_access"), ("ava", "already_in_session"), ("sam", "not_reachable")]
)
async def test_an_engineer_who_cannot_be_asked_is_refused_with_the_reason(desk: Desk, engineer: str, code: str) -> None:  # spec 13.2
    session = await desk.handled(ZOE)
    desk.presence.set("sam", "busy")
    with pytest.raises((BadArgument, Refused)) as refused:
        await desk.chats.transferring.ask_engineer(AVA, session.id, desk.id(), engineer)
    assert (refused.value.code, refused.value.field) == (code, "engineer_id")
    assert desk.session(session.id) == session


async def test_only_an_engineer_in_a_handled_chat_without_an_open_transfer_asks(desk: Desk) -> None:  # spec 13.2
    session_id = await asked(desk)
    ask = desk.chats.transferring.ask_engineer
    with pytest.raises(NotAllowed) as outside:
        await ask(SAM, session_id, desk.id(), "bo")
    assert outside.value.code == "not_in_session"
    with pytest.raises(Refused) as second:
        await ask(AVA, session_id, desk.id(), "bo")
    assert second.value.code == "transfer_open"
    with pytest.raises(NotAllowed):
        await ask(MIA, session_id, desk.id(), "bo")
    await desk.chats.ending.complete(AVA, session_id, desk.id(), NoTicket())
    with pytest.raises(StepNotAllowed):
        await ask(AVA, session_id, desk.id(), "bo")


async def test_only_those_who_were_asked_answer_and_only_who_asked_withdraws(desk: Desk) -> None:  # spec 13.2
    session_id = await asked(desk)
    for by, given in ((BO, ACCEPT), (BO, DECLINE), (AVA, ACCEPT), (SAM, WITHDRAW)):
        with pytest.raises(NotAllowed) as refused:
            await answer(desk, by, session_id, given)
        assert refused.value.code == "not_yours"
    with pytest.raises(NotAllowed):
        await answer(desk, MIA, session_id, ACCEPT)
    assert desk.session(session_id).transfer


async def test_a_board_asks_its_reachable_engineers_and_the_chat_moves_to_it_with_the_first_who_accepts(desk: Desk) -> None:  # spec 13.2
    session, kay, ida = await desk.handled(), hired(desk, "kay", "projects"), hired(desk, "ida", "service-desk")
    hired(desk, "eve", "projects")
    desk.presence.set("eve", "offline")
    desk.presence.set("bo", "away")
    await desk.chats.conversation.join(ida, session.id, desk.id(), JoinMode.ALSO)
    with pytest.raises(SessionNotFound):
        await answer(desk, kay, session.id, ACCEPT)

    opened = await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    assert opened.session.transfer and [person.id for person in opened.session.transfer.asked] == ["kay", "sam", "bo"]
    assert (opened.session.transfer.board_name, opened.session.board_id) == ("Projects", "service-desk")
    assert (await desk.chats.queries.get(kay, session.id, 0, "")).session.id == session.id  # spec 2.10
    await answer(desk, SAM, session.id, DECLINE)

    accepted = await answer(desk, kay, session.id, ACCEPT)
    # Ida may not see the new board.
    assert people(desk, session.id) == ["mia", "kay"]
    assert PlaceChanged("projects", "acme", "Acme Ltd", 0) in accepted.entries[0].events
    with pytest.raises(Refused) as late:
        await answer(desk, BO, session.id, ACCEPT)
    assert late.value.details["person_name"] == "Kay"


async def test_an_asked_engineer_of_another_board_sees_the_chat_only_while_asked(desk: Desk) -> None:  # spec 2.10, 13.2
    session, kay = await desk.handled(), hired(desk, "kay", "projects")
    await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    await answer(desk, kay, session.id, DECLINE)
    with pytest.raises(SessionNotFound):
        await desk.chats.queries.get(kay, session.id, 0, "")


async def test_a_chat_on_a_ticket_keeps_the_tickets_board_and_asks_those_who_may_see_both(desk: Desk) -> None:  # spec 2.10, 13.2
    session = await desk.handled(ticket_id=VPN.id)
    hired(desk, "kay", "projects")
    both = hired(desk, "ida", "projects", "service-desk")
    opened = await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    assert opened.session.transfer and [person.id for person in opened.session.transfer.asked] == ["bo", "ida", "sam"]
    accepted = await answer(desk, both, session.id, ACCEPT)
    assert accepted.session.board_id == "service-desk" and people(desk, session.id) == ["mia", "ida"]


@pytest.mark.parametrize("board", ["nowhere", "projects"])
async def test_a_board_that_the_caller_may_not_see_is_refused_like_a_missing_one(desk: Desk, board: str) -> None:  # spec 2.10, 13.2
    ida = hired(desk, "ida", "service-desk")
    session = await desk.handled(engineer=ida)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.transferring.ask_board(ida, session.id, desk.id(), board)
    assert (refused.value.code, refused.value.field) == ("no_such_board", "board_id")


async def test_a_board_without_a_reachable_engineer_is_refused(desk: Desk) -> None:  # spec 13.2
    session = await desk.handled()
    for id in ("sam", "bo"):
        desk.presence.set(id, "busy")
    with pytest.raises(Refused) as refused:
        await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    assert (refused.value.code, refused.value.field) == ("nobody_reachable", "board_id")


async def test_a_board_asks_a_bounded_number_of_engineers(desk: Desk) -> None:  # spec 13.2
    session = await desk.handled()
    for number in range(MAX_ASKED + 5):
        hired(desk, f"e{number:03}", "projects")
    opened = await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    assert opened.session.transfer and len(opened.session.transfer.asked) == MAX_ASKED


async def test_access_is_checked_again_when_the_transfer_is_accepted(desk: Desk) -> None:  # spec 2.10, 13.2
    session, kay = await desk.handled(), hired(desk, "kay", "projects", "service-desk")
    await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    kay = hired(desk, "kay", "service-desk")
    with pytest.raises(Refused) as refused:
        await answer(desk, kay, session.id, ACCEPT)
    assert refused.value.code == "no_access" and people(desk, session.id) == ["mia", "ava"]


async def test_engineers_whose_access_changes_while_presence_answers_are_found_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 13.2
    session, ask, looked_up = await desk.handled(), desk.presence.presence_of, list[Sequence[str]]()

    async def meanwhile(desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        looked_up.append(person_ids)
        hired(desk, "kay", "projects")
        return await ask(desk_id, person_ids)

    monkeypatch.setattr(desk.presence, "presence_of", meanwhile)
    opened = await desk.chats.transferring.ask_board(AVA, session.id, desk.id(), "projects")
    assert [("kay" in ids) for ids in looked_up] == [False, True]
    assert opened.session.transfer and opened.session.transfer.asks("kay")


async def test_an_accepted_transfer_ends_an_unattended_time(desk: Desk) -> None:  # spec 3.12, 13.2
    desk.set(transfer_expires_after=600, unattended_after=20)
    session_id = await asked(desk)
    desk.presence.set("ava", "offline", desk.clock.now())
    await desk.turn(20)
    assert desk.session(session_id).unattended
    accepted = await answer(desk, SAM, session_id, ACCEPT)
    assert UnattendedChanged(False) in accepted.entries[0].events and not accepted.session.unattended


async def test_a_repeated_command_returns_its_first_result(desk: Desk) -> None:  # spec 3.8, 13.2
    session_id = await asked(desk)
    first = await desk.chats.transferring.answer(SAM, session_id, "k", ACCEPT)
    repeated = await desk.replica().transferring.answer(SAM, session_id, "k", ACCEPT)
    assert [entry.revision for entry in repeated.entries] == [entry.revision for entry in first.entries]
    assert len(desk.entries(session_id)) == first.session.revision
    with pytest.raises(ChatError) as reused:
        await desk.chats.transferring.answer(SAM, session_id, "k", DECLINE)
    assert reused.value.code == "command_id_reused"
