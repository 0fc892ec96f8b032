"""Lists of people by name, in pages."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Self

from services.tickets.domain.directory import Person
from services.tickets.domain.errors import InvalidValue


def is_found(person: Person, words: Sequence[str]) -> bool:
    """Whether each of the folded words is in the name or the e-mail."""
    inside = f"{person.name}\n{person.email}".casefold()
    return all(word in inside for word in words)


async def in_order(people: AsyncGenerator[Person]) -> AsyncGenerator[Person]:
    """People in the order of folded names; those of one name in the order of ids. Holds only people of one name."""
    same = list[Person]()
    async with aclosing(people):
        async for person in people:
            if same and person.name.casefold() != same[0].name.casefold():
                for one in sorted(same, key=_id):
                    yield one
                same.clear()
            same.append(person)
    for one in sorted(same, key=_id):
        yield one


def _id(person: Person) -> str:
    return person.id


@dataclass(frozen=True, slots=True)
class PeopleCursor:
    """The last person of a page, by folded name and id. The next page begins after it, also when people were added or removed."""

    name: str = ""
    id: str = ""

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(person.name.casefold(), person.id)

    @classmethod
    def parse(cls, token: str) -> Self:
        """An empty token begins the first page. Raises InvalidValue for an invalid token."""
        if not token:
            return cls()
        try:
            name, id = json.loads(urlsafe_b64decode(token))
            return cls(str(name), str(id))
        except (ValueError, TypeError, RecursionError):
            raise InvalidValue("page_token", "The page token is not valid.") from None

    def token(self) -> str:
        return urlsafe_b64encode(json.dumps([self.name, self.id]).encode()).decode()

    def __lt__(self, person: Person) -> bool:
        return (self.name, self.id) < (person.name.casefold(), person.id)
