"""Whom an engineer with restrictions may see at all: the directory says, and its answer is believed for a moment."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from servicekit.identity import Caller
from services.gateway.ports import Service

KEPT = timedelta(seconds=30)
REMEMBERED = 1000


class PeopleSeen:
    """By caller, which includes the access: when that changes it is asked anew."""

    def __init__(self, directory_service: Service, clock: Clock) -> None:
        self._directory, self._clock = directory_service, clock
        self._known: OrderedDict[Caller, tuple[datetime, frozenset[str]]] = OrderedDict()

    async def seen_by(self, caller: Caller) -> frozenset[str]:
        """Ids of people. Raises Unavailable."""
        kept = self._known.get(caller)
        if kept and self._clock.now() < kept[0]:
            return kept[1]
        seen = frozenset([id async for id in self._all(caller)])
        self._known[caller] = (self._clock.now() + KEPT, seen)
        self._known.move_to_end(caller)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return seen

    async def _all(self, caller: Caller) -> AsyncIterator[str]:
        token = ""
        while True:
            request = directory.ListPeopleRequest(page_token=token)
            answer: directory.ListPeopleResponse = await self._directory.call("ListPeople", request, caller)
            for person in answer.people:
                yield person.id
            token = answer.next_page_token
            if not token:
                return
