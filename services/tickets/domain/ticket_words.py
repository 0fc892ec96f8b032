"""The words by which a search finds a ticket (spec 9.1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from servicekit.text import words_of
from services.tickets.domain.ticket import Ticket

# Different words of a ticket that can be found, of customer, company and summary, then of its notes in the order of the timeline: those
# that customers may see, and as many others. What bounds the store.
MAX_WORDS, MAX_NOTE_WORDS = 60, 300
# Of a timeline, and of the notes of each kind, in which words are looked for. Each change reads them again, so they bound its work.
MAX_COMMITS, MAX_NOTE_TEXT = 500, 20_000


@dataclass(frozen=True, slots=True)
class TicketWords:
    """Folded words, each once. `internal`: those that only internal notes have. No search of a customer compares them (spec 9.4)."""

    public: tuple[str, ...]
    internal: tuple[str, ...] = ()

    def seen_by(self, *, customer: bool) -> tuple[str, ...]:
        return self.public if customer else self.public + self.internal


class WordCollector:
    """Collects the words of a ticket. The words of internal notes change nothing of the others, so that a customer's search tells nothing
    about them but that the ticket has more than MAX_COMMITS changes, which its revision tells too."""

    def __init__(self, ticket: Ticket) -> None:
        words = words_of(f"{ticket.customer.name} {ticket.company.name} {ticket.summary}")
        self._listed = tuple(dict.fromkeys(words))[:MAX_WORDS]
        self._public, self._internal = _Words(), _Words()

    @property
    def full(self) -> bool:
        return self._public.full and self._internal.full

    def add(self, texts: Iterable[str], *, internal: bool) -> None:
        """The texts of the next note: what it says, and the names of its files."""
        for text in texts:
            (self._internal if internal else self._public).add(text)

    def words(self) -> TicketWords:
        public = dict.fromkeys((*self._listed, *self._public.words))
        return TicketWords(tuple(public), tuple(word for word in self._internal.words if word not in public))


class _Words:
    """Words of notes up to the limits."""

    def __init__(self) -> None:
        self._found, self._left = dict[str, None](), MAX_NOTE_TEXT

    @property
    def full(self) -> bool:
        return self._left <= 0 or len(self._found) >= MAX_NOTE_WORDS

    @property
    def words(self) -> list[str]:
        return list(self._found)[:MAX_NOTE_WORDS]

    def add(self, text: str) -> None:
        if not self.full:
            self._found.update(dict.fromkeys(words_of(text[: self._left])))
            self._left -= len(text)
