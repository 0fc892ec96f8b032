"""The other services and the directory in memory: a test sets the dictionaries."""

from collections.abc import Collection, Sequence
from datetime import datetime

from servicekit.errors import Unavailable
from services.chat.domain.access import covers
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.errors import VersionConflict
from services.chat.domain.opening import TicketFacts
from services.chat.domain.people import CustomerFacts, Person, PresenceFact, Viewer


class FakeDirectory:
    """`down`: the directory does not answer for customers. `loaded`: whether the copy has the limits of files. `people`: the customers."""

    def __init__(self) -> None:
        self.down, self.loaded = False, True
        self.people: dict[tuple[str, str], CustomerFacts] = {}
        self.engineers: dict[tuple[str, str], Viewer] = {}
        self.boards: set[tuple[str, str]] = set()
        self.companies: dict[tuple[str, str], str] = {}
        self.file_mb = 0
        # Companies and boards.
        self.archived: set[tuple[str, str]] = set()

    def company_name(self, desk_id: str, company_id: str) -> str:
        return self.companies.get((desk_id, company_id), "")

    def max_file_mb(self, desk_id: str) -> int:
        if not self.loaded:
            raise Unavailable("the directory is not loaded")
        return self.file_mb

    def company_archived(self, desk_id: str, company_id: str) -> bool:
        return (desk_id, company_id) in self.archived

    def board_archived(self, desk_id: str, board_id: str) -> bool:
        return (desk_id, board_id) in self.archived

    async def customers(self, desk_id: str, person_ids: Collection[str]) -> dict[str, CustomerFacts]:
        if self.down:
            raise Unavailable("the directory does not answer")
        return {id: self.people[desk_id, id] for id in person_ids if (desk_id, id) in self.people}

    def default_board(self, desk_id: str, company_id: str) -> str:
        boards = [facts.board_id for (desk, _), facts in self.people.items() if (desk, facts.company_id) == (desk_id, company_id)]
        return boards[0] if boards else ""

    def engineer(self, desk_id: str, person_id: str) -> Person | None:
        found = self.engineers.get((desk_id, person_id))
        return found.person if found else None

    async def find_engineer(self, desk_id: str, person_id: str) -> Person | None:
        return self.engineer(desk_id, person_id)

    def may_see(self, desk_id: str, engineer_id: str, company_id: str, board_id: str) -> bool:
        found = self.engineers.get((desk_id, engineer_id))
        return found is not None and covers(found, company_id, board_id)

    async def find_board(self, desk_id: str, board_id: str) -> str:
        return board_id.replace("-", " ").capitalize() if (desk_id, board_id) in self.boards else ""

    def engineers_of(self, desk_id: str, company_id: str, board_id: str) -> list[Person]:
        found = (viewer for (desk, _), viewer in self.engineers.items() if desk == desk_id and covers(viewer, company_id, board_id))
        return sorted((viewer.person for viewer in found), key=lambda person: person.name)


class FakeTickets:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], TicketFacts] = {}

    async def ticket(self, desk_id: str, ticket_id: str) -> TicketFacts | None:
        return self.stored.get((desk_id, ticket_id))


class FakePresence:
    """Everyone is offline unless `facts` has them. `down`: every call fails."""

    def __init__(self) -> None:
        self.facts: dict[str, PresenceFact] = {}
        self.asked, self.down = 0, False

    def set(self, person_id: str, state: str, since: datetime | None = None) -> None:
        self.facts[person_id] = PresenceFact(state, since)

    async def presence_of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        self.asked += 1
        if self.down:
            raise Unavailable("presence is down")
        return {person_id: self.facts.get(person_id, PresenceFact("offline")) for person_id in person_ids}


class FakeSettings:
    def __init__(self) -> None:
        self.desks: dict[str, ChatSettings] = {}
        self.read: dict[str, ChatSettings] = {}
        self.versions: dict[str, int] = {}
        self.audit: list[tuple[str, int, Person, datetime]] = []

    async def of(self, desk_id: str) -> ChatSettings:
        settings = self.read[desk_id] = self.desks.setdefault(desk_id, ChatSettings())
        return settings

    def held(self, desk_id: str) -> ChatSettings | None:
        return self.read.get(desk_id)

    async def version_of(self, desk_id: str) -> int:
        return self.versions.get(desk_id, 0)

    async def update(self, desk_id: str, settings: ChatSettings, version: int, by: Person, at: datetime) -> int:
        if self.audit and (desk_id, version + 1, by) == self.audit[-1][:3] and settings == self.desks[desk_id]:
            return version + 1
        if version != await self.version_of(desk_id):
            raise VersionConflict("Somebody changed the settings meanwhile.", field="version")
        self.desks[desk_id], self.versions[desk_id] = settings, version + 1
        self.audit.append((desk_id, version + 1, by, at))
        return version + 1
