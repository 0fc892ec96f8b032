"""Chat's copy of the directory: complete before it is used, and never overwritten by an older entry."""

import asyncio
from functools import partial
from typing import Any

import pytest

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.errors import Unavailable
from servicekit.kafka_records import Received
from servicekit.metrics import Metrics
from services.chat.domain.people import Contact, CustomerFacts, Person, Side
from services.chat.inbound.events import directory_record
from services.chat.outbound.directory_copy import DirectoryCopy
from tests.fakes.waiting import until

MIA = pb.DirectoryPerson(id="mia", desk_id="d", kind=pb.PERSON_KIND_CUSTOMER, name="Mia", company_id="acme", phone="+1", email="m@x")
AVA = pb.DirectoryPerson(
    id="ava", desk_id="d", kind=pb.PERSON_KIND_ENGINEER, name="Ava", access=pb.Access(all_companies=True, all_boards=True)
)
BO = pb.DirectoryPerson(
    id="bo", desk_id="d", kind=pb.PERSON_KIND_ENGINEER, name="Bo", access=pb.Access(company_ids=["acme"], board_ids=["b1", "b2"])
)
ENTRIES = [
    pb.DirectoryEntry(revision=1, desk=pb.Desk(id="d", name="Desk")),
    pb.DirectoryEntry(revision=1, company=pb.Company(id="acme", desk_id="d", name="Acme", default_board_id="b1")),
    pb.DirectoryEntry(revision=1, board=pb.Board(id="b1", desk_id="d", name="Board")),
    *(pb.DirectoryEntry(revision=3, person=person) for person in (MIA, AVA, BO)),
]


class FakeDirectoryStub:
    """A channel that answers ListDirectory from a list in pages of two, and GetPeople; the first `down` calls fail. `asked` has the people
    of each GetPeople, which waits while `open` is not set."""

    def __init__(self, down: int = 0) -> None:
        self.down, self.calls = down, 0
        self.asked: list[list[str]] = []
        self.entries = ENTRIES
        self.open = asyncio.Event()
        self.open.set()

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        async def page(request: pb.ListDirectoryRequest, **more: Any) -> pb.ListDirectoryResponse:
            assert request.without_customers
            self.calls += 1
            if self.calls <= self.down:
                raise Unavailable("down")
            entries = [entry for entry in self.entries if entry.person.kind != pb.PERSON_KIND_CUSTOMER]
            first = int(request.page_token or 0)
            token = str(first + 2) if first + 2 < len(entries) else ""
            return pb.ListDirectoryResponse(entries=entries[first : first + 2], next_page_token=token)

        async def people(request: pb.GetPeopleRequest, **more: Any) -> pb.GetPeopleResponse:
            self.asked.append(list(request.person_ids))
            await self.open.wait()
            people = [entry for entry in self.entries if entry.person.id in request.person_ids]
            companies = {entry.person.company_id for entry in people} if request.with_companies else set()
            return pb.GetPeopleResponse(entries=people, companies=[entry for entry in self.entries if entry.company.id in companies])

        return people if method.endswith("GetPeople") else page


async def customer(directory: DirectoryCopy, desk_id: str, person_id: str) -> CustomerFacts | None:
    return (await directory.customers(desk_id, [person_id])).get(person_id)


def copy(down: int = 0, caught_up: bool = True) -> DirectoryCopy:
    return DirectoryCopy(FakeDirectoryStub(down), lambda: caught_up, Metrics("chat"))  # type: ignore[arg-type]


