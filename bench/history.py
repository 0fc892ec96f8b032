"""Measures a desk with up to a million sessions: the start of a page, the list of older sessions, the log of one session, and searches.

Three chats run through the services: one that waits, one on a ticket that is completed and left, and one whose title has a word of its own.
The documents of the first two are copied: of the log, of the lists and of the searches. `LIVE` copies wait, of as many customers; of the
others each hundredth is changed to one that was abandoned long ago. The services learn of the copies by their reads only, so nobody is
alerted. The store is the embedded one, which keeps them on disk.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from bench.crowd import until
from bench.seeding import Copy, Original, database, insert
from bench.timed_calls import Call, rows_of
from services.chat.outbound.mongo_sessions import NEVER
from stack.engines import Nx
from stack.page import Json
from stack.people import make_demo_desk
from stack.services import Stack
from stack.signed_in import SignedIn
from stack.unlimited import UNLIMITED

LIVE, OLDER_EACH, CUSTOMERS = 200, 100, 500
# Between two sessions of the desk: a million are 347 days.
APART_MS = 30_000
OLDER: Json = {"status": "abandoned", "older": True, "listed_older": True}
# Collection -> the field that holds the session's id, and the fields that an abandoned session has.
COLLECTIONS: dict[str, tuple[str, Json]] = {"log": ("session_id", {}), "sessions": ("_id", OLDER), "history_terms": ("session_id", {})}
# A search for this word finds one session.
RARE = "lantern"
CUSTOMER, WAITING, THIRD = "mia", "leo", "zoe"


def measure(sessions: int, times: int) -> list[dict[str, str]]:
    """A row of formatted cells for each call, first with the chats of the demo desk alone, then with that many sessions."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
        with Stack(Path(folder), store=Nx, env=env) as stack:
            return asyncio.run(_measure(stack, sessions, times))


async def _measure(stack: Stack, sessions: int, times: int) -> list[dict[str, str]]:
    await make_demo_desk(stack)
    async with AsyncExitStack() as contexts:
        people = {id: SignedIn(stack.http_url, "tech" if id == "ava" else "portal", id) for id in ("ava", CUSTOMER, WAITING, THIRD)}
        for one in people.values():
            contexts.push_async_callback(one.close)
            await one.sign_in()
        ava, mia = people["ava"], people[CUSTOMER]
        ticket_id = str((await mia.api("GET", "/tickets"))["tickets"][0]["id"])
        completed, waiting = await _completed(ava, mia, ticket_id), await _requested(people[WAITING])
        rare = await _requested(people[THIRD], text=f"The {RARE} is broken")
        # They follow seconds after a chat, and are copied too.
        await until(lambda: _terms_saved(stack, [completed, waiting, rare]))
        few = await rows_of("3 sessions", _calls(ava, mia, [completed]), times)
        for line in await asyncio.to_thread(_seed, stack, completed, waiting, ticket_id, sessions):
            print(line, flush=True)
        logs = [f"seeded-{number}" for number in range(CUSTOMERS, sessions, CUSTOMERS)]
        return few + await rows_of(f"{sessions:,} sessions, {LIVE} live", _calls(ava, mia, logs), times)


def _calls(ava: SignedIn, mia: SignedIn, logs: list[str]) -> dict[str, Call]:
    async def get(who: SignedIn, path: str, _: int) -> Json:
        return await who.api("GET", path)

    async def log_of(who: SignedIn, number: int) -> Json:
        return await who.api("GET", f"/sessions/{logs[number * 7 % len(logs)]}")

    return {
        "start of an engineer, with the live list": partial(get, ava, "/start"),
        "start of a customer": partial(get, mia, "/start"),
        "list of older sessions": partial(get, ava, "/older-sessions"),
        "log of a completed session, by its engineer": partial(log_of, ava),
        "log of a completed session, by its customer": partial(log_of, mia),
        "history, 50 of all sessions and their number": partial(get, ava, "/history"),
        "history, two words of nearly all sessions": partial(get, ava, "/history?search=printer+fire"),
        "history, a word of one session": partial(get, ava, f"/history?search={RARE}"),
        "history, sessions of a customer": partial(get, ava, f"/history?customer={CUSTOMER}"),
        "history, waiting requests": partial(get, ava, "/history?status=waiting&type=request"),
    }


def _terms_saved(stack: Stack, ids: list[str]) -> bool:
    return database(stack, "chat")["sessions"].count_documents({"_id": {"$in": ids}, "history_due": NEVER}) == len(ids)


async def _requested(customer: SignedIn, ticket_id: str = "", text: str = "Printer is on fire") -> str:
    body = {"commandId": "bench", "text": text, "ticketId": ticket_id}
    return str((await customer.api("POST", "/chats", body))["session"]["card"]["sessionId"])


async def _completed(ava: SignedIn, mia: SignedIn, ticket_id: str) -> str:
    """A chat on a ticket that ran from its request until everybody has left; its id."""
    session_id = await _requested(mia, ticket_id)
    path = f"/sessions/{session_id}"
    await ava.api("POST", f"{path}/join", {"commandId": "join", "mode": "JOIN_MODE_TAKE"})
    await ava.api("POST", f"{path}/complete", {"commandId": "complete", "attach": {"ticketId": ticket_id}})
    await ava.api("POST", f"{path}/leave", {"commandId": "leave"})
    await mia.api("POST", f"{path}/leave", {"commandId": "leave"})
    return session_id


def _seed(stack: Stack, completed: str, waiting: str, ticket_id: str, sessions: int) -> list[str]:
    """Copies the two chats, once the topic has all of their entries. Returns what was inserted."""
    chat = database(stack, "chat")
    unpublished = {"session_id": {"$in": [completed, waiting]}, "unpublished": {"$exists": True}}
    asyncio.run(until(lambda: chat["log"].count_documents(unpublished) == 0))
    lines = []
    for name, (field, changed) in COLLECTIONS.items():
        found = list(chat[name].find({field: completed}))
        ended, older = ([Original({**each, **more}, completed, CUSTOMER, ticket_id) for each in found] for more in ({}, changed))
        live = [Original(document, waiting, WAITING) for document in chat[name].find({field: waiting})]
        copies = _copies(ended, older, live, (completed, waiting, ticket_id), sessions)
        lines.append(insert(stack, "chat", name, copies))
    return lines


def _copies(ended: list[Original], older: list[Original], live: list[Original], ids: tuple[str, str, str], sessions: int) -> Iterator[Copy]:
    completed, waiting, ticket_id = ids
    for number in range(sessions):
        id, earlier = f"seeded-{number}", number * APART_MS
        if number < LIVE:
            yield from (one.copy({waiting: id, WAITING: f"{WAITING}-{number}"}) for one in live)
            continue
        customer = CUSTOMER if number % CUSTOMERS == 0 else f"{CUSTOMER}-{number % CUSTOMERS}"
        words = {completed: id, CUSTOMER: customer, ticket_id: f"seeded-ticket-{number}"}
        yield from (one.copy(words, earlier) for one in (older if number % OLDER_EACH == 1 else ended))
