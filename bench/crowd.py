"""A simulated gateway that reports thousands of people as online, for the benchmarks of alerts and presence."""

import asyncio
import contextlib
import re
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.grpc_client import call, channel
from servicekit.identity import Caller, TokenSigner
from servicekit.metrics import Metrics
from stack.keys import key_of
from stack.people import DESK
from stack.services import Stack

BATCH = 200
RENEW_EVERY = 5.0
CHOICES = (pb.PRESENCE_BUSY, pb.PRESENCE_AWAY)


class Crowd:
    """People who are online and can choose a state."""

    def __init__(self, stub: Any, signer: TokenSigner, people: Sequence[str]) -> None:
        self._stub, self._signer, self.people = stub, signer, people
        self._number = 0
        self._busy: set[str] = set()

    async def connect(self) -> None:
        for first in range(0, len(self.people), BATCH):
            now = Timestamp()
            now.GetCurrentTime()
            facts = [
                pb.ConnectionFact(connection_id=f"c-{id}", person_id=id, desk_id=DESK.id, engineer=True, active_at=now)
                for id in self.people[first : first + BATCH]
            ]
            await self._report(facts, full=first == 0)

    async def renew(self) -> None:
        """Renews the lease until it is cancelled."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            await self._report([], full=False)

    async def choose(self, person_id: str) -> None:
        """Chooses a state that differs from the previous choice."""
        presence = CHOICES[person_id in self._busy]
        self._busy ^= {person_id}
        caller = Caller(kind="engineer", id=person_id, name=person_id, desk_id=DESK.id)
        await call(self._stub.ChoosePresence, pb.ChoosePresenceRequest(presence=presence), token=self._signer.token(caller), timeout=30)

    async def _report(self, facts: Sequence[pb.ConnectionFact], full: bool) -> None:
        # Retries a failed report with the next number, as a gateway does.
        while True:
            self._number += 1
            request = pb.ReportConnectionsRequest(replica="bench", incarnation="a", number=self._number, changed=facts, full=full)
            with contextlib.suppress(Unavailable):
                await call(self._stub.ReportConnections, request, timeout=60)
                return


@asynccontextmanager
async def crowd_of(stack: Stack, people: Sequence[str]) -> AsyncIterator[Crowd]:
    """These people are online, as engineers of the demo desk, until the context ends."""
    signer = TokenSigner(key_of(stack.keys, "gateway"), SystemClock())
    async with channel(stack.replicas["presence-1"].grpc, signer, Metrics("bench")) as connection:
        crowd = Crowd(PresenceServiceStub(connection), signer, people)
        await crowd.connect()
        renewing = asyncio.create_task(crowd.renew())
        await until(lambda: published_total(stack) >= len(people))
        yield crowd
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewing


def published_total(stack: Stack) -> float:
    """The number of changes that presence has published so far."""
    with urllib.request.urlopen(f"http://{stack.replicas['presence-1'].metrics}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = re.search(r"^parley_presence_outbox_relayed_total (\S+)", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.2)