async def test_the_copy_returns_people_companies_boards_and_access() -> None:  # spec 2.10
    directory = copy()
    await directory.fetch()

    mia = await customer(directory, "d", "mia")
    assert mia is not None
    assert (mia.person, mia.company_id, mia.board_id) == (Person("mia", "Mia", Side.CUSTOMER), "acme", "b1")
    assert directory.company_name("d", "acme") == "Acme"
    assert mia.contact == Contact("+1", "m@x")
    assert directory.engineer("d", "ava") == Person("ava", "Ava", Side.ENGINEER)
    assert await customer(directory, "d", "ava") is None and directory.engineer("d", "mia") is None
    sees = [directory.may_see("d", "bo", company, board) for company, board in (("acme", "b2"), ("acme", "b9"), ("globex", "b1"))]
    assert sees == [True, False, False] and directory.may_see("d", "ava", "globex", "b9")
    assert (await directory.find_board("d", "b1"), await directory.find_board("d", "b9")) == ("Board", "")
    of_boards = [[person.id for person in directory.engineers_of("d", "acme", board)] for board in ("b1", "b9")]
    assert of_boards == [["ava", "bo"], ["ava"]]


async def test_another_desk_gets_nothing_from_the_copy() -> None:  # spec 10.2
    directory = copy()
    await directory.fetch()

    assert await customer(directory, "other", "mia") is None and directory.engineer("other", "ava") is None
    assert directory.company_name("other", "acme") == ""
    assert await directory.find_board("other", "b1") == "" and not directory.may_see("other", "ava", "acme", "b1")
    assert directory.engineers_of("other", "acme", "b1") == []


async def test_the_copy_has_what_is_archived_and_the_limit_of_files_now() -> None:  # spec 2.10, 9.3
    directory = copy()
    await directory.fetch()

    def archived(desk_id: str) -> tuple[bool, bool]:
        return directory.company_archived(desk_id, "acme"), directory.board_archived(desk_id, "b1")

    assert archived("d") == (False, False)

    assert directory.max_file_mb("d") == 0
    directory.apply(pb.DirectoryEntry(revision=2, desk=pb.Desk(id="d", name="Desk", max_file_mb=5)))
    assert (directory.max_file_mb("d"), directory.max_file_mb("other")) == (5, 0)
    directory.apply(pb.DirectoryEntry(revision=2, company=pb.Company(id="acme", desk_id="d", default_board_id="b1", archived=True)))
    directory.apply(pb.DirectoryEntry(revision=2, board=pb.Board(id="b1", desk_id="d", archived=True)))
    assert (archived("d"), archived("other")) == ((True, True), (False, False))


async def test_every_call_is_unavailable_before_the_first_fetch() -> None:
    directory = copy()
    directory.apply(ENTRIES[3])

    for ask in (directory.default_board, directory.engineer):
        with pytest.raises(Unavailable):
            ask("d", "mia")
    for find in (directory.find_engineer, directory.find_board):
        with pytest.raises(Unavailable):
            await find("d", "mia")
    with pytest.raises(Unavailable):
        directory.engineers_of("d", "acme", "b1")
    with pytest.raises(Unavailable):
        await directory.customers("d", ["mia"])


async def test_a_company_comes_with_its_customer_before_its_record() -> None:
    stub = FakeDirectoryStub()
    directory = DirectoryCopy(stub, lambda: True, Metrics("chat"))  # type: ignore[arg-type]
    directory.ready = True
    mia = await customer(directory, "d", "mia")
    assert mia is not None and mia.board_id == "b1" and directory.company_name("d", "acme") == "Acme"

    moved = pb.DirectoryEntry(revision=4, person=pb.DirectoryPerson(id="mia", desk_id="d", kind=MIA.kind, name="Mia", company_id="globex"))
    company = pb.Company(id="globex", desk_id="d", name="Globex", default_board_id="b2")
    stub.entries = [moved, pb.DirectoryEntry(revision=1, company=company)]
    directory.apply(moved)
    mia = await customer(directory, "d", "mia")
    assert mia is not None and mia.board_id == "b2" and directory.company_name("d", "globex") == "Globex"
    await customer(directory, "d", "mia")
    assert stub.asked == [["mia"], ["mia"]]


