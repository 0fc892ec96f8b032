"""The lifecycle of sockets: admission, beats, digests, changes of access, removal."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from parley.gateway.v1 import gateway_pb2 as gateway
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from servicekit.errors import Kind, as_typed
from servicekit.identity import Caller
from servicekit.logs import log
from servicekit.moments import to_ms
from services.gateway.domain.limits import Limit
from services.gateway.domain.site import App, app_of
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.errors import NotReady, NotSignedIn, TooMany, TooManySockets
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.handlers.sign_ins import SignIns, caller_from
from services.gateway.outbound import server_frames
from services.gateway.ports import Renew, Socket

GOING_AWAY = gateway.CLOSE_CODE_GOING_AWAY
SIGNED_OUT = gateway.CLOSE_CODE_SIGNED_OUT
SILENT = gateway.CLOSE_CODE_SILENT
# A page's first digest names only the cards with messages of this time: its list seldom lags further behind. If it does, as after an
# outage of the broker, no change is missed: the digest's checksum covers all cards, so the page finds a difference and fetches its list
# again until there is none.
LISTS_LAG = timedelta(seconds=60)
# Milliseconds within which a page reconnects at random: after its own turn, and when all pages leave at once.
AFTER_TURN_MS, AT_ONCE_MS = 300, 1500


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between beats, of silence until a socket is closed, and between digests. Each round is split into `slices`."""

    beat: float = 4.0
    silence: float = 9.0
    digest: float = 15.0
    slices: int = 16


