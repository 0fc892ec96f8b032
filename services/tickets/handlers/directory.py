"""Reading and changing the directory."""

from dataclasses import dataclass

from servicekit.identity import Caller
from services.tickets.domain.directory import (
    Board,
    Company,
    Content,
    Desk,
    Entry,
    Kind,
    Person,
    check,
    desk_of,
    kind_of,
    may_see_board,
    may_see_company,
    may_see_person,
    mentions,
    must_manage,
)
from services.tickets.domain.errors import Busy, IdTaken, InvalidValue, NotAllowed, PersonNotFound, TrialOff
from services.tickets.domain.limits import filter_from, page_size_from
from services.tickets.domain.people import Actor, Side
from services.tickets.domain.people_list import PeopleCursor, is_found
from services.tickets.domain.ticket_list import search_from
from services.tickets.handlers.committing import MAX_RACES
from services.tickets.ports import Directory, Numbers, RevisionTaken

# The series of Entry.order, over all desks.
ENTRY_ORDER = "directory"


@dataclass(frozen=True, slots=True)
class DeskDirectory:
    boards: tuple[Board, ...]
    companies: tuple[Company, ...]
    desk: Desk


@dataclass(frozen=True, slots=True)
class TrialPeople:
    """Engineers first."""

    people: tuple[Person, ...]
    companies: tuple[Company, ...]
    boards: tuple[Board, ...]


class DirectoryHandlers:
    def __init__(self, directory: Directory, numbers: Numbers, *, trial: bool) -> None:
        self._directory, self._numbers, self._trial = directory, numbers, trial

    async def upsert(self, by: Actor, content: Content) -> Entry:
        """Adds or changes an entry; an unchanged one gets no new revision. Raises NotAllowed, InvalidValue, IdTaken or Busy."""
        must_manage(by, content)
        check(content)
        for mention in mentions(content):
            await self._must_exist(desk_of(content), mention.kind, mention.id, mention.field)
        for _ in range(MAX_RACES):
            before = await self._directory.get(kind_of(content), content.id)
            if before and before.content == content:
                return before
            after = (
                Entry(content, before.revision + 1, before.order) if before else Entry(content, 1, await self._numbers.next(ENTRY_ORDER))
            )
            if before:
                _must_stay_itself(before.content, content)
            try:
                await self._directory.save(after)
                return after
            except RevisionTaken:
                continue
        raise Busy

    async def page(self, page_size: int, page_token: str) -> tuple[list[Entry], str]:
        """Entries of all desks, and the token of the next page."""
        size = page_size_from(page_size, default=500, largest=1000)
        if page_token and page_token.partition(":")[0] not in set(Kind):
            raise InvalidValue("page_token", "The page token is not valid.")
        entries = await self._directory.page(page_token, size + 1)
        return entries[:size], entries[size - 1].key if len(entries) > size else ""

    async def person(self, by: Actor, person_id: str) -> Person:
        entry = await self._directory.get(Kind.PERSON, person_id)
        if entry is None or not isinstance(entry.content, Person) or not may_see_person(by, entry.content):
            raise PersonNotFound
        return entry.content

    async def person_of(self, desk_id: str, person_id: str) -> Caller | None:
        """The person as a Caller, for a service account that acts for them. An empty `desk_id` matches any desk."""
        entry = await self._directory.get(Kind.PERSON, person_id)
        person = entry.content if entry else None
        if not isinstance(person, Person) or person.disabled or desk_id not in ("", person.desk_id):
            return None
        engineer = person.side is Side.ENGINEER
        return Caller(
            "engineer" if engineer else "customer",
            person.id,
            person.name,
            person.desk_id,
            role=person.role.value,
            company_id=person.company_id,
            companies=person.access.companies if engineer else None,
            boards=person.access.boards if engineer else None,
        )

    async def people(
        self, by: Actor, side: Side | None, company_id: str, page_size: int = 0, page_token: str = "", search: str = ""
    ) -> tuple[list[Person], str]:
        """In the order of names, with the token of the next page. Customers see nobody."""
        size, after = page_size_from(page_size, default=1000, largest=1000), PeopleCursor.parse(page_token)
        company_id = filter_from(company_id, "company_id")
        words, _ = search_from(search)
        if by.side is Side.CUSTOMER:
            return [], ""
        people = [entry.content for entry in await self._directory.of_desk(_desk(by), Kind.PERSON) if isinstance(entry.content, Person)]
        found = [
            person
            for person in people
            if may_see_person(by, person)
            and side in (None, person.side)
            and company_id in ("", person.company_id)
            and after < person
            and is_found(person, words)
        ]
        return found[:size], PeopleCursor.of(found[size - 1]).token() if len(found) > size else ""

    async def desk_directory(self, by: Actor) -> DeskDirectory:
        desk = await self._directory.get(Kind.DESK, _desk(by))
        if desk is None or not isinstance(desk.content, Desk):
            raise NotAllowed("This desk is not known.")
        companies = tuple(
            entry.content
            for entry in await self._directory.of_desk(by.desk_id, Kind.COMPANY)
            if isinstance(entry.content, Company) and may_see_company(by, entry.content)
        )
        own = next((company for company in companies if company.id == by.company_id), None)
        boards = tuple(
            entry.content
            for entry in await self._directory.of_desk(by.desk_id, Kind.BOARD)
            if isinstance(entry.content, Board) and may_see_board(by, entry.content, own)
        )
        return DeskDirectory(boards, companies, desk.content)

    async def trial_people(self) -> TrialPeople:
        if not self._trial:
            raise TrialOff
        found = [entry.content for entry in await self._directory.trial_people() if isinstance(entry.content, Person)]
        people = sorted((person for person in found if not person.disabled), key=lambda person: person.side is not Side.ENGINEER)
        companies = {person.company_id for person in people if person.company_id}.union(*(p.access.companies or () for p in people))
        boards = set[str]().union(*(person.access.boards or () for person in people))
        companies_found = [await self._directory.get(Kind.COMPANY, id) for id in sorted(companies)]
        boards_found = [await self._directory.get(Kind.BOARD, id) for id in sorted(boards)]
        return TrialPeople(
            tuple(people),
            tuple(entry.content for entry in companies_found if entry and isinstance(entry.content, Company)),
            tuple(entry.content for entry in boards_found if entry and isinstance(entry.content, Board)),
        )

    async def _must_exist(self, desk_id: str, kind: Kind, id: str, field: str) -> None:
        entry = await self._directory.get(kind, id)
        if entry is None or desk_of(entry.content) != desk_id:
            raise InvalidValue(field, f"There is no such {kind}.")


def _desk(by: Actor) -> str:
    if not by.desk_id:
        raise NotAllowed("This needs a caller of one desk.")
    return by.desk_id


def _must_stay_itself(before: Content, after: Content) -> None:
    """Raises IdTaken. Tickets and chats refer to ids, so an id never moves to another desk or side."""
    same_side = not (isinstance(before, Person) and isinstance(after, Person)) or before.side is after.side
    if desk_of(before) != desk_of(after) or not same_side:
        raise IdTaken("This id belongs to something else.", field=f"entry.{kind_of(after)}.id")
