"""PresenceService: translation only."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1 import presence_pb2_grpc as rpc
from servicekit.grpc_server import caller_of, require_service
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.presence.contract import (
    PRESENCES,
    checked_ending,
    page_to_proto,
    person_to_proto,
    report_from,
    settings_from,
    settings_to_proto,
    viewers_requested,
)
from services.presence.domain.access import desk_of, lists_everybody, may_see, must_report, must_watch, sees_all
from services.presence.domain.errors import WrongArgument
from services.presence.domain.presence import Presence
from services.presence.handlers.desk_settings import DeskSettingsHandlers
from services.presence.handlers.presence import PresenceHandlers
from services.presence.inbound.presence_events import PresenceEvents

MAX_PEOPLE = 1000
READ = "presence:read"
# The scope a service account needs for each RPC. The other RPCs are for Parley's own services and for people.
SCOPES = {"GetPresence": READ, "WatchPresence": READ}


class PresenceApi(rpc.PresenceServiceServicer):
    def __init__(self, handlers: PresenceHandlers, desk_settings: DeskSettingsHandlers, events: PresenceEvents, metrics: Metrics) -> None:
        self._handlers, self._desk_settings, self._events = handlers, desk_settings, events
        self._reports = metrics.counter("reports_total", "Reports of gateways, by what was answered", ["answer"])
        self._facts = metrics.counter("reported_connections_total", "Facts of connections in these reports")
        self._pages = metrics.counter("pages_listed_total", "Open pages that ListPages returned")
        self._streams = metrics.gauge("watchers_streams", "Streams of WatchPresence that are open")

    async def ReportConnections(self, request: pb.ReportConnectionsRequest, context: Any) -> pb.ReportConnectionsResponse:
        caller = caller_of(context)
        require_service(caller)
        must_report(caller)
        answer = await self._handlers.report(report_from(request))
        self._reports.labels("want_full" if answer.want_full else "accepted").inc()
        self._facts.inc(len(request.changed))
        return pb.ReportConnectionsResponse(want_full=answer.want_full, end_connection_ids=answer.end)

    async def ChoosePresence(self, request: pb.ChoosePresenceRequest, context: Any) -> pb.ChoosePresenceResponse:
        person = await self._handlers.choose(caller_of(context), PRESENCES.get(request.presence, Presence.OFFLINE))
        return pb.ChoosePresenceResponse(presence=person_to_proto(person))

    async def ListPages(self, request: pb.ListPagesRequest, context: Any) -> pb.ListPagesResponse:
        caller = caller_of(context)
        require_service(caller)
        desk_id, ids = _people_requested(caller, request.desk_id, request.person_ids)
        pages = await self._handlers.pages(desk_id, ids)
        self._pages.inc(len(pages))
        return pb.ListPagesResponse(pages=map(page_to_proto, pages))

    async def ListTicketViewers(self, request: pb.ListTicketViewersRequest, context: Any) -> pb.ListTicketViewersResponse:
        caller = caller_of(context)
        require_service(caller)
        person_ids = await self._handlers.viewers(desk_of(caller, request.desk_id), viewers_requested(request))
        return pb.ListTicketViewersResponse(person_ids=person_ids)

    async def EndConnections(self, request: pb.EndConnectionsRequest, context: Any) -> pb.EndConnectionsResponse:
        request = checked_ending(request)
        ending = await self._handlers.end_connections(caller_of(context), request.person_id, request.command_id, request.reason)
        return pb.EndConnectionsResponse(connections=len(ending.connection_ids))

    async def GetSettings(self, request: pb.GetSettingsRequest, context: Any) -> pb.GetSettingsResponse:
        settings, version = await self._desk_settings.get(caller_of(context))
        return pb.GetSettingsResponse(settings=settings_to_proto(settings), version=version)

    async def UpdateSettings(self, request: pb.UpdateSettingsRequest, context: Any) -> pb.UpdateSettingsResponse:
        settings = settings_from(request)
        version = await self._desk_settings.update(caller_of(context), settings, request.version)
        return pb.UpdateSettingsResponse(settings=settings_to_proto(settings), version=version)

    async def GetPresence(self, request: pb.GetPresenceRequest, context: Any) -> pb.GetPresenceResponse:
        caller = caller_of(context)
        desk_id, ids = _people_requested(caller, request.desk_id, request.person_ids)
        if ids or not lists_everybody(caller):
            people = await self._handlers.get(desk_id, ids, partial(may_see, caller))
        else:
            people = await self._handlers.everyone_present(desk_id)
        return pb.GetPresenceResponse(presences=map(person_to_proto, people))

    # The watcher is registered before the first read, so a change in between is sent after it and not lost.
    async def WatchPresence(self, request: pb.WatchPresenceRequest, context: Any) -> AsyncIterator[pb.WatchPresenceResponse]:
        caller = caller_of(context)
        must_watch(caller)
        desk_id, ids = _people_requested(caller, request.desk_id, request.person_ids)
        if not ids:
            raise WrongArgument("Name at least one person", field="person_ids")
        sent: dict[str, int] = {}

        async def current(ids: Sequence[str]) -> list[pb.PersonPresence]:
            return [person_to_proto(person) for person in await self._handlers.get(desk_id, ids, partial(may_see, caller))]

        with self._streams.track_inprogress(), self._events.watching(desk_id, ids) as watcher:
            changes = await current(ids)
            while True:
                fresh = [presence for presence in changes if sent.get(presence.person_id, -1) < presence.revision]
                sent |= {presence.person_id: presence.revision for presence in fresh}
                if fresh:
                    yield pb.WatchPresenceResponse(presences=fresh)
                changes = await watcher.take()
                if watcher.stale:
                    watcher.stale = False
                    changes = await current(ids)
                elif not sees_all(caller):
                    changes = await current([presence.person_id for presence in changes])


def _people_requested(caller: Caller, desk_id: str, person_ids: Sequence[str]) -> tuple[str, list[str]]:
    """The desk and the people of a request."""
    if len(person_ids) > MAX_PEOPLE:
        raise WrongArgument(f"At most {MAX_PEOPLE} people at once", field="person_ids")
    return desk_of(caller, desk_id), list(person_ids)
