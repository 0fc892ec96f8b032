"""Made-up frames of pages on running services: valid kinds with hostile values, and texts that are no frames.

`make test` sends 10,000 of a fixed seed, `make fuzz` ten times as many of a random seed, which a failing test prints.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from random import Random
from typing import Any, Self

import pytest

from stack.page_socket import PageSocket
from tests.adapters.gateway.made_up import LONG, many, seeded
from tests.journeys.desk import TestDesk
from tests.journeys.test_bad_frames import FRAMES, good

FRAMES_SENT = 100_000 if LONG else 10_000
# Frames that a page sends before it waits for the answer to a message, which shows that it is still served.
AT_ONCE = 50
# Of so many such batches one ends with a text that is no frame, at which the gateway closes the socket.
CLOSES = 10
NO_FRAMES = [b"\xff\xfe", b"", b'{"t":"beat"', b"{" * 20_000]
TYPED = "zzmadeupwords"
# Not JSON, or too large; and 0 if there was no connection, as when the gateway is slow to accept one.
NOT_A_FRAME, NO_CONNECTION = 4400, 0
# Seconds for one answer, and for a batch while services are unavailable.
CEILING, BATCH_CEILING = 60.0, 300.0
LOOK_EVERY = 0.1
# Kinds of refusals by which a service reports a fault of its own.
FAULTS = ("internal", "unknown")
FOR_NOW = ("unavailable", "aborted", "deadline_exceeded", "resource_exhausted")
COMMAND = re.compile(rb'"commandId": "(c[0-9]+)"')
Json = dict[str, Any]


class Sender(PageSocket):
    """A page that sends made-up frames. `leaks`: the frames that it was sent with one of `secrets`."""

    def __init__(self, url: str, app: str, person_id: str, secrets: list[str]) -> None:
        super().__init__(url, app, person_id)
        self.secrets, self.leaks = secrets, list[Json]()
        self.answers: dict[str, Json] = {}  # by the id of the command
        self.welcomes = 0
        self._changed = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None

    def on_frame(self, frame: Json) -> None:
        text = json.dumps(frame)
        if any(secret in text for secret in self.secrets):
            self.leaks.append(frame)
        if frame["t"] in ("posted", "refused"):
            self.answers[frame["commandId"]] = frame
        self.welcomes += frame["t"] == "welcome"
        if frame["t"] == "serverBeat":
            self.send({"t": "beat"})
        self._changed.set()

    async def __aenter__(self) -> Self:
        await self.sign_in()
        self._connecting = asyncio.create_task(self.stay_connected())
        await self._until(lambda: self.welcomes == 1 and self._transport is not None, lambda: "a socket")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        self.cut()
        await self.close()

    async def send_batch(self, frames: list[bytes], session_id: str, last: int) -> None:
        """Sends the frames, and then a message until it is accepted. `last`: the number of the last frame. A failure names the messages
        among the frames that have no answer."""
        welcomes = self.welcomes
        for frame in frames:
            assert self.send(frame), f"an open socket before frame {last}"
        if frames[-1] in NO_FRAMES:
            await self._until(lambda: self.welcomes > welcomes, lambda: f"a new socket after {frames[-1][:40]!r}, frame {last}")
        ends = time.monotonic() + BATCH_CEILING
        while not await self._is_served(f"here-{last}", session_id, frames):
            assert time.monotonic() < ends, f"{self.person_id} is not served after frame {last}"
            await asyncio.sleep(LOOK_EVERY)

    async def _is_served(self, id: str, session_id: str, frames: list[bytes]) -> bool:
        """Sends a message. False if it must be sent again: the socket was closed, or a service is unavailable."""
        # The welcome of a new socket comes before the page may write to it.
        await self._until(lambda: self._transport is not None, lambda: "an open socket")
        welcomes = self.welcomes
        self.send({"t": "post", "sessionId": session_id, "commandId": id, "previousCommandId": "", "text": "Still here."})
        await self._until(lambda: id in self.answers or self.welcomes > welcomes, lambda: f"{id}, and for {self._unanswered(frames)}")
        if self.answers.get(id, {}).get("t") == "posted":
            return True
        refusal = self.answers.pop(id, {}).get("refusal")
        assert not refusal or refusal["kind"] in FOR_NOW, (id, refusal)
        return False

    def _unanswered(self, frames: list[bytes]) -> list[bytes]:
        """The messages and notes that the gateway has not answered."""
        ids = {frame: COMMAND.search(frame) for frame in frames}
        return [frame[:300] for frame, id in ids.items() if id and id[1].decode() not in self.answers]

    async def _until(self, holds: Callable[[], bool], what: Callable[[], str]) -> None:
        try:
            async with asyncio.timeout(CEILING):
                while not holds():
                    self._changed.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_EVERY):
                            await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self.person_id}, closed with {self.close_codes}, waited for {what()}") from None


def made_up(random: Random, ids: list[str], number: int) -> bytes:
    """A frame of the contract, in most cases with other values. `ids`: what exists, some of it for others. `number`: the frame's own."""
    frame = good(random.choice([*FRAMES]), random.choice(ids))
    if "commandId" in frame:
        frame["commandId"] = f"c{number}"
    for name in [*frame]:
        if name != "t" and random.random() < 0.4:
            frame[name] = _value(random, ids, frame[name])
    if random.random() < 0.05:
        frame[many(random, 500)] = 1
    return json.dumps(frame, ensure_ascii=random.random() < 0.5).encode(errors="surrogatepass")


