"""Lists of people by name and searches for people, in pages."""

import json
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from servicekit.text import folded
from services.tickets.domain.directory import Person
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Side
from services.tickets.domain.ticket_list import typed_words

# The most search words of a person, so that a name in a script without spaces has a bounded number.
MAX_WORDS = 40


@dataclass(frozen=True, slots=True, order=True)
class PeopleCursor:
    """A position in a list: the folded name and id of a person, or in a search the word that was found and the person's id.

    The next page begins after it, also when people were added or removed.
    """

    text: str = ""
    id: str = ""

    @classmethod
    def parse(cls, token: str) -> Self:
        """An empty token begins the first page. Raises InvalidValue for an invalid token."""
        if not token:
            return cls()
        try:
            text, id = json.loads(urlsafe_b64decode(token))
            f"{text}{id}".encode()  # refuses half characters, which the store cannot take
            return cls(str(text), str(id))
        except (ValueError, TypeError, RecursionError):
            raise InvalidValue("page_token", "The page token is not valid.") from None

    def token(self) -> str:
        return urlsafe_b64encode(json.dumps([self.text, self.id]).encode()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleQuery:
    """People of one desk. None, "" and () mean all.

    `companies`: customers of these only, and every engineer. `words`: only people whose search words begin with each of them. The first
    of them is the one by which the store finds people.
    """

    desk_id: str
    side: Side | None = None
    company_id: str = ""
    companies: frozenset[str] | None = None
    words: Sequence[str] = ()

    def lists(self, person: Person, at: PeopleCursor) -> bool:
        """Whether the person is listed at that position. The store may return positions of what a person was before a change. A search
        meets a person at several of their search words, and lists them at the first."""
        if self.side not in (None, person.side) or self.company_id not in ("", person.company_id):
            return False
        return not self.words or listed_at(person, self.words) == at.text


Positions = Sequence[tuple[PeopleCursor, Person]]


@dataclass(frozen=True, slots=True)
class PeopleSlice:
    """People at their positions. `last`: the position up to which the store was read; None when it has no more."""

    people: Positions
    last: PeopleCursor | None


def list_name(person: Person) -> str:
    """The name by which lists are sorted."""
    return person.name.casefold()


def words_from(search: str) -> list[str]:
    """The folded words of a search, the longest first. Raises InvalidValue."""
    typed = folded(" ".join(typed_words(search))).split()
    return sorted({word[_beginnings(word)[0] :] for word in typed}, key=lambda word: (-len(word), word))


def email_word(email: str) -> str:
    """The search word that is a whole e-mail address."""
    word = _one_word(email)
    return word[_beginnings(word)[0] :]


def search_words(person: Person) -> list[str]:
    """What a search may begin with: the folded name and e-mail from each of their beginnings on, sorted. One that another one begins
    with is left out."""
    email = _one_word(person.email)
    # The top-level domain alone finds nobody.
    in_email = [at for at in _beginnings(email) if at <= max(email.rfind("."), email.find("@"))]
    names = [name[at:] for name in folded(person.name).split() for at in _beginnings(name)]
    # The whole address comes first, because a sign-in finds people by it, whatever their name.
    texts = [*(email[at:] for at in in_email[:1]), *names, *(email[at:] for at in in_email[1:])]
    ordered = sorted(set(texts[:MAX_WORDS]))
    return [text for text, after in zip(ordered, [*ordered[1:], ""], strict=True) if not after.startswith(text)]


def listed_at(person: Person, words: Sequence[str]) -> str | None:
    """The search word at which a search for these words lists the person; None when one of them is the beginning of none.

    A search reads the search words that begin with the first of `words`, and meets a person at each of theirs.
    """
    own = search_words(person)
    if not all(any(text.startswith(word) for text in own) for word in words):
        return None
    return next(text for text in own if text.startswith(words[0]))


def _one_word(email: str) -> str:
    return folded(email).replace(" ", "")


def _beginnings(text: str) -> list[int]:
    """Where a letter or digit follows something else, and each letter of a script without case, which may have no spaces. Never empty."""

    def begins(at: int) -> bool:
        return at == 0 or not text[at - 1].isalnum() or unicodedata.category(text[at]) == "Lo"

    return [at for at, char in enumerate(text) if char.isalnum() and begins(at)] or [0]
