"""Reading and changing the directory."""

from collections.abc import Collection, Iterable

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.loop import back_off
from services.tickets.domain import archiving
from services.tickets.domain.access.directory import (
    access_of,
    desk_of,
    is_service,
    may_list_people,
    may_see_board,
    may_see_company,
    may_see_person,
    must_keep_own_role,
    must_manage,
    must_replace,
    takes_admin,
)
from services.tickets.domain.audit import directory_entry
from services.tickets.domain.directory import (
    Board,
    Company,
    Content,
    ContentT,
    Desk,
    Entry,
    Kind,
    Person,
    check,
    key_of,
    mentions,
    with_newer,
)
from services.tickets.domain.errors import (
    Busy,
    ChangedMeanwhile,
    EmailTaken,
    FileLimit,
    IdTaken,
    InvalidValue,
    NameTaken,
    NotAllowed,
    PersonErased,
    PersonNotFound,
    TrialOff,
)
from services.tickets.domain.limits import filter_from, page_size_from
from services.tickets.domain.people import Actor, Side
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, list_name, words_from
from services.tickets.domain.sign_in import Identity
from services.tickets.handlers.committing import MAX_RACES
from services.tickets.handlers.people_list import found_people
from services.tickets.handlers.relying import LONGEST_BACK_OFF, rely_on_another_admin, rely_on_another_board
from services.tickets.handlers.sign_ins import people_like
from services.tickets.ports import Directory, Numbers, RevisionTaken

# The series of Entry.order, over all desks.
ENTRY_ORDER = "directory"
MAX_PEOPLE = 1000


