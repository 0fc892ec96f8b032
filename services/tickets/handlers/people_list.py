"""Reads lists and searches of people, at a cost that does not grow with the desk."""

from services.tickets.domain.access.directory import may_see_person
from services.tickets.domain.directory import Company, Kind, Person, key_of
from services.tickets.domain.people import Actor
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, Positions
from services.tickets.ports import Directory

# Positions of a list of people that one call reads: a search may find words of many people who are not listed.
READ_AT_ONCE, MAX_READ = 1001, 10_000


async def found_people(
    directory: Directory, by: Actor, query: PeopleQuery, after: PeopleCursor, most: int, *, only_active: bool
) -> tuple[Positions, PeopleCursor | None]:
    """Those whom the caller may see, `most` or more of them; fewer only at the end, where the cursor is None, or after MAX_READ.
    `only_active`: who are not disabled and whose company is not archived."""
    found, last, read, size = list[tuple[PeopleCursor, Person]](), after, 0, most
    while len(found) < most and read < MAX_READ:
        part = await directory.people(query, last, size)
        seen = [(at, person) for at, person in part.people if may_see_person(by, person) and query.lists(person, at)]
        found += await _active(directory, seen) if only_active else seen
        if part.last is None:
            return found, None
        # Twice as many each time, because few of those that were read may be listed.
        last, read, size = part.last, read + size, min(2 * size, READ_AT_ONCE)
    return found, last


async def _active(directory: Directory, positions: Positions) -> Positions:
    companies = await directory.entries({key_of(Kind.COMPANY, person.company_id) for _, person in positions if person.company_id})
    archived = {entry.content.id for entry in companies if isinstance(entry.content, Company) and entry.content.archived}
    return [(at, person) for at, person in positions if not person.disabled and person.company_id not in archived]
