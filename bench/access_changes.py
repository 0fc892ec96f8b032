"""Measures the time from an admin's change of an engineer's access to its effects on what the engineer has open (spec 10.10).

The engineer has a page open on a gateway, with a chat of Acme on its list that the page follows. Each effect is looked for every 20 ms,
over the page's socket or by HTTP, from the moment at which the change is sent. The engines are those of `make run`.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import quantile
from parley.tickets.v1 import directory_pb2 as directory
from stack.page import Page
from stack.people import EVERYTHING, engineer, entries, upsert
from stack.services import Stack
from stack.signed_in import ApiRefused
from stack.unlimited import UNLIMITED

TIMES, WARM_UP = 10, 2
LOOK_EVERY, CEILING = 0.02, 60.0
SETTLE = 1.0
SIGNED_OUT = 4401

Effect = Callable[[], bool | Awaitable[bool]]


@dataclass(frozen=True)
class Opened:
    """What one engineer has open, and the chat in it."""

    page: Page
    session_id: str

    async def _is_refused(self, path: str, status: int) -> bool:
        try:
            await self.page.api("GET", path)
        except ApiRefused as refused:
            return refused.status == status
        return False

    def loses_the_chat(self) -> Mapping[str, Effect]:
        digests = len(self.page.frames)

        def unfollowed() -> bool:
            """The page asks to follow the chat again and is answered that it does not."""
            self.page.send({"t": "followSessions", "sessionIds": [self.session_id]})
            answers = [frame for frame in self.page.frames[digests:] if frame["t"] == "digest"]
            return bool(answers) and self.session_id not in answers[-1]["sessions"]

        async def unlisted() -> bool:
            return self.session_id not in str((await self.page.api("GET", "/start"))["cards"])

        return {
            "socket: the card goes": lambda: self.session_id not in self.page.cards,
            "socket: the followed chat is no longer sent": unfollowed,
            "list": unlisted,
            "the chat": lambda: self._is_refused(f"/sessions/{self.session_id}", 404),
        }

    def loses_the_figures(self) -> Mapping[str, Effect]:
        return {"the supervisors' figures": lambda: self._is_refused("/figures", 404)}

    def is_signed_out(self) -> Mapping[str, Effect]:
        return {"socket: closed": lambda: SIGNED_OUT in self.page.close_codes, "any call": lambda: self._is_refused("/start", 401)}


@dataclass(frozen=True)
class Change:
    """`fields`: of the engineer's entry in the directory afterwards; None = the admin ends the connections."""

    name: str
    fields: Mapping[str, Any] | None
    effects: Callable[[Opened], Mapping[str, Effect]]


CHANGES = [
    Change("company", {"access": directory.Access(company_ids=["globex"], all_boards=True)}, Opened.loses_the_chat),
    Change("board", {"access": directory.Access(all_companies=True, board_ids=["projects"])}, Opened.loses_the_chat),
    Change("role", {"role": directory.ROLE_ENGINEER}, Opened.loses_the_figures),
    Change("disabled", {"disabled": True}, Opened.is_signed_out),
    Change("ended connections", None, Opened.is_signed_out),
]


def measure() -> list[dict[str, str]]:
    """A row of formatted cells for each change and effect."""
    env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), env=env) as stack:
        return asyncio.run(_measure(stack))


async def _measure(stack: Stack) -> list[dict[str, str]]:
    await upsert(stack, entries())
    rows = []
    async with Page(stack.http_url, "portal", "mia") as mia, Page(stack.http_url, "tech", "ava") as admin:
        opened = await mia.retried(lambda: mia.api("POST", "/chats", {"commandId": "bench", "text": "Bench"}))
        session_id = opened["session"]["card"]["sessionId"]
        for change in CHANGES:
            delays: dict[str, list[float]] = {}
            for number in range(TIMES + WARM_UP):
                for effect, delay in (await _one(stack, admin, session_id, change, f"{change.name.split()[0]}{number}")).items():
                    delays.setdefault(effect, []).append(delay)
            rows += [_row(change, effect, sorted(found[WARM_UP:])) for effect, found in delays.items()]
    return rows


async def _one(stack: Stack, admin: Page, session_id: str, change: Change, person_id: str) -> dict[str, float]:
    """Effect -> milliseconds after the change."""
    person = engineer(person_id, person_id, directory.ROLE_SUPERVISOR, EVERYTHING)
    await upsert(stack, [directory.DirectoryEntry(person=person)])
    async with Page(stack.http_url, "tech", person_id) as page:
        page.session(session_id)
        await page.until(lambda: session_id in page.cards and page.sessions[session_id].revision > 0, "the chat is open")
        await asyncio.sleep(SETTLE)
        effects, began = change.effects(Opened(page, session_id)), time.perf_counter()
        sent = asyncio.create_task(_send(stack, admin, person, change))
        found = await asyncio.gather(*(_seconds_until(effect, began) for effect in effects.values()))
        await sent
    return dict(zip(effects, (seconds * 1000 for seconds in found), strict=True))


async def _send(stack: Stack, admin: Page, person: directory.DirectoryPerson, change: Change) -> None:
    if change.fields is None:
        await admin.api("POST", f"/people/{person.id}/end-connections", {"commandId": "bench", "reason": "Bench"})
        return
    changed = directory.DirectoryPerson()
    changed.CopyFrom(person)
    changed.MergeFrom(directory.DirectoryPerson(**{name: value for name, value in change.fields.items() if name != "access"}))
    if "access" in change.fields:
        changed.access.CopyFrom(change.fields["access"])
    await upsert(stack, [directory.DirectoryEntry(person=changed)])


async def _seconds_until(effect: Effect, began: float) -> float:
    async with asyncio.timeout(CEILING):
        while True:
            found = effect()
            if found if isinstance(found, bool) else await found:
                return time.perf_counter() - began
            await asyncio.sleep(LOOK_EVERY)


def _row(change: Change, effect: str, delays: list[float]) -> dict[str, str]:
    return {"change": change.name, "effect": effect, "p50 ms": f"{quantile(delays, 0.5):.0f}", "largest ms": f"{delays[-1]:.0f}"}
