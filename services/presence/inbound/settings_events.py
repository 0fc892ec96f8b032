"""That a desk's settings changed at some replica, for each replica to obey."""

import asyncio
from collections.abc import Awaitable, Callable

from parley.presence.v1 import presence_pb2 as pb
from servicekit.errors import TypedError
from servicekit.kafka_records import Received
from servicekit.logs import log

RETRY_AFTER = 0.5


class SettingsEvents:
    """A replica forgets at once what it knew of the desk; `run` then puts right what it may have decided by it.

    Every replica does that, for each may have decided something since; what is right already is not written again. After a jump, and at
    the start, that means every desk that has ever set something, so that no crash between a change and its effect is for ever.
    """

    def __init__(
        self,
        forget: Callable[[str], None],
        settle: Callable[[str], Awaitable[None]],
        desks: Callable[[], Awaitable[list[str]]],
    ) -> None:
        self._forget, self._settle, self._desks = forget, settle, desks
        self._changed: dict[str, None] = {}
        self._all = True
        self._woken = asyncio.Event()
        self._woken.set()

    def hear(self, record: Received) -> None:
        desk_id = pb.PresenceSettingsChanged.FromString(record.value).desk_id
        self._forget(desk_id)
        self._changed[desk_id] = None
        self._woken.set()

    def jumped(self) -> None:
        self._all = True
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._settle_changed()
            except TypedError as error:
                log.warning("desk_settled_later", reason=error.code)
                await asyncio.sleep(RETRY_AFTER)
                self._woken.set()

    async def _settle_changed(self) -> None:
        if self._all:
            self._all = False
            try:
                desks = await self._desks()
            except BaseException:
                self._all = True
                raise
            for desk_id in desks:
                self._forget(desk_id)
                self._changed[desk_id] = None
        while self._changed:
            desk_id = next(iter(self._changed))
            del self._changed[desk_id]
            try:
                await self._settle(desk_id)
            except BaseException:
                self._changed[desk_id] = None
                raise