class DirectoryHandlers:
    """`most_file_mb` bounds what a desk may set."""

    def __init__(self, directory: Directory, numbers: Numbers, clock: Clock, *, trial: bool, most_file_mb: int) -> None:
        self._directory, self._numbers, self._clock, self._trial = directory, numbers, clock, trial
        self._most_file_mb = most_file_mb

    async def upsert(self, by: Actor, content: Content, if_revision: int = 0, *, keeps_newer: bool = False) -> Entry:
        """Adds or changes an entry; an unchanged one gets no new revision. `if_revision`: the one to change, 0 = any. `keeps_newer`:
        what clients of earlier versions leave out stays as stored. Raises NotAllowed, InvalidValue, IdTaken, EmailTaken, NameTaken,
        ChangedMeanwhile, OwnAdminRole, LastAdmin, DefaultBoard, LastBoard or Busy."""
        must_manage(by, content)
        check(content)
        mentioned = list(mentions(content))
        desks = await self._directory.desks_of({mention.key for mention in mentioned})
        for mention in mentioned:
            if desks.get(mention.key) != content.desk_id:
                raise InvalidValue(mention.field, f"There is no such {mention.kind.kind}.")
        for race in range(MAX_RACES):
            before = await self._directory.entry(type(content), content.id)
            stored = before.content if before else None
            if stored is None or stored.desk_id == content.desk_id:
                must_replace(by, stored, content)
            if stored and keeps_newer:
                content = with_newer(stored, content)
            if before and before.content == content:
                return before
            if if_revision and if_revision != (before.revision if before else 0):
                raise ChangedMeanwhile
            _must_not_erase(before, content)
            self._check_file_limit(stored, content)
            await self._check_archived(stored, content)
            if isinstance(content, Person):
                await self._must_have_own_email(stored, content)
            if isinstance(content, Company | Board) and not is_service(by):
                await self._must_have_own_name(stored, content)
            after = (
                Entry(content, before.revision + 1, before.order) if before else Entry(content, 1, await self._numbers.next(ENTRY_ORDER))
            )
            if stored:
                _must_stay_itself(stored, content)
            try:
                if isinstance(stored, Person) and takes_admin(stored, content):
                    must_keep_own_role(by, content)
                    await rely_on_another_admin(stored, self._directory)
                if isinstance(content, Board) and archiving.is_archived_now(stored, content):
                    await rely_on_another_board(content, self._directory)
                audited = directory_entry(stored, content, after.revision, by, self._clock.now())
                await self._directory.save(after, audited)
                return after
            except RevisionTaken:
                # Two calls that rely on each other's admin or board would else repeat in step.
                await back_off(race, LONGEST_BACK_OFF)
        raise Busy

    async def _must_have_own_email(self, before: Content | None, person: Person) -> None:
        """Raises EmailTaken, because sign-in by an address that two people have refuses both (spec 10.1). Two calls at the same moment may
        both pass, because the store finds a person by their address only after the save. Those who keep their address are not compared,
        so that people who share one can be changed."""
        identity = Identity(desk_id=person.desk_id, side=person.side, email=person.email)
        has_it = isinstance(before, Person) and not before.disabled and identity.is_of(before)
        if not person.email or person.disabled or has_it:
            return
        found = await people_like(identity, self._directory)
        if any(identity.is_of(other) and not other.disabled and other.id != person.id for other in found):
            raise EmailTaken

    async def _must_have_own_name(self, before: Content | None, named: Company | Board) -> None:
        """Raises NameTaken, because people tell companies and boards by their names. A service account copies the names of another
        system, in which two may be the same, so those who keep their name are not compared. Two calls at the same moment may both pass."""
        if before and before.name == named.name:
            return
        others = await self._directory.of_desk(named.desk_id, type(named))
        if any(other.id != named.id and other.name.casefold() == named.name.casefold() for other, _ in others):
            raise NameTaken(f"Another {named.kind} has this name.", field=f"entry.{named.kind}.name")

    def _check_file_limit(self, before: Content | None, after: Content) -> None:
        """Raises FileLimit. A desk keeps its limit, because the operator may have lowered that of the service since."""
        kept = before.max_file_mb if isinstance(before, Desk) else 0
        if isinstance(after, Desk) and after.max_file_mb > self._most_file_mb and after.max_file_mb != kept:
            raise FileLimit(self._most_file_mb)

    async def _check_archived(self, before: Content | None, after: Content) -> None:
        """Raises BoardArchived, CompanyArchived or DefaultBoard. Two calls at the same moment may both pass, such as one that archives a
        board and one that makes it a default; an admin then changes either."""
        if named := archiving.newly_named(before, after):
            archiving.must_be_open(await self._directory.get(named.kind, named.id), named.field)
        if archiving.is_archived_now(before, after):
            companies = await self._directory.of_desk(after.desk_id, Company)
            archiving.must_be_no_default(after.id, (company for company, _ in companies))

    async def page(
        self, page_size: int, page_token: str, *, customers: bool = True, only_engineers: bool = False
    ) -> tuple[list[Entry], str]:
        """Entries of all desks, without customers or only engineers, and the token of the next page."""
        size = page_size_from(page_size, default=500, largest=1000)
        if page_token and page_token.partition(":")[0] not in set(Kind):
            raise InvalidValue("page_token", "The page token is not valid.")
        # In the order of keys, people come last, and without customers all of them are engineers.
        after = max(page_token, key_of(Kind.PERSON, "")) if only_engineers else page_token
        entries = await self._directory.page(after, size + 1, customers=customers and not only_engineers)
        return entries[:size], entries[size - 1].key if len(entries) > size else ""

    async def person(self, by: Actor, person_id: str) -> tuple[Person, int]:
        """The person with the entry's revision. Raises PersonNotFound."""
        entry = await self._directory.entry(Person, person_id)
        if entry is None or not isinstance(entry.content, Person) or not may_see_person(by, entry.content):
            raise PersonNotFound
        return entry.content, entry.revision

    async def entries_of(self, desk_id: str, person_ids: Collection[str]) -> list[Entry]:
        """The entries of those of these people who are of that desk, "" = any. Raises InvalidValue for too many."""
        if len(person_ids) > MAX_PEOPLE:
            raise InvalidValue("person_ids", f"At most {MAX_PEOPLE} people.")
        found = await self._directory.entries({key_of(Kind.PERSON, id) for id in person_ids})
        return [entry for entry in found if desk_id in ("", entry.content.desk_id)]

    async def companies_of(self, people: Iterable[Entry]) -> list[Entry]:
        """The entries of these customers' companies."""
        contents = (entry.content for entry in people)
        ids = {content.company_id for content in contents if isinstance(content, Person) and content.company_id}
        return await self._directory.entries({key_of(Kind.COMPANY, id) for id in ids})

    async def person_of(self, desk_id: str, person_id: str) -> Caller | None:
        """The person as a Caller, for a service account that acts for them. An empty `desk_id` matches any desk."""
        person = await self._directory.get(Person, person_id)
        if person is None or person.disabled or desk_id not in ("", person.desk_id):
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
        self,
        by: Actor,
        side: Side | None,
        company_id: str,
        page_size: int = 0,
        page_token: str = "",
        search: str = "",
        *,
        only_active: bool = False,
    ) -> tuple[list[Person], str]:
        """In the order of names and ids, with the token of the next page. Customers see nobody. A search is paged in the order of the words
        that it finds, each page by name. A page may be short, even empty, and have a token (people_list.py). `only_active`: who are not
        disabled and whose company is not archived."""
        size, after = page_size_from(page_size, default=1000, largest=1000), PeopleCursor.parse(page_token)
        company_id, words = filter_from(company_id, "company_id"), words_from(search)
        if not may_list_people(by, company_id):
            return [], ""
        query = PeopleQuery(desk_id=desk_of(by), side=side, company_id=company_id, companies=access_of(by).companies, words=words)
        found, last = await found_people(self._directory, by, query, after, size + 1, only_active=only_active)
        people = [person for _, person in found[:size]]
        token = found[size - 1][0].token() if len(found) > size else last.token() if last else ""
        return sorted(people, key=lambda person: (list_name(person), person.id)) if words else people, token

    async def desk_directory(self, by: Actor) -> tuple[tuple[Desk, int], list[tuple[Company, int]], list[tuple[Board, int]]]:
        """The caller's desk, and the companies and boards that the caller may see, each with its entry's revision."""
        desk = await self._directory.entry(Desk, desk_of(by))
        if desk is None or not isinstance(desk.content, Desk):
            raise NotAllowed("There is no such desk.")
        companies = [entry for entry in await self._directory.of_desk(by.desk_id, Company) if may_see_company(by, entry[0])]
        own = next((company for company, _ in companies if company.id == by.company_id), None)
        return (
            (desk.content, desk.revision),
            companies,
            [entry for entry in await self._directory.of_desk(by.desk_id, Board) if may_see_board(by, entry[0], own)],
        )

    async def trial_people(self) -> tuple[list[Person], list[Company], list[Board]]:
        """Engineers first, with the companies and boards of all of them."""
        if not self._trial:
            raise TrialOff
        found = await self._directory.trial_people()
        people = sorted((person for person in found if not person.disabled), key=lambda person: person.side is not Side.ENGINEER)
        companies = {person.company_id for person in people if person.company_id}.union(*(p.access.companies or () for p in people))
        boards = set[str]().union(*(person.access.boards or () for person in people))
        return people, await self._all(Company, companies), await self._all(Board, boards)

    async def _all(self, kind: type[ContentT], ids: set[str]) -> list[ContentT]:
        return [content for id in sorted(ids) if (content := await self._directory.get(kind, id))]


def _must_not_erase(before: Entry | None, content: Content) -> None:
    """Raises PersonErased, because an import must not bring an erased person back, or InvalidValue."""
    if before and isinstance(before.content, Person) and before.content.erased:
        raise PersonErased
    if isinstance(content, Person) and content.erased:
        raise InvalidValue("entry.person.erased", "Erase a person with ErasePerson.")


def _must_stay_itself(before: Content, after: Content) -> None:
    """Raises IdTaken. Tickets and chats refer to ids, so an id never moves to another desk or side."""
    same_side = not (isinstance(before, Person) and isinstance(after, Person)) or before.side is after.side
    if before.desk_id != after.desk_id or not same_side:
        raise IdTaken("This id belongs to something else.", field=f"entry.{after.kind}.id")
