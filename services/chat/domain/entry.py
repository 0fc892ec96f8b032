"""One accepted command of a session: what the log holds (one document each)."""

from dataclasses import dataclass
from datetime import datetime

from services.chat.domain.events import ChatEvent
from services.chat.domain.people import Person


@dataclass(frozen=True, slots=True)
class Entry:
    """The command's number in the session (from 1, gapless), who gave it, what it was and the events that it led to.

    `fingerprint` is a digest of the command's arguments: the same command id with another one is a reuse. `at` has whole
    milliseconds, which is all that the store keeps. `salt` (hex) and `hash` (hex SHA-256) are the chain's (chain.py).
    `traceparent` (W3C, may be empty) ties the records that follow to the click that led here.
    """

    desk_id: str
    session_id: str
    revision: int
    by: Person
    command_id: str
    kind: str
    fingerprint: str
    at: datetime
    events: tuple[ChatEvent, ...]
    salt: str = ""
    hash: str = ""
    traceparent: str = ""
