"""A copy of the store that is taken while people write can be restored, with new topics and new keys, as docs/operate/backup.md says.

The copy is taken through the driver, one database after the other in the order of that page.
"""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

from stack.page import Page
from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.chaos.talks import Talk, begin, one_log
from tests.conftest import KAFKA, STORE
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

CHATS, ENDED = 8, 4
DATABASES = ("chat", "tickets", "notify", "presence")
ENV = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true"}
# (database, collection) -> documents.
Documents = dict[tuple[str, str], list[dict[str, Any]]]


def copied(url: str) -> Documents:
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        return {(name, one): list(client[name][one].find()) for name in DATABASES for one in _collections(client[name])}


def _collections(database: Database[dict[str, Any]]) -> list[str]:
    # The embedded store lists the two collections of GridFS by names under which it cannot read them to the end.
    return [name.replace("attachments_", "attachments.") for name in database.list_collection_names()]


@contextmanager
def restored(folder: Path, documents: Documents) -> Iterator[Stack]:
    engine = STORE(folder / "store")
    engine.start()
    with pymongo.MongoClient[dict[str, Any]](engine.url) as client:
        for (database, collection), found in documents.items():
            if found:
                client[database][collection].insert_many(found)
    try:
        with Stack(folder, kafka=KAFKA, store=None, env={**ENV, **engine.settings}) as stack:
            yield stack
    finally:
        engine.stop()


async def write(talk: Talk, page: Page) -> None:
    for number in itertools.count():
        text = f"{page.person_id} {number}"
        talk.acknowledged[page.person_id, text] = await page.post(talk.session_id, text).accepted
        # A copy of the embedded store, which reads slowly, must come to its end.
        await asyncio.sleep(0.2)


async def posted(page: Page, session_id: str) -> dict[tuple[str, str], int]:
    """(sender's id, text) -> revision."""
    entries = (await page.whole_session(session_id))["entries"]
    assert [entry["revision"] for entry in entries] == list(range(1, len(entries) + 1))
    found = [(entry, event["messagePosted"]["text"]) for entry in entries for event in entry["events"] if "messagePosted" in event]
    return {(entry["by"]["id"], text): entry["revision"] for entry, text in found}


@pytest.mark.timeout(300)
async def test_a_restored_copy_has_what_was_accepted_before_it_and_one_ticket_for_each_end(tmp_path: Path, unique: str) -> None:  # spec 4.2
    people = [f"c{number}" for number in range(CHATS)]
    with Stack(tmp_path / "before", kafka=KAFKA, store=STORE, env=ENV) as stack:
        desk = TestDesk(stack, unique)
        await desk.make()
        await desk.add_customers(people)
        ava = await desk.page("ava")
        talks = [await begin(desk, person, ava) for person in people]
        writing = [asyncio.create_task(write(talk, page)) for talk in talks for page in (talk.customer, ava)]
        await until(lambda: all(len(talk.acknowledged) >= 10 for talk in talks))
        # Some end before the copy, and some while it is taken.
        ending = [asyncio.create_task(talk.end()) for talk in talks[:ENDED]]
        await ending[0]
        before = [dict(talk.acknowledged) for talk in talks]
        assert stack.store is not None
        documents = await asyncio.to_thread(copied, stack.store.url)
        for task in (*writing, *ending):
            task.cancel()
        await asyncio.gather(*writing, *ending, return_exceptions=True)
        await desk.close()

    with restored(tmp_path / "after", documents) as stack:
        desk = TestDesk(stack, unique)
        ava = await desk.page("ava")
        now = [Talk(desk, await desk.page(person), ava, talk.session_id) for person, talk in zip(people, talks, strict=True)]
        for talk, accepted in zip(now, before, strict=True):
            assert accepted.items() <= (await posted(ava, talk.session_id)).items()
        await asyncio.gather(*map(goes_on, now[ENDED:]))
        await asyncio.gather(*map(ends_once, now))
        await desk.close()


async def goes_on(talk: Talk) -> None:
    revision = await talk.customer.post(talk.session_id, "Are you there?").accepted
    await talk.engineer.until(lambda: talk.engineer.session(talk.session_id).revision >= revision, "the message has come")


async def ends_once(talk: Talk) -> None:
    await talk.end()
    await one_log(talk)
