"""The rules of a transfer (spec 13.2): asked, then accepted, declined or withdrawn. Until it is accepted the engineer who asked stays.

Each function returns the events that follow, or raises a ChatError. Accepting adds one engineer and removes the other in one entry, so
the customer is never without one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from services.chat.domain.access import check_asked, check_is, check_is_in
from services.chat.domain.conversation import REACHABLE
from services.chat.domain.errors import Refused, StepNotAllowed
from services.chat.domain.events import ChatEvent, ParticipantJoined, ParticipantLeft, PlaceChanged, UnattendedChanged
from services.chat.domain.people import OFFLINE, Person, PresenceFact
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus
from services.chat.domain.transfer import Transfer, TransferAccepted, TransferAsked, TransferDeclined, TransferWithdrawn

# Of a board with more engineers the first by presence and name are asked. Bounds the entry and the card.
MAX_ASKED = 200
# Takes desk, engineer, company and board.
MaySee = Callable[[str, str, str, str], bool]


class TransferAnswer(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


def ask_engineer(session: ChatSession, by: Person, engineer: Person, presence: PresenceFact, expires_at: datetime) -> list[ChatEvent]:
    """`engineer` may see the session."""
    _check_may_ask(session, by)
    if session.has(engineer.id):
        raise Refused(f"{engineer.name} is in it already.", code="already_in_session", field="engineer_id")
    if presence.state not in REACHABLE:
        raise Refused(f"{engineer.name} is {presence.state}.", code="not_reachable", field="engineer_id", presence=presence.state)
    return [TransferAsked((engineer,), expires_at)]


def ask_board(
    session: ChatSession,
    by: Person,
    board: tuple[str, str],
    engineers: Sequence[Person],
    presence: Mapping[str, PresenceFact],
    expires_at: datetime,
) -> list[ChatEvent]:
    """`board`: its id and name. `engineers`: those who may see the session and the board."""
    _check_may_ask(session, by)
    states = {person: presence.get(person.id, OFFLINE).state for person in engineers if not session.has(person.id)}
    reachable = sorted(
        (person for person, state in states.items() if state in REACHABLE), key=lambda one: (states[one] == "away", one.name)
    )
    if not reachable:
        raise Refused(f"No other engineer of {board[1]} is online or away.", code="nobody_reachable", field="board_id")
    return [TransferAsked(tuple(reachable[:MAX_ASKED]), expires_at, *board)]


def _check_may_ask(session: ChatSession, by: Person) -> None:
    check_is_in(session, by)
    if session.status is not ChatStatus.HANDLED:
        raise StepNotAllowed(f"A session that is {session.status} cannot be transferred.", status=session.status, step="transfer")
    if session.transfer is not None:
        raise Refused(f"{session.transfer.by.name} has already asked for a transfer of this chat.", code="transfer_open")


def answer(session: ChatSession, by: Person, given: TransferAnswer, may_see: MaySee) -> list[ChatEvent]:
    """An engineer who was asked accepts or declines; the one who asked withdraws."""
    transfer = session.transfer
    if transfer is None:
        taken_by = session.taken_by or session.creator
        raise Refused("This transfer is over.", code="transfer_over", person_id=taken_by.id, person_name=taken_by.name)
    if given is TransferAnswer.WITHDRAW:
        check_is(by, transfer.by, "withdraw this transfer")
        return [TransferWithdrawn()]
    check_asked(transfer, by, f"{given} this transfer")
    return [TransferDeclined(by)] if given is TransferAnswer.DECLINE else _accepted(session, transfer, by, may_see)


def _accepted(session: ChatSession, transfer: Transfer, by: Person, may_see: MaySee) -> list[ChatEvent]:
    board_id = transfer.board_of(session)
    for board in {board_id, transfer.board_id or board_id}:
        if not may_see(session.desk_id, by.id, session.company_id, board):
            raise Refused("You no longer have access to this company or board.", code="no_access")
    events: list[ChatEvent] = [TransferAccepted(transfer.by, by), ParticipantJoined(by), ParticipantLeft(transfer.by)]
    if session.unattended:
        events.append(UnattendedChanged(False))
    if board_id == session.board_id:
        return events
    others = (person for person in session.engineers if person.id != transfer.by.id)
    gone = [person for person in others if not may_see(session.desk_id, person.id, session.company_id, board_id)]
    moved = PlaceChanged(board_id, session.company_id, session.company_name, session.ticket_revision)
    return [*events, moved, *map(ParticipantLeft, gone)]
