"""Committed entries that are to be published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.chat.domain.events import Entry, MessagePosted
from services.chat.domain.session import ChatSession


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


Batch = Mapping[str, list[Committed]]


def follows(pending: Sequence[Committed], published: int) -> bool:
    """Whether these entries of a session continue the last published one without a gap."""
    return pending[-1].revision <= published + sum(one.revision > published for one in pending)
