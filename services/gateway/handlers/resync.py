"""What this replica must ask its peers again, because it may have missed something or because a person's access changed."""

import asyncio
from collections.abc import Iterable

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.errors import TypedError
from servicekit.logs import log
from services.gateway.domain.interest import Interest
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.handlers.sockets import Sockets
from services.gateway.outbound import server_frames
from services.gateway.ports import Socket

RETRY_AFTER = 1.0
# So long what could not be understood of a desk is collected, in seconds.
DESK_AFTER = 3.0
# So many sign-ins are asked about at a time: a company may have a thousand sockets, and a change takes effect within 2 s (spec 10.10).
QUESTIONS = 32


class Resync:
    """Wishes are collected and worked off by one loop, again and again until the peers answered."""

    def __init__(
        self,
        interest: Interest[Socket],
        sockets: Sockets,
        sign_ins: SignIns,
        cards: DeskCards,
        presences: PresenceUpdates,
        followed: FollowedSessions,
        retry_after: float = RETRY_AFTER,
        desk_after: float = DESK_AFTER,
    ) -> None:
        self._interest, self._sockets, self._sign_ins = interest, sockets, sign_ins
        self._cards, self._presences, self._followed = cards, presences, followed
        self._retry_after, self._desk_after = retry_after, desk_after
        self._desks: set[str] = set()
        self._everything = False
        self._people: dict[tuple[str, str], None] = {}
        self._work = asyncio.Event()

    def everything(self) -> None:
        """The readers jumped: what was said meanwhile is lost, so everyone fetches."""
        self._everything = True
        self._work.set()

    def desk(self, desk_id: str) -> None:
        """A record about this desk could not be understood; without a desk it may have been any. Its pages fetch, and no others."""
        if not desk_id:
            self.everything()
        elif desk_id not in self._desks:
            self._desks.add(desk_id)
            # Records that fail come in numbers: together they make one fetch.
            asyncio.get_running_loop().call_later(self._desk_after, self._refetch, desk_id)

    def _refetch(self, desk_id: str) -> None:
        self._desks.discard(desk_id)
        self._cards.reload_desk(desk_id)
        self._presences.ask_all_again()
        # It may have been a change of somebody's access.
        self._sign_ins.forget_all()
        for socket in self._interest:
            if socket.viewer.desk_id == desk_id:
                self._ask_about(desk_id, socket.viewer.id)

    def person(self, person: directory.DirectoryPerson) -> None:
        """The directory has something new about a person: as whom they act, and who may see them."""
        self._presences.person_changed(person)
        self._sign_ins.person_changed(person.id)
        self._sockets.person_changed(person)
        self._ask_about(person.desk_id, person.id)

    def _ask_about(self, desk_id: str, person_id: str) -> None:
        if self._interest.of_person(desk_id, person_id):
            self._people[desk_id, person_id] = None
            self._work.set()

    def company(self, desk_id: str, company_id: str) -> None:
        """The directory has something new about a company: it may share its tickets now, or not any more (spec 9.4)."""
        self._sign_ins.company_changed(desk_id, company_id)
        for socket in self._interest.of_company(desk_id, company_id):
            self._ask_about(desk_id, socket.viewer.id)

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._resync()
            except TypedError as error:
                log.warning("resync_failed", code=error.code)
                await asyncio.sleep(self._retry_after)
                self._work.set()

    async def _resync(self) -> None:
        # What is wished for while we ask is kept for the next round.
        everything, self._everything = self._everything, False
        people, self._people = self._people, {}
        if everything:
            self._sign_ins.forget_all()
            self._presences.ask_all_again()
            self._cards.reload()
            sockets = list(self._interest)
        else:
            sockets = [socket for person in people for socket in self._interest.of_person(*person)]
        try:
            await self._check(sockets)
        except BaseException:
            self._everything |= everything
            self._people = {**people, **self._people}
            raise

    async def _check(self, sockets: Iterable[Socket]) -> None:
        """Spec 10.10: all that these lines are granted. Raises what asking raises, after each line had its turn."""
        free = asyncio.Semaphore(QUESTIONS)

        async def check(socket: Socket) -> None:
            async with free:
                if await self._sockets.refresh_identity(socket):
                    self._presences.check_again(socket)
                    self._followed.check_again(socket)
                    socket.send(server_frames.REFETCH)

        ends = await asyncio.gather(*map(check, sockets), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
