"""Passes each frame of a page to its handler."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.delivery_reports import DeliveryReports
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.posting import PostHandler
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.round_trips import RoundTrips
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.inbound.client_frames import (
    Activity,
    Beat,
    ClientFrame,
    Delivered,
    DeliveryFrame,
    FollowSessions,
    Frame,
    NoteFrame,
    PageStateFrame,
    PostFrame,
    Read,
    Typing,
    ViewTicket,
    WatchPeople,
)
from services.gateway.ports import Socket


class FrameRoutes:
    """One handler for each kind of frame. None of them blocks: what takes time runs in the background."""

    def __init__(
        self,
        updates: SessionUpdates,
        presences: PresenceUpdates,
        followed: FollowedSessions,
        reports: ConnectionReports,
        posting: PostHandler,
        reads: ReadPositions,
        deliveries: DeliveryReports,
        round_trips: RoundTrips,
        viewers: TicketViewers,
    ) -> None:
        self._followed, self._posting, self._viewers = followed, posting, viewers
        self._handlers: Mapping[type[ClientFrame], Callable[[Socket, Any], None]] = {
            # That the page is alive is known by any frame (Sockets.beat).
            Beat: lambda socket, frame: round_trips.observe(socket, frame.round_trip_ms),
            Activity: lambda socket, frame: reports.active(socket),
            WatchPeople: lambda socket, frame: presences.watch(socket, frame.person_ids),
            FollowSessions: lambda socket, frame: followed.follow(socket, frame.session_ids),
            PostFrame: lambda socket, frame: posting.post(socket, **msgspec.structs.asdict(frame)),
            NoteFrame: lambda socket, frame: posting.post(socket, **msgspec.structs.asdict(frame), internal=True),
            Typing: lambda socket, frame: updates.typing(socket, frame.session_id),
            Read: lambda socket, frame: reads.mark(socket, frame.session_id, frame.revision),
            Delivered: lambda socket, frame: reads.delivered(socket, frame.session_id, frame.revision),
            PageStateFrame: lambda socket, frame: reports.page(socket, frame.state),
            ViewTicket: lambda socket, frame: viewers.view(socket, frame.ticket_id),
            DeliveryFrame: lambda socket, frame: deliveries.report(socket, **msgspec.structs.asdict(frame)),
        }

    def received(self, socket: Socket, frame: Frame) -> None:
        """A frame of a socket that was admitted."""
        self._handlers[type(frame)](socket, frame)

    def removed(self, socket: Socket) -> None:
        """The socket is closed. A repeat changes nothing."""
        self._posting.removed(socket)
        self._followed.cancel(socket)
        self._viewers.removed(socket)
