"""Reports this replica's sockets to presence (spec 1.2, 1.11). Sends changes immediately and renews the lease every REFRESH_EVERY."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from parley.presence.v1 import presence_pb2 as presence
from servicekit.clock import Clock
from servicekit.errors import TypedError
from servicekit.logs import log
from servicekit.loop import Broken, back_off
from servicekit.moments import to_proto, to_proto_or_none
from services.gateway.domain.access import is_engineer
from services.gateway.domain.reports import Connection, Connections, PageState
from services.gateway.ports import Service, Socket

REFRESH_EVERY = 5.0
# Seconds. Changes within this time are one report.
COLLECT_FOR = 0.03
# Seconds in which a gateway that stops repeats its last report while presence does not answer. Later its lease expires.
LAST_WITHIN = 3.0
# Presence's code when a process that started later has this replica's name.
INCARNATION_PAST = "incarnation_past"


class ConnectionReports:
    """Sends one report at a time; the next one repeats what a failed one held. Each says for how long its oldest change waits, because
    presence shows nobody as offline while an opened socket may not be reported yet.

    A Part: it reports the closed sockets when the process stops and ends its lease, so that presence need not wait until that expires.
    """

    ready = True

    def __init__(self, presence_service: Service, clock: Clock, replica: str, incarnation: str) -> None:
        self._presence, self._clock = presence_service, clock
        self._replica, self._incarnation = replica, incarnation
        self._connections = Connections()
        self._changed = asyncio.Event()
        # The moment of the oldest change that presence has not acknowledged.
        self._waits_since: datetime | None = None
        # Called with the ids of connections that an admin ended.
        self.ended: Callable[[Collection[str]], object] = lambda connection_ids: None

    async def start(self) -> None:
        """Reports nothing before the first socket."""

    async def stop(self) -> None:
        tries = 0
        with contextlib.suppress(Broken, TimeoutError):
            async with asyncio.timeout(LAST_WITHIN):
                while not await self._reported_last() and self._connections.changed:
                    await back_off(tries)
                    tries += 1
        if self._connections.changed:
            log.warning("last_report_failed", gateway=self._replica)

    async def _reported_last(self) -> bool:
        """Whether presence has acknowledged everything. Raises Broken."""
        try:
            await self.report(last=True)
            while self._connections.changed:
                await self.report(last=True)
        except TypedError:
            return False
        return True

    def opened(self, socket: Socket) -> None:
        viewer = socket.viewer
        # A reconnect is not activity (spec 1.3): the page sends how long its person was idle.
        active_at = self._clock.now() - socket.idle
        self._connections.opened(Connection(socket.id, viewer.id, viewer.desk_id, is_engineer(viewer), active_at))
        self._waits()

    def active(self, socket: Socket) -> None:
        self._connections.active(socket.id, self._clock.now())
        self._waits()

    def page(self, socket: Socket, state: PageState) -> None:
        """The page reported its state (spec 5.4)."""
        if self._connections.page(socket.id, state):
            self._waits()

    def ticket(self, socket: Socket, ticket_id: str) -> None:
        """The page shows this ticket, or none, and its person may see it (spec 9.2)."""
        if self._connections.ticket(socket.id, ticket_id):
            self._waits()

    def closed(self, socket: Socket, *, handed_over: bool = False) -> None:
        """`handed_over`: this replica stops, and the page reconnects to another one, so its person stays present meanwhile."""
        self._connections.closed(socket.id, self._clock.now(), handed_over=handed_over)
        self._waits()

    def _waits(self) -> None:
        if self._waits_since is None:
            self._waits_since = self._clock.now()
        self._changed.set()

    async def run(self) -> None:
        """Reports changes as they occur. Runs until a report fails; the next run repeats it. Raises what `report` raises."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(COLLECT_FOR)
            self._changed.clear()
            await self.report()

    async def refresh(self) -> None:
        """Runs until cancelled: renews the lease, also without changes."""
        while True:
            self._changed.set()
            await self._clock.sleep(REFRESH_EVERY)

    async def report(self, *, last: bool = False) -> None:
        """Sends the unacknowledged changes; with `last` it ends the lease if they fit into one. Raises TypedError if presence did not
        acknowledge them, and Broken if it accepts no more reports of this process."""
        report, since = self._connections.next_report(), self._waits_since
        self._waits_since = None
        facts = [fact_of(connection) for connection in report.connections]
        request = presence.ReportConnectionsRequest(
            replica=self._replica, incarnation=self._incarnation, number=report.number, changed=facts, full=report.full
        )
        request.waiting_ms = 0 if since is None else max((self._clock.now() - since) // timedelta(milliseconds=1), 0)
        request.last = last and not self._connections.changed
        try:
            answer: presence.ReportConnectionsResponse = await self._presence.call("ReportConnections", request)
        except BaseException as error:
            # Also when it was cancelled during the call: the report of `stop` repeats it.
            self._connections.failed()
            self._waits_since = since or self._waits_since
            self._changed.set()
            if isinstance(error, TypedError) and error.code == INCARNATION_PAST:
                raise Broken(
                    f"Another gateway has started as PARLEY_REPLICA={self._replica}, and presence accepts reports of the later one only. "
                    "Give each replica its own name."
                ) from None
            raise
        self._connections.acknowledged(answer.want_full)
        if answer.want_full or self._connections.changed:
            # The others of this moment are still to be sent.
            self._waits_since = since or self._waits_since or self._clock.now()
            self._changed.set()
        self.ended(answer.end_connection_ids)


def fact_of(connection: Connection) -> presence.ConnectionFact:
    return presence.ConnectionFact(
        connection_id=connection.id,
        person_id=connection.person_id,
        desk_id=connection.desk_id,
        engineer=connection.engineer,
        active_at=to_proto(connection.active_at),
        closed=connection.closed_at is not None,
        closed_at=to_proto_or_none(connection.closed_at),
        page=_page_to_proto(connection.page) if connection.page else None,
        handed_over=connection.handed_over,
        ticket_id=connection.ticket_id,
    )


def _page_to_proto(page: PageState) -> presence.PageState:
    return presence.PageState(
        visible=page.visible,
        focused=page.focused,
        installed=page.installed,
        permission=presence.NotificationPermission.Value(page.permission),
        sound_allowed=page.sound_allowed,
        session_ids=page.session_ids,
        browser_id=page.browser_id,
    )
