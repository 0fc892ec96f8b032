"""The erasures of tickets in memory."""

from datetime import datetime

from services.tickets.domain.erasure import Erasure


class FakeErasures:
    def __init__(self) -> None:
        self.kept: dict[str, Erasure] = {}

    async def add(self, erasure: Erasure) -> Erasure:
        return self.kept.setdefault(erasure.person_id, erasure)

    async def get(self, person_id: str) -> Erasure | None:
        return self.kept.get(person_id)

    async def save(self, erasure: Erasure) -> bool:
        if self.kept[erasure.person_id].version != erasure.version - 1:
            return False
        self.kept[erasure.person_id] = erasure
        return True

    async def waiting(self, service: str, size: int) -> list[Erasure]:
        found = [erasure for erasure in self.kept.values() if service == erasure.turn]
        return sorted(found, key=lambda erasure: erasure.requested_at)[:size]

    async def chat_finished_since(self, desk_id: str, at: datetime) -> bool:
        moments = [erasure.chat_finished_at for erasure in self.kept.values() if erasure.desk_id == desk_id]
        return any(moment >= at for moment in moments if moment)
