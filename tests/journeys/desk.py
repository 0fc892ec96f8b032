"""A desk that only one test uses. Ava (admin) and Sam see everything, Bo sees only Acme; Mia and Leo work at Acme, Zoe at Globex."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from parley.tickets.v1 import directory_pb2 as directory
from stack.page import Page
from stack.people import EVERYTHING, upsert
from stack.services import Stack

ENGINEERS = {"ava": directory.ROLE_ADMIN, "sam": directory.ROLE_SUPERVISOR, "bo": directory.ROLE_ENGINEER}
CUSTOMERS = {"mia": "acme", "leo": "acme", "zoe": "globex"}
NAMES = {"ava": "Ava Chen", "sam": "Sam Okafor", "bo": "Bo Lindqvist", "mia": "Mia Torres", "leo": "Leo Park", "zoe": "Zoe Adams"}


class TestDesk:
    """The desk's id is the prefix of all its ids: `desk.id_of("mia")`."""

    __test__ = False

    def __init__(self, stack: Stack, id: str) -> None:
        self.stack, self.id = stack, id
        self._staff = set(ENGINEERS)
        self._pages = AsyncExitStack()
        self._tickets = itertools.count()

    def id_of(self, word: str) -> str:
        """The id of a person, company (acme, globex) or board (service-desk, projects) of this desk."""
        return f"{self.id}-{word}"

    @property
    def gateways(self) -> list[str]:
        replicas = self.stack.replicas.values()
        return [f"http://127.0.0.1:{replica.http_port}" for replica in replicas if replica.service == "gateway"]

    async def make(self) -> None:
        entries = [directory.DirectoryEntry(desk=directory.Desk(id=self.id, name="Test desk"))]
        for board, name in (("service-desk", "Service desk"), ("projects", "Projects")):
            entries.append(directory.DirectoryEntry(board=directory.Board(id=self.id_of(board), desk_id=self.id, name=name)))
        for company, name, board in (("acme", "Acme Ltd", "service-desk"), ("globex", "Globex", "projects")):
            made = directory.Company(id=self.id_of(company), desk_id=self.id, name=name, default_board_id=self.id_of(board))
            entries.append(directory.DirectoryEntry(company=made))
        for person, role in ENGINEERS.items():
            access = EVERYTHING if person != "bo" else directory.Access(company_ids=[self.id_of("acme")], all_boards=True)
            entries.append(self._person(person, kind=directory.PERSON_KIND_ENGINEER, role=role, access=access))
        for person, company in CUSTOMERS.items():
            entries.append(self._person(person, kind=directory.PERSON_KIND_CUSTOMER, company_id=self.id_of(company)))
        await upsert(self.stack, entries)

    async def add_customers(self, words: list[str]) -> None:
        """Adds customers of Acme."""
        company = self.id_of("acme")
        await upsert(self.stack, [self._person(word, kind=directory.PERSON_KIND_CUSTOMER, company_id=company) for word in words])

    async def add_engineer(self, word: str, *boards: str) -> None:
        """Adds an engineer who sees only these boards."""
        await self.add_engineers([word], directory.Access(all_companies=True, board_ids=[self.id_of(board) for board in boards]))

    async def add_engineers(
        self, words: list[str], access: directory.Access, role: directory.Role.ValueType = directory.ROLE_ENGINEER
    ) -> None:
        """Adds engineers with this access and role."""
        self._staff.update(words)
        fields: dict[str, Any] = {"kind": directory.PERSON_KIND_ENGINEER, "role": role, "access": access}
        await upsert(self.stack, [self._person(word, **fields) for word in words])

    async def limit_engineer(self, word: str, company: str) -> None:
        """Limits this engineer's access to this company."""
        access = directory.Access(company_ids=[self.id_of(company)], all_boards=True)
        await upsert(self.stack, [self._person(word, kind=directory.PERSON_KIND_ENGINEER, role=ENGINEERS[word], access=access)])

    async def disable_engineer(self, word: str) -> None:
        """Disables this engineer, who sees everything."""
        fields: dict[str, Any] = {"kind": directory.PERSON_KIND_ENGINEER, "role": directory.ROLE_ENGINEER, "access": EVERYTHING}
        await upsert(self.stack, [self._person(word, disabled=True, **fields)])

    async def share_tickets(self, shared: bool) -> None:
        """Sets whether customers of Acme see each other's tickets."""
        made = directory.Company(id=self.id_of("acme"), desk_id=self.id, name="Acme Ltd", default_board_id=self.id_of("service-desk"))
        made.shared_tickets = shared
        await upsert(self.stack, [directory.DirectoryEntry(company=made)])

    def _person(self, person: str, **fields: Any) -> directory.DirectoryEntry:
        made = directory.DirectoryPerson(id=self.id_of(person), desk_id=self.id, name=NAMES.get(person, person), trial=True, **fields)
        return directory.DirectoryEntry(person=made)

    async def page(self, person: str, gateway: int = 0) -> Page:
        """Opens another tab of this person, connected and with its start state."""
        app = "tech" if person in self._staff else "portal"
        return await self._pages.enter_async_context(Page(self.gateways[gateway], app, self.id_of(person)))

    async def pages(self, *people: str) -> list[Page]:
        """Opens a tab for each person, alternating between the gateways."""
        count = len(self.gateways)
        return list(await asyncio.gather(*(self.page(person, number % count) for number, person in enumerate(people))))

    async def ticket(self, customer: Page) -> str:
        """Creates a ticket as this customer; returns its id."""
        body = {"commandId": f"ticket-{next(self._tickets)}", "summary": "VPN drops", "text": "Every afternoon."}
        created = await customer.retried(partial(customer.api, "POST", "/tickets", body))
        return str(created["ticket"]["id"])

    async def chat(self, customer: Page, text: str = "Printer is on fire", ticket_id: str = "") -> str:
        """Requests a chat as this customer, on their own ticket if one is given; returns the session's id."""
        body = {"commandId": f"open-{ticket_id}{text[:40]}"[:64], "text": text, "ticketId": ticket_id}
        opened = await customer.retried(partial(customer.api, "POST", "/chats", body))
        return str(opened["session"]["card"]["sessionId"])

    async def handled(self, customer: Page, engineer: Page, text: str = "Printer is on fire", ticket_id: str = "") -> str:
        """Requests a chat as the customer and joins it as the engineer; returns the session's id."""
        session_id = await self.chat(customer, text, ticket_id)
        join = {"commandId": "join", "mode": "JOIN_MODE_TAKE"}
        await engineer.retried(partial(engineer.api, "POST", f"/sessions/{session_id}/join", join))
        return session_id

    async def close(self) -> None:
        await self._pages.aclose()
