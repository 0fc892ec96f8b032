"""What chat hears from its own topic: that a desk's settings changed at some replica. The rest of the topic is passed over by header."""

import asyncio
from collections.abc import Awaitable, Callable

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Received


class SettingsEvents:
    """Every replica forgets at once what it knew of the desk; the desk's deadlines are then put right by `run`.

    Every replica does that as well: the same write several times, and it needs no decision whose turn it is.
    """

    def __init__(self, forget: Callable[[str], None], reschedule: Callable[[str], Awaitable[None]]) -> None:
        self._forget, self._reschedule = forget, reschedule
        self._changed: set[str] = set()
        self._woken = asyncio.Event()

    def heard(self, record: Received) -> None:
        if record.headers.get("kind") != "settings_changed":
            return
        desk_id = pb.ChatSettingsChanged.FromString(record.value).desk_id
        self._forget(desk_id)
        self._changed.add(desk_id)
        self._woken.set()

    async def run(self) -> None:
        """For ever. A desk that fails stays on the list; the loop that runs this begins again."""
        while True:
            await self._woken.wait()
            while self._changed:
                desk_id = next(iter(self._changed))
                await self._reschedule(desk_id)
                self._changed.discard(desk_id)
            self._woken.clear()
