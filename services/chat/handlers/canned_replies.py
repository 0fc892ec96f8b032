"""Canned replies: an engineer's own, and the desk's, which admins change (spec 13.1). Each change is audited in the same write."""

from collections.abc import Callable, Sequence

from servicekit.clock import Clock
from services.chat.domain import canned_replies as rules
from services.chat.domain.access import engineer_of, must_be_admin, must_be_service
from services.chat.domain.arguments import checked_id
from services.chat.domain.canned_replies import MAX_OF_DESK, MAX_OWN, CannedReply, check_reply
from services.chat.domain.errors import VersionConflict
from services.chat.domain.people import Viewer
from services.chat.handlers.session_reader import at_desk
from services.chat.ports import CannedReplyStore

Replies = Sequence[CannedReply]
MAX_RACES = 5
# The owner of the desk's replies.
DESK = ""


class CannedReplies:
    """Raises ChatError or Unavailable."""

    def __init__(self, store: CannedReplyStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def of(self, viewer: Viewer, engineer_id: str = "", desk_id: str = "") -> tuple[Replies, Replies]:
        """The engineer's own replies, and the desk's. A service names the engineer, who may be disabled, and the desk if it serves all."""
        desk_id = at_desk(viewer, desk_id).desk_id
        if engineer_id:
            checked_id(engineer_id, "engineer_id")
            must_be_service(viewer, "engineer_id")
        own, _ = await self._store.of(desk_id, engineer_id or engineer_of(viewer).person.id)
        of_desk, _ = await self._store.of(desk_id, DESK)
        return own, of_desk

    async def put(self, viewer: Viewer, reply: CannedReply, of_desk: bool) -> None:
        """Adds or replaces a reply. The same again changes nothing."""
        owner = _owner(viewer, of_desk)
        check_reply(reply)
        most = MAX_OF_DESK if of_desk else MAX_OWN
        await self._change(viewer, owner, lambda replies: rules.put(replies, reply, most))

    async def delete(self, viewer: Viewer, reply_id: str, of_desk: bool) -> None:
        """For an id that does not exist nothing changes."""
        owner = _owner(viewer, of_desk)
        checked_id(reply_id, "reply_id")
        await self._change(viewer, owner, lambda replies: rules.without(replies, reply_id))

    async def _change(self, viewer: Viewer, owner: str, change: Callable[[Replies], Replies]) -> None:
        """The write is conditional on the version that was read; the loser of a race decides again."""
        for _ in range(MAX_RACES):
            replies, version = await self._store.of(viewer.desk_id, owner)
            changed = change(replies)
            if tuple(changed) == tuple(replies):
                return
            if await self._store.save(viewer.desk_id, owner, changed, version, viewer.person, self._clock.now()):
                return
        raise VersionConflict("Others are changing these replies at the same moment; try again.")


def _owner(viewer: Viewer, of_desk: bool) -> str:
    """Raises NotAllowed."""
    if of_desk:
        must_be_admin(viewer, "change the desk's replies")
        return DESK
    return engineer_of(viewer).person.id