async def test_an_engineer_and_a_board_are_found_before_their_records() -> None:
    stub = FakeDirectoryStub()
    directory = DirectoryCopy(stub, lambda: True, Metrics("chat"))  # type: ignore[arg-type]
    directory.ready = True
    assert await directory.find_engineer("other", "ava") is None
    caller = await directory.person_of("d", "bo")
    assert caller is not None and caller.kind == "engineer"
    assert await directory.find_engineer("d", "ava") == Person("ava", "Ava", Side.ENGINEER)
    assert await directory.find_engineer("d", "mia") is None

    finding = asyncio.create_task(directory.find_board("d", "b1"))
    await asyncio.sleep(0)
    directory.apply(ENTRIES[2])
    assert await finding == "Board"


async def test_an_older_entry_changes_nothing() -> None:
    stub, changed = FakeDirectoryStub(), list[tuple[str, str]]()
    directory = DirectoryCopy(stub, lambda: True, Metrics("chat"))  # type: ignore[arg-type]
    await directory.fetch()
    stub.open.clear()
    waiting = asyncio.create_task(customer(directory, "d", "mia"))
    await until(lambda: bool(stub.asked))
    consume = partial(directory_record, directory.apply, lambda desk_id, person_id: changed.append((desk_id, person_id)))
    newer = pb.DirectoryEntry(revision=4, person=pb.DirectoryPerson(id="mia", desk_id="d", kind=pb.PERSON_KIND_CUSTOMER, name="Mia New"))
    gone = pb.DirectoryEntry(revision=4, person=pb.DirectoryPerson(id="bo", desk_id="d", kind=pb.PERSON_KIND_ENGINEER, disabled=True))
    for entry in (newer, gone):
        consume(Received("t", 0, 0, "k", entry.SerializeToString(), {"kind": "person"}))
    consume(Received("t", 0, 0, "k", b"not for us", {"kind": "sign_in"}))
    assert changed == [("d", "bo")]
    await directory.fetch()
    stub.open.set()

    for mia in (await waiting, await customer(directory, "d", "mia")):
        assert mia is not None and mia.person.name == "Mia New"
    assert directory.engineer("d", "bo") is None and not directory.may_see("d", "bo", "acme", "b1")


async def test_the_copy_is_fetched_until_it_succeeds_and_again_after_a_gap() -> None:
    stub = FakeDirectoryStub(down=2)
    directory = DirectoryCopy(stub, lambda: True, Metrics("chat"))  # type: ignore[arg-type]
    await directory.start()
    await until(lambda: directory.ready)
    fetched = stub.calls

    directory.resync()
    await until(lambda: stub.calls == 2 * fetched - 2)
    await directory.stop()


async def test_the_copy_is_not_fetched_before_the_topic_is_caught_up() -> None:
    answers = [False, False]
    stub = FakeDirectoryStub()
    directory = DirectoryCopy(stub, lambda: answers.pop() if answers else stub.calls > 0 or stands, Metrics("chat"))  # type: ignore[arg-type]
    stands = False
    await directory.start()
    await until(lambda: not answers)
    assert not directory.ready and stub.calls == 0

    stands = True
    await until(lambda: directory.ready)
    await directory.stop()


async def test_a_customer_is_fetched_when_needed_and_again_after_missed_records() -> None:
    stub = FakeDirectoryStub()
    directory = DirectoryCopy(stub, lambda: True, Metrics("chat"))  # type: ignore[arg-type]
    await directory.fetch()
    assert stub.asked == []

    caller = await directory.person_of("", "mia")
    assert caller is not None and (caller.kind, caller.desk_id, caller.company_id) == ("customer", "d", "acme")
    assert await directory.person_of("other", "mia") is None and await directory.person_of("d", "nobody") is None
    engineer = await directory.person_of("d", "bo")
    assert engineer is not None and engineer is directory.caller("d", "bo") and engineer.companies == frozenset({"acme"})
    assert set(await directory.customers("d", ["mia", "ava"])) == {"mia"}
    assert stub.asked == [["mia"], ["nobody"], ["ava"]]

    directory.resync()
    await directory.customers("d", ["mia"])
    assert stub.asked[3:] == [["mia"]]
