"""Measures a directory with up to 100,000 people: a page of the list, a search, and what one engineer with a limit may see.

One customer whom the directory saved is copied into the store, with the search words, a hundred to each company. Then chat, which holds a
copy of the directory without its customers, starts again. The store is the embedded one.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psutil

from bench.crowd import until
from bench.seeding import Copy, Document, Original, database, insert
from bench.timed_calls import Call, rows_of
from parley.tickets.v1 import directory_pb2 as directory
from stack.engines import Nx
from stack.page import Page
from stack.people import customer, entries, upsert
from stack.services import Stack
from stack.signed_in import SignedIn
from stack.unlimited import UNLIMITED

# No word of these is part of another one, or of any other text in the documents.
COPIED, NAME, COMPANY = "original", "Qfirst Qlast", "globex"
OF_A_COMPANY = 100
FAMILY_NAMES = ("Berg", "Costa", "Dahl", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jensen", "Kaya")


def measure(people: int, times: int) -> list[dict[str, str]]:
    """A row of formatted cells for each call, with that many people."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
        with Stack(Path(folder), store=Nx, env=env) as stack:
            return asyncio.run(_measure(stack, people, times))


async def _measure(stack: Stack, people: int, times: int) -> list[dict[str, str]]:
    await upsert(stack, [*entries(), directory.DirectoryEntry(person=customer(COPIED, NAME, COMPANY, ""))])
    print(await asyncio.to_thread(_seed, stack, people), flush=True)
    about, began = f"{people:,} people", time.perf_counter()
    stack.take_down("chat-1")
    stack.bring_up("chat-1")
    await asyncio.to_thread(stack.wait_ready, "chat-1", 600)
    memory = psutil.Process(stack.pids()["chat-1"]).memory_info().rss / 2**20
    print(f"chat was ready {time.perf_counter() - began:.1f} s after its start, with {memory:.0f} MiB", flush=True)
    async with Page(stack.http_url, "tech", "ava") as ava, Page(stack.http_url, "tech", "bo") as bo:
        return await rows_of(about, _calls(ava, bo, people), times)


def _seed(stack: Stack, people: int) -> str:
    store = database(stack, "tickets")
    directory_entries, words, wanted = store["directory"], store["people_words"], {"_id": f"person:{COPIED}"}
    asyncio.run(until(lambda: directory_entries.count_documents({**wanted, "content.indexed": True, "outbox_pending": {"$ne": True}}) == 1))
    lines = [insert(stack, "tickets", "directory", _copies(list(directory_entries.find(wanted)), people))]
    lines.append(insert(stack, "tickets", "people_words", _copies(list(words.find({"person_id": COPIED})), people)))
    return "\n".join(lines)


def _copies(documents: Sequence[Document], people: int) -> Iterator[Copy]:
    originals = [Original(document, *_replaced(0)) for document in documents]
    for number in range(people):
        yield from (original.copy(_replaced(number)) for original in originals)


def _replaced(number: int) -> dict[str, str]:
    """What a copy has instead of the id, the company, the name, and the words of the folded name."""
    family, digits = FAMILY_NAMES[number % len(FAMILY_NAMES)], f"{number:06d}"
    first, last = NAME.casefold().split()
    company = f"company{number // OF_A_COMPANY}"
    return {COPIED: f"p{number}", COMPANY: company, NAME: f"{family} {digits}", first: family.casefold(), last: digits}


def _calls(ava: Page, bo: Page, people: int) -> dict[str, Call]:
    async def get(who: SignedIn, path: str, number: int) -> object:
        return await who.api("GET", path.format(number=number * 7919 % people))

    async def watch(number: int) -> None:
        """The gateway answers with the presence of those whom the engineer may see."""
        person_id = "mia" if number % 2 else "leo"
        bo.presence.pop(person_id, None)
        bo.send({"t": "watchPeople", "personIds": [person_id]})
        await bo.until(lambda: person_id in bo.presence, "the presence of a person on screen", 300)

    return {
        "first page of the list (1,000)": partial(get, ava, "/people?kind=PERSON_KIND_CUSTOMER"),
        "people of a company": partial(get, ava, f"/people?company=company{people // OF_A_COMPANY // 2}"),
        "search that finds one": partial(get, ava, "/people?search={number:06d}"),
        f"search that finds {people // len(FAMILY_NAMES):,}": partial(get, ava, "/people?search=berg"),
        "one person": partial(get, ava, "/people/p{number}"),
        "access check: the presence of one person, for an engineer of one company": watch,
    }