def _value(random: Random, ids: list[str], before: object) -> object:
    if random.random() < 0.3:
        return random.choice([None, True, -1, 1.5, 10**30, [], {}, [[]] * 50, {"a": {}}, "\ud83d", "\u202e", "\x00", many(random, 5_000)])
    if isinstance(before, list):
        return [random.choice(ids) for _ in range(random.choice([0, 1, 3, 60]))]
    if isinstance(before, int):
        return random.choice([0, 1, 2, 2**31, 2**32])
    return random.choice([*ids, f"{TYPED} {many(random, 300)}"])


# On a machine that is shared with other tests it takes minutes.
@pytest.mark.timeout(1800)
async def test_made_up_frames_show_nothing_of_others_and_every_page_is_served_on(desk: TestDesk) -> None:  # spec 10.2, 10.9, 11.1
    random, elsewhere = seeded(), TestDesk(desk.stack, f"{desk.id}x")
    await elsewhere.make()
    mia, zoe, bo, foreign = *[await desk.page(word) for word in ("mia", "zoe", "bo")], await elsewhere.page("mia")
    secrets = [f"{desk.id}globex-secret", f"{desk.id}foreign-secret"]
    theirs = [await desk.chat(zoe, secrets[0]), await desk.ticket(zoe), await elsewhere.chat(foreign, secrets[1])]
    own = [await desk.handled(mia, bo), await desk.ticket(mia), desk.id_of("mia"), desk.id_of("bo")]
    # Else every frame that they are sent would be read here too.
    await desk.close()

    async def send_all(page: Sender, random: Random, first: int) -> None:
        for begin in range(first, FRAMES_SENT, AT_ONCE * len(pages)):
            frames = [made_up(random, [*own, *theirs, desk.id_of("zoe")], number) for number in range(begin, begin + AT_ONCE)]
            if random.random() < 1 / CLOSES:
                frames[-1] = random.choice(NO_FRAMES)
            await page.send_batch(frames, own[0], begin + AT_ONCE - 1)

    pages = [Sender(url, app, desk.id_of(who), secrets) for url in desk.gateways for app, who in (("portal", "mia"), ("tech", "bo"))]
    async with AsyncExitStack() as opened:
        for page in pages:
            await opened.enter_async_context(page)
        await asyncio.gather(*(send_all(page, Random(random.random()), number * AT_ONCE) for number, page in enumerate(pages)))
    refused = {answer["refusal"]["kind"] for page in pages for answer in page.answers.values() if answer["t"] == "refused"}
    assert refused and refused.isdisjoint(FAULTS), refused
    accepted = [id for page in pages for id, answer in page.answers.items() if id.startswith("here-") and answer["t"] == "posted"]
    assert len(accepted) == FRAMES_SENT // AT_ONCE
    assert [page.leaks for page in pages] == [[]] * len(pages)
    assert {code for page in pages for code in page.close_codes} <= {NOT_A_FRAME, NO_CONNECTION}
    await elsewhere.close()
    logs = [path for path in desk.stack.logs.iterdir() if path.stem not in ("kafka", "store")]
    assert [path.name for path in logs if any(word in path.read_text(errors="replace") for word in (TYPED, *secrets))] == []