class Sockets:
    """All sockets of this replica. `caught_up` returns whether it consumes all topics; before that no socket is admitted."""

    def __init__(
        self,
        index: SocketIndex[Socket],
        sign_ins: SignIns,
        cards: DeskCards,
        updates: SessionUpdates,
        reports: ConnectionReports,
        clock: Clock,
        replica: str,
        intervals: Intervals,
        limiter: RateLimiter,
        sockets_per_person: int,
    ) -> None:
        self._index, self._sign_ins, self._cards, self._updates, self._reports = index, sign_ins, cards, updates, reports
        self._clock, self._replica, self._intervals = clock, replica, intervals
        self._limiter, self._sockets_per_person = limiter, sockets_per_person
        # The sockets by their turn in each round, each with the tick of the desk's table up to which it was sent the bumped cards.
        self._slices: list[dict[Socket, int]] = [{} for _ in range(intervals.slices)]
        self._leaving = False
        # Those that were asked to reconnect to another replica.
        self._handed_over: set[Socket] = set()
        self._empty, self._occupied = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self.caught_up: Callable[[], bool] = lambda: True
        # Gives unanswered posts their sender's present access (PostSender.renew).
        self.renew_posts: Callable[[Renew], None] = lambda renew: None

    def require_ready(self) -> None:
        """Raises NotReady while this replica may miss records, or is stopping."""
        if self._leaving or not self.caught_up():
            raise NotReady("This server is not ready yet; try again.")

    async def admit(self, socket: Socket, app: App, named: str = "") -> bool:
        """Identifies the person and adds the socket; from `welcome` on it misses nothing. False: the socket was closed.

        `named` is the sign-in that the page began with, empty for its first socket.
        """
        try:
            self.require_ready()
            who = await self._sign_ins.who(app, socket.secret, named)
            await self._cards.wait_complete(who.caller.desk_id)
            # Checked again, because the sign-in may have ended meanwhile. It is usually cached.
            who = await self._sign_ins.who(app, socket.secret, named)
            self.require_ready()
            self._require_room(who.caller)
        except Exception as error:
            socket.close(_close_code(error))
            return False
        socket.identify(who)
        self._cards.subscribe(who.caller.desk_id)
        self._index.add(socket)
        self._slice_of(socket)[socket] = self._cards.of(who.caller.desk_id).tick_at(to_ms(self._clock.now() - LISTS_LAG))
        self._empty.clear()
        self._occupied.set()
        self._reports.opened(socket)
        socket.send(server_frames.welcome(socket.id, self._clock.now(), self._replica, socket.viewer.sign_in_id))
        return True

    def _require_room(self, caller: Caller) -> None:
        # The address was checked at the upgrade (inbound/websocket.py).
        self._limiter.check(Limit.SOCKETS, by=caller)
        if len(self._index.of_person(caller.desk_id, caller.id)) >= self._sockets_per_person:
            raise TooManySockets("There are too many open windows of this person.")

    def removed(self, socket: Socket) -> None:
        """The socket is closed. A repeat changes nothing."""
        if socket in self._index:
            self._index.remove(socket)
            self._slice_of(socket).pop(socket, None)
            self._reports.closed(socket, handed_over=socket in self._handed_over)
            self._handed_over.discard(socket)
        if not len(self._index):
            self._empty.set()
            self._occupied.clear()

    def sign_in_ended(self, sign_in_id: str) -> None:
        """Closes every socket of the sign-in at once (spec 10.10)."""
        self._sign_ins.ended(sign_in_id)
        self._end_posts(sign_in_id)
        for socket in list(self._index.of_sign_in(sign_in_id)):
            socket.close(SIGNED_OUT)

    def person_changed(self, person: directory.DirectoryPerson) -> None:
        """Gives the person's unanswered posts the present access, also those of closed sockets."""

        def renew(by: Caller) -> Caller | None:
            if (by.desk_id, by.id) != (person.desk_id, person.id):
                return by
            return None if person.disabled else caller_from(person, by.desk_id, by.sign_in_id)

        self.renew_posts(renew)

    def _end_posts(self, sign_in_id: str) -> None:
        self.renew_posts(lambda by: None if by.sign_in_id == sign_in_id else by)

    async def refresh_identity(self, socket: Socket) -> bool:
        """Asks the directory for the socket's sign-in again. False when it has ended, and the socket is closed.

        What the page follows and watches is revoked; the caller checks it again. Raises Unavailable without an answer; the socket is then
        unchanged, and the caller retries.
        """
        try:
            who = await self._sign_ins.who(app_of(socket.viewer.kind), socket.secret)
        except NotSignedIn:
            self._end_posts(socket.viewer.sign_in_id)
            socket.close(SIGNED_OUT)
            return False
        before, now = socket.viewer, who.caller
        if now != before:
            self.renew_posts(lambda by: now if by == before else by)
        if socket not in self._index:
            return False
        self._index.renew(socket, lambda: socket.identify(who))
        return True

    async def leave(self, over: float, within: float) -> None:
        """Stops: admits no more sockets, and asks each page to reconnect, evenly over `over` seconds, so that the other replicas are not
        flooded. Until its turn a page is served as before. Then waits at most `within` seconds until all sockets are removed."""
        self._leaving = True
        sockets, loop = list(self._index), asyncio.get_running_loop()
        log.info("pages_leave", sockets=len(sockets), seconds=over)
        reason, began = str(AFTER_TURN_MS if over else AT_ONCE_MS), loop.time()
        for number, socket in enumerate(sockets):
            if (wait := began + over * number / len(sockets) - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._handed_over.add(socket)
            socket.close(GOING_AWAY, reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._empty.wait()

    async def beat(self) -> None:
        """Runs until cancelled: sends a beat to each socket, and closes those that are silent or whose sign-in has expired. The sockets
        are divided into slices, so that the beats of a round are spread over its time. A page that has not answered half a round later is
        sent a ping too: the browser answers it by itself, also for a tab whose script does not run."""
        intervals, number = self._intervals, 0
        beaten_at = [0.0] * intervals.slices
        while True:
            await self._occupied.wait()
            await asyncio.sleep(intervals.beat / intervals.slices)
            number = (number + 1) % intervals.slices
            beaten_at[number] = asyncio.get_running_loop().time()
            self._beat(self._slices[number])
            waiting = (number + intervals.slices // 2) % intervals.slices
            for socket in self._slices[waiting]:
                if socket.received_at <= beaten_at[waiting]:
                    socket.ping()

    def _beat(self, sockets: Iterable[Socket]) -> None:
        now, moment = asyncio.get_running_loop().time(), self._clock.now()
        frame = server_frames.server_beat(moment)
        for socket in list(sockets):
            if moment >= socket.expires_at:
                socket.close(SIGNED_OUT)
            elif now - socket.received_at > self._intervals.silence:
                socket.close(SILENT)
            else:
                socket.send(frame)

    async def send_digests(self) -> None:
        """Runs until cancelled: sends each page its digest, in slices. Drops the tables of desks without sockets."""
        slice_number = 0
        while True:
            await asyncio.sleep(self._intervals.digest / self._intervals.slices)
            slice_number = (slice_number + 1) % self._intervals.slices
            for socket in list(self._slices[slice_number]):
                self.send_digest(socket)
            if slice_number == 0:
                self._cards.keep_only(self._index.desks())

    def send_digest(self, socket: Socket) -> None:
        """Sends what the page should hold: the sessions whose entries it receives, and the cards that it lists. Sends nothing while the
        desk's table is incomplete."""
        viewer = socket.viewer
        if not self._cards.complete(viewer.desk_id):
            return
        table = self._cards.of(viewer.desk_id)
        sessions = {card.session_id: card.revision for card in table.mine(viewer)}
        for session_id in self._index.sessions.granted(socket):
            if self._updates.may_see(socket, session_id):
                sessions[session_id] = self._updates.newest(viewer.desk_id, session_id)
        of_slice = self._slice_of(socket)
        bumped = table.bumped_for(viewer, after=of_slice.get(socket, 0))
        socket.send(server_frames.digest(sessions, table.digest(viewer, (viewer.companies, viewer.boards)), bumped))
        # Sending may have closed and removed the socket of a slow page.
        if socket in of_slice:
            of_slice[socket] = table.tick

    def _slice_of(self, socket: Socket) -> dict[Socket, int]:
        return self._slices[hash(socket.id) % self._intervals.slices]


def _close_code(error: Exception) -> int:
    if isinstance(error, NotSignedIn):
        return SIGNED_OUT
    if isinstance(error, TooMany | TooManySockets):
        return gateway.CLOSE_CODE_TOO_MANY
    typed = as_typed(error)
    if typed is None or typed.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED):
        log.error("socket_not_admitted", exc_info=error)
    return gateway.CLOSE_CODE_NOT_READY
