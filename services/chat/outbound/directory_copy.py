"""Chat's copy of the directory: engineers, companies, boards and who may see what. The service `tickets` owns it.

The copy consumes a compacted topic and is fetched at start and whenever the reader loses its offsets. Each entry has a revision, so the
two may overlap in any order. Sign-ins are ignored. Customers may be many: each is fetched when a call needs them, and held as long as
there is room. A post needs none. What a call names may be so new that its record is on its way: a customer comes with their company, an
engineer is fetched too, and a board is waited for.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from grpc.aio import Channel

from parley.tickets.v1 import directory_pb2 as pb
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.errors import Unavailable
from servicekit.grpc_client import call, pages
from servicekit.identity import Caller
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.revised_cache import RevisedCache
from services.chat.domain.access import covers
from services.chat.domain.people import Contact, CustomerFacts, Person, Side

PAGE = 1000
# About half a kilobyte each.
MAX_CUSTOMERS = 50_000
RECORD_ARRIVES_WITHIN = 2.0
ROLES = {pb.ROLE_ENGINEER: "engineer", pb.ROLE_SUPERVISOR: "supervisor", pb.ROLE_ADMIN: "admin"}


class DirectoryCopy(Loop):
    """The port Directory, and a part: ready once all but the customers was fetched. Until then every method raises Unavailable, because an
    empty copy would look like a desk without people. `subscribed`: whether the topic's reader has its offsets; only a fetch after that is
    complete.
    """

    waits_for = "the directory of the service tickets"

    def __init__(self, channel: Channel, subscribed: Callable[[], bool], metrics: Metrics) -> None:
        super().__init__("directory", self._fetch_loop, metrics)
        self._stub, self._subscribed = DirectoryServiceStub(channel), subscribed
        self._revisions: dict[tuple[str, str], int] = {}
        self._engineers: dict[str, pb.DirectoryPerson] = {}
        self._customers: RevisedCache[str, pb.DirectoryPerson] = RevisedCache(self._fetch_people, most=MAX_CUSTOMERS, at_once=PAGE)
        self._desks: dict[str, pb.Desk] = {}
        self._companies: dict[str, pb.Company] = {}
        self._boards: dict[str, pb.Board] = {}
        # Of engineers who called, or whose access was asked for; an entry of the person drops theirs.
        self._callers: dict[str, Caller] = {}
        self._fetch_due, self._board_changed = asyncio.Event(), asyncio.Event()
        self.ready = False
        # Called after each fetch, which may bring changes that were not consumed.
        self.fetched: Callable[[], None] = lambda: None

    def resync(self) -> None:
        """Records may have been missed: fetches again. Meanwhile the copy stays in use, without customers."""
        self._customers.clear()
        self._fetch_due.set()

    def apply(self, entry: pb.DirectoryEntry) -> None:
        """Keeps the entry unless the copy has a later revision of it; a customer only if they are held."""
        kind = entry.WhichOneof("entry") or ""
        tables: dict[str, dict[str, Any]] = {
            "person": self._engineers,
            "company": self._companies,
            "board": self._boards,
            "desk": self._desks,
        }
        if kind not in tables:
            return
        if entry.person.kind == pb.PERSON_KIND_CUSTOMER:
            self._customers.changed(entry.person.id, entry.revision, entry.person)
            return
        content = getattr(entry, kind)
        if entry.revision >= self._revisions.get((kind, content.id), 0):
            self._callers.pop(content.id, None)
            self._revisions[kind, content.id] = entry.revision
            tables[kind][content.id] = content
            if kind == "board":
                self._board_changed.set()

    async def fetch(self) -> None:
        """Reads all pages; raises Unavailable or RemoteError, and keeps the pages read so far."""
        request = pb.ListDirectoryRequest(page_size=PAGE, without_customers=True)
        async for page in pages(partial(call, self._stub.ListDirectory), request):
            for entry in page.entries:
                self.apply(entry)
        self.ready = True
        self.fetched()

    async def _fetch_loop(self) -> None:
        while True:
            self._fetch_due.clear()
            if not self._subscribed():
                raise Unavailable("The directory topic is not subscribed yet.")
            await self.fetch()
            await self._fetch_due.wait()

    async def customers(self, desk_id: str, person_ids: Collection[str]) -> dict[str, CustomerFacts]:
        self._check_loaded()
        found = await self._customers.of(person_ids)
        # A record can bring a held customer to a company whose own record is still on its way.
        if without := [person.id for person in found.values() if person.company_id and person.company_id not in self._companies]:
            await self._fetch_people(without[:PAGE])
        return {id: self._customer_facts(person) for id, person in found.items() if person.desk_id == desk_id}

    def default_board(self, desk_id: str, company_id: str) -> str:
        self._check_loaded()
        company = self._companies.get(company_id)
        return company.default_board_id if company is not None and company.desk_id == desk_id else ""

    def company_name(self, desk_id: str, company_id: str) -> str:
        self._check_loaded()
        company = self._companies.get(company_id)
        return company.name if company is not None and company.desk_id == desk_id else ""

    def max_file_mb(self, desk_id: str) -> int:
        self._check_loaded()
        desk = self._desks.get(desk_id)
        return desk.max_file_mb if desk else 0

    def company_archived(self, desk_id: str, company_id: str) -> bool:
        self._check_loaded()
        company = self._companies.get(company_id)
        return company is not None and company.desk_id == desk_id and company.archived

    def board_archived(self, desk_id: str, board_id: str) -> bool:
        self._check_loaded()
        board = self._boards.get(board_id)
        return board is not None and board.desk_id == desk_id and board.archived

    def engineer(self, desk_id: str, person_id: str) -> Person | None:
        person = self._engineer(desk_id, person_id)
        return Person(person.id, person.name, Side.ENGINEER) if person and not person.disabled else None

    async def find_engineer(self, desk_id: str, person_id: str) -> Person | None:
        if not self._engineer(desk_id, person_id):
            await self._fetch_people([person_id])
        return self.engineer(desk_id, person_id)

    def may_see(self, desk_id: str, engineer_id: str, company_id: str, board_id: str) -> bool:
        engineer = self.caller(desk_id, engineer_id)
        return engineer is not None and engineer.desk_id == desk_id and covers(engineer, company_id, board_id)

    def engineers_of(self, desk_id: str, company_id: str, board_id: str) -> list[Person]:
        self._check_loaded()
        found = (each.id for each in self._engineers.values() if self.may_see(desk_id, each.id, company_id, board_id))
        return sorted((Person(id, self._engineers[id].name, Side.ENGINEER) for id in found), key=lambda person: (person.name, person.id))

    async def person_of(self, desk_id: str, person_id: str) -> Caller | None:
        """The person as a Caller. An empty `desk_id` means any desk. Raises Unavailable."""
        if engineer := self.caller(desk_id, person_id):
            return engineer
        customer = (await self._customers.of([person_id])).get(person_id)
        if engineer := self.caller(desk_id, person_id):
            return engineer
        if customer is None or customer.disabled or desk_id not in ("", customer.desk_id):
            return None
        return Caller("customer", customer.id, customer.name, customer.desk_id, company_id=customer.company_id)

    def caller(self, desk_id: str, person_id: str) -> Caller | None:
        """The engineer as a Caller, the same object until the entry changes."""
        self._check_loaded()
        person = self._engineers.get(person_id)
        if person is None or person.disabled or desk_id not in ("", person.desk_id):
            return None
        if person_id not in self._callers:
            self._callers[person_id] = _caller(person)
        return self._callers[person_id]

    async def find_board(self, desk_id: str, board_id: str) -> str:
        self._check_loaded()
        with suppress(TimeoutError):
            async with asyncio.timeout(RECORD_ARRIVES_WITHIN):
                while board_id not in self._boards:
                    self._board_changed.clear()
                    await self._board_changed.wait()
        board = self._boards.get(board_id)
        return board.name if board is not None and board.desk_id == desk_id else ""

    def _engineer(self, desk_id: str, person_id: str) -> pb.DirectoryPerson | None:
        self._check_loaded()
        person = self._engineers.get(person_id)
        return person if person is not None and person.desk_id == desk_id else None

    def _customer_facts(self, person: pb.DirectoryPerson) -> CustomerFacts:
        return CustomerFacts(
            person=Person(person.id, person.name, Side.CUSTOMER),
            company_id=person.company_id,
            board_id=self.default_board(person.desk_id, person.company_id),
            contact=Contact(person.phone, person.email),
            disabled=person.disabled,
        )

    async def _fetch_people(self, person_ids: Sequence[str]) -> dict[str, tuple[int, pb.DirectoryPerson]]:
        asked = pb.GetPeopleRequest(person_ids=person_ids, with_companies=True)
        answer: pb.GetPeopleResponse = await call(self._stub.GetPeople, asked)
        for entry in (*answer.companies, *(entry for entry in answer.entries if entry.person.kind == pb.PERSON_KIND_ENGINEER)):
            self.apply(entry)
        customers = [entry for entry in answer.entries if entry.person.kind == pb.PERSON_KIND_CUSTOMER]
        return {entry.person.id: (entry.revision, entry.person) for entry in customers}

    def _check_loaded(self) -> None:
        if not self.ready:
            raise Unavailable("The directory is not loaded here yet; repeat with the same id.")


def _caller(person: pb.DirectoryPerson) -> Caller:
    access = person.access
    return Caller(
        "engineer",
        person.id,
        person.name,
        person.desk_id,
        role=ROLES.get(person.role, ""),
        companies=None if access.all_companies else frozenset(access.company_ids),
        boards=None if access.all_boards else frozenset(access.board_ids),
    )
