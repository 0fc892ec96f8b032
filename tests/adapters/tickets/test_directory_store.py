"""The directory's port: entries, lists and searches, in memory and on the chosen store."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from servicekit.kafka_topics import AUDIT, DIRECTORY
from servicekit.mongo import Mongo
from services.tickets.domain.audit import directory_entry
from services.tickets.domain.directory import Board, Company, Desk, Entry, Person
from services.tickets.domain.errors import LastAdmin
from services.tickets.domain.people import Role, Side
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.outbound.mongo_directory import MongoDirectory
from services.tickets.ports import Directory, RevisionTaken
from tests.adapters.tickets.conftest import Ports
from tests.fakes.clock import TurnedClock
from tests.unit.tickets.desk import AT, CONTENTS, HARBOUR, PEOPLE, SERVICE, customer


async def save(directory: Directory, entry: Entry) -> None:
    await directory.save(entry, directory_entry(None, entry.content, entry.revision, SERVICE, AT))


async def save_everything(ports: Ports) -> list[Entry]:
    entries = [Entry(content, 1, order) for order, content in enumerate(CONTENTS, start=1)]
    for entry in entries:
        await save(ports.directory, entry)
    return entries


async def test_a_directory_entry_round_trips(ports: Ports) -> None:
    entries = await save_everything(ports)

    found, after = [], ""
    while page := await ports.directory.page(after, 5):
        found += page
        after = page[-1].key
    assert found == sorted(entries, key=lambda entry: entry.key)
    assert [await ports.directory.entry(Person, p.id) for p in PEOPLE] == [entry for entry in entries if entry.content in PEOPLE]
    assert await ports.directory.entry(Board, "acme") is None
    desks = {entry.key: entry.content.desk_id for entry in entries}
    assert await ports.directory.desks_of([*desks, "person:nobody"]) == desks
    assert await ports.directory.desks_of([]) == {}


async def test_a_save_of_the_same_content_is_published_and_not_audited(mongo: Mongo) -> None:  # spec 10.2, 10.5
    directory, ava = MongoDirectory(mongo), Entry(PEOPLE[0], 1, 1)
    await save(directory, ava)

    await directory.save(replace(ava, revision=2), None)

    assert await directory.entry(Person, "ava") == replace(ava, revision=2)
    (unpublished,) = await directory.outbox.unpublished(10)
    topics = [record.topic for _, record in unpublished.records]
    assert (topics.count(AUDIT.name), topics.count(DIRECTORY.name)) == (1, 2)


async def test_admins_who_take_the_role_from_each_other_leave_one(ports: Ports) -> None:  # spec 10.2
    await save_everything(ports)
    people = DirectoryHandlers(ports.directory, ports.numbers, TurnedClock(), trial=False, most_file_mb=25)
    ava, bo = PEOPLE[0], replace(PEOPLE[1], role=Role.ADMIN)
    await people.upsert(SERVICE, bo)

    calls = [people.upsert(SERVICE, replace(person, role=Role.ENGINEER)) for person in (ava, bo)]
    ends = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(end) for end in ends if isinstance(end, Exception)] == [LastAdmin]


async def test_the_directory_lists_a_desk_by_name_and_trial_people_by_age(ports: Ports) -> None:
    await save_everything(ports)

    boards = await ports.directory.of_desk(HARBOUR, Board)
    assert [(board.name, revision) for board, revision in boards] == [("Projects", 1), ("Service desk", 1)]
    assert [person.id for person in await ports.directory.trial_people()] == [person.id for person in PEOPLE]


async def listed(directory: Directory, size: int, query: PeopleQuery) -> list[str]:
    """Reads slice by slice; returns the ids of those whom each position lists."""
    ids, after = list[str](), PeopleCursor()
    while True:
        part = await directory.people(query, after, size)
        assert len(part.people) <= size
        ids += [person.id for at, person in part.people if query.lists(person, at)]
        if part.last is None:
            return ids
        after = part.last


def people_of(*companies: str, **more: object) -> PeopleQuery:
    return PeopleQuery(desk_id=HARBOUR, companies=frozenset(companies), **more)  # type: ignore[arg-type]


EVERYBODY = PeopleQuery(desk_id=HARBOUR)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (EVERYBODY, ["ava", "bo", "leo", "mia", "pia", "zoe"]),
        (replace(EVERYBODY, side=Side.ENGINEER), ["ava", "bo", "pia"]),
        (replace(EVERYBODY, side=Side.CUSTOMER), ["leo", "mia", "zoe"]),
        (replace(EVERYBODY, company_id="acme"), ["leo", "mia"]),
        (people_of("acme"), ["ava", "bo", "leo", "mia", "pia"]),
        (people_of(side=Side.CUSTOMER), []),
        (people_of("globex", side=Side.CUSTOMER), ["zoe"]),
        (replace(EVERYBODY, words=["to"]), ["mia"]),
        (replace(EVERYBODY, words=["\u5c71"]), []),
        (replace(EVERYBODY, words=["a"]), ["zoe", "ava"]),
        (people_of("acme", words=["a"]), ["ava"]),
        (people_of("acme", words=["a"], side=Side.CUSTOMER), []),
        (replace(EVERYBODY, words=["par", "l"], company_id="acme"), ["leo"]),
        (replace(EVERYBODY, desk_id="nowhere"), []),
    ],
)
async def test_people_are_listed_and_found_by_their_keys(ports: Ports, query: PeopleQuery, ids: list[str]) -> None:  # spec 2.10
    await save_everything(ports)
    assert await listed(ports.directory, 10, query) == ids
    assert await listed(ports.directory, 1, query) == ids


async def test_a_search_finds_people_as_they_are_after_a_change(ports: Ports) -> None:
    mia = customer("mia", "Mia Torres", "acme")
    for revision, person in enumerate([mia, replace(mia, name="Mia Berg"), replace(mia, name="Mia Berg", company_id="globex")], start=1):
        await save(ports.directory, Entry(person, revision, 1))

    async def found(*words: str, **more: object) -> list[str]:
        return await listed(ports.directory, 10, people_of("globex", words=words, **more))

    assert [await found("torres"), await found("berg"), await found("mia", company_id="acme")] == [[], ["mia"], []]
    assert await listed(ports.directory, 10, replace(EVERYBODY, company_id="acme")) == []


async def test_the_directory_is_read_without_customers_and_by_keys(ports: Ports) -> None:
    await save_everything(ports)
    first = await ports.directory.page("board:z", 3, customers=False)
    rest = await ports.directory.page(first[-1].key, 10, customers=False)
    assert [entry.content.id for entry in (*first, *rest)] == ["acme", "globex", "elsewhere", "harbour", "ava", "bo", "eve", "pia"]
    assert {entry.content.id for entry in await ports.directory.entries(["person:mia", "person:nobody", "desk:elsewhere"])} == {
        "mia",
        "elsewhere",
    }


async def test_people_of_an_earlier_version_and_of_a_crash_are_completed(mongo: Mongo) -> None:
    directory = MongoDirectory(mongo)
    people: Sequence[Person] = [customer(f"p{number}", f"Person {number}", "acme") for number in range(4)]
    for number, person in enumerate(people):
        await save(directory, Entry(person, 1, number))
    entries, words = mongo.database["directory"], mongo.database["people_words"]
    await entries.update_many({"_id": {"$in": ["person:p0", "person:p1"]}}, {"$unset": {"listed": "", "content.indexed": ""}})
    # A replica of an earlier version has renamed this one.
    old = await entries.find_one({"_id": "person:p2"})
    assert old is not None
    del old["content"]["indexed"]
    old["content"]["person"]["name"] = "Renamed"
    await entries.update_one({"_id": "person:p2"}, {"$set": {"content": old["content"], "name": "renamed", "revision": 2}})
    # The process ended between the document and its words.
    await entries.update_one({"_id": "person:p3"}, {"$set": {"content.indexed": False}})
    await words.delete_many({"person_id": {"$in": ["p0", "p1", "p3"]}})

    await directory.complete()

    assert await listed(directory, 10, EVERYBODY) == ["p0", "p1", "p3", "p2"]
    assert await listed(directory, 10, replace(EVERYBODY, words=["person"])) == ["p0", "p1", "p3"]
    assert await listed(directory, 10, replace(EVERYBODY, words=["renamed"])) == ["p2"]
    assert len(await directory.page("", 10)) == 4


async def test_one_of_two_concurrent_changes_of_an_entry_succeeds(ports: Ports) -> None:
    await save(ports.directory, Entry(Desk("d", "Desk"), 1, 1))

    with pytest.raises(RevisionTaken):
        await save(ports.directory, Entry(Desk("d", "Another"), 1, 2))
    await save(ports.directory, Entry(Desk("d", "Renamed"), 2, 1))
    with pytest.raises(RevisionTaken):
        await save(ports.directory, Entry(Desk("d", "Late"), 2, 1))
    assert await ports.directory.entry(Desk, "d") == Entry(Desk("d", "Renamed"), 2, 1)


async def test_an_entry_may_have_any_characters(ports: Ports) -> None:
    company, board = Company("c", "d", "Ünïcode $et. Ltd 🖨", "b", True), Board("b.1", "d", "$set")
    await save(ports.directory, Entry(company, 1, 0))
    await save(ports.directory, Entry(board, 1, 1))

    assert await ports.directory.entry(Company, "c") == Entry(company, 1, 0)
    assert await ports.directory.entry(Board, "b.1") == Entry(board, 1, 1)
