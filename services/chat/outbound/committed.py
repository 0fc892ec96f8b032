"""Committed entries that are to be published, and what is published already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.chat.domain.events import Entry, MessagePosted
from services.chat.domain.session import ChatSession

MAX_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Committed:
    """A committed entry to publish, and the state after it."""

    entry: Entry
    session: ChatSession

    @property
    def revision(self) -> int:
        return self.entry.revision

    @property
    def only_messages(self) -> bool:
        return all(type(event) is MessagePosted for event in self.entry.events)


# By session, each with its entries in order.
Batch = Mapping[str, list[Committed]]


class PublishedRevisions:
    """The newest revision of a session that Kafka has, for the `most` sessions that were published last."""

    def __init__(self, most: int = MAX_REMEMBERED) -> None:
        self._most = most
        self._revisions: dict[str, int] = {}

    def is_followed_by(self, session_id: str, pending: Sequence[Committed]) -> bool:
        """Whether these entries of the session continue its last published one without a gap."""
        published = self._revisions.get(session_id, 0)
        return pending[-1].revision <= published + sum(one.revision > published for one in pending)

    def add(self, session_id: str, revision: int) -> None:
        self._revisions[session_id] = max(self._revisions.pop(session_id, 0), revision)
        if len(self._revisions) > self._most:
            del self._revisions[next(iter(self._revisions))]

    def drop(self, session_id: str) -> None:
        """Forgets the session: the log is read before its next entry is published."""
        self._revisions.pop(session_id, None)
