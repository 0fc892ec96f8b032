"""Documents stored by an earlier version are served as that version served them, also when a later version has added fields to them.

That is the rule of docs/operate/upgrade.md: fields are only added, so a version reads what the one before it and the one after it store.

`tests/cases/stored/documents.json` holds the documents of a desk after every RPC was called once (extended JSON,
database.collection -> documents). `answers.json` holds the responses of that version's gateway (person -> path -> response).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson import json_util

from stack.page import Page
from stack.services import ROOT, Stack
from tests.conftest import KAFKA, STORE
from tests.fakes.waiting import until

pytestmark = pytest.mark.stops_services
CASES = ROOT / "tests" / "cases" / "stored"


def with_added_fields(found: Any) -> Any:
    """The document with a field that this version does not know, in it and in each document within it."""
    if isinstance(found, list):
        return [with_added_fields(part) for part in found]
    if not isinstance(found, dict):
        return found
    return {**{name: with_added_fields(part) for name, part in found.items()}, "added_later": {"by": "a later version"}}


def without_added_fields(now: Any, before: Any) -> Any:
    """The response without the fields that later versions have added to it."""
    if isinstance(now, dict) and isinstance(before, dict):
        return {name: without_added_fields(part, before[name]) for name, part in now.items() if name in before}
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        return [without_added_fields(*pair) for pair in zip(now, before, strict=True)]
    return now


def now_of(entry: Any) -> Any:
    """The entry as this version serves it: one that a customer sees nothing of names nobody any more (spec 13.3)."""
    if not entry.get("hidden") or entry["events"]:
        return entry
    return {name: value for name, value in entry.items() if name != "by"} | {"commandId": ""}


@pytest.fixture
def old_store(tmp_path: Path) -> Iterator[Stack]:
    engine = STORE(tmp_path / "store")
    engine.start()
    documents: dict[str, list[dict[str, Any]]] = json_util.loads((CASES / "documents.json").read_text())
    with pymongo.MongoClient[dict[str, Any]](engine.url) as client:
        for name, found in documents.items():
            database, _, collection = name.partition(".")
            client[database][collection].insert_many([with_added_fields(document) for document in found])
    with Stack(tmp_path, kafka=KAFKA, store=None, env={**engine.settings, "PARLEY_TICKETS_TRIAL": "true"}) as stack:
        yield stack
    engine.stop()


async def test_documents_of_the_version_before_and_after_are_served_unchanged(old_store: Stack) -> None:  # spec 12.1
    answers = json.loads((CASES / "answers.json").read_text())
    for person, paths in answers.items():
        async with Page(old_store.http_url, "tech" if person == "ava" else "portal", f"stored-{person}") as page:
            for path, before in paths.items():
                now = await page.api("GET", path)
                if path.startswith("/sessions/"):
                    # Deadlines that have passed since then add entries, which change the card.
                    entries = [now_of(entry) for entry in before["session"]["entries"]]
                    assert without_added_fields(now["session"]["entries"][: len(entries)], entries) == entries, path
                    assert now["session"]["card"]["customer"] == before["session"]["card"]["customer"]
                elif path.startswith("/tickets/"):
                    assert now["ticket"]["summary"] == before["ticket"]["summary"]
                    assert now["timeline"][: len(before["timeline"])] == before["timeline"], path
                elif path == "/tickets":
                    assert {ticket["id"] for ticket in before["tickets"]} <= {ticket["id"] for ticket in now["tickets"]}
                else:
                    assert without_added_fields(now, before) == before, path


async def test_sessions_and_tickets_of_the_version_before_are_found_by_searches(old_store: Stack) -> None:  # spec 8.1, 9.7
    documents: dict[str, list[dict[str, Any]]] = json_util.loads((CASES / "documents.json").read_text())
    stored = {session["_id"] for session in documents["chat.sessions"] if not session["voided"]}
    async with Page(old_store.http_url, "tech", "stored-ava") as page:

        async def are_found() -> bool:
            cards = (await page.api("GET", "/history")).get("cards", [])
            return stored <= {card["sessionId"] for card in cards}

        await until(are_found)

        tickets = {ticket["_id"]: ticket["number"] for ticket in documents["tickets.tickets"] if ticket["desk_id"] == "stored"}
        listed = (await page.api("GET", "/tickets?sort=number&reversed=1"))["tickets"]
        assert [ticket["number"] for ticket in listed if ticket["id"] in tickets] == sorted(tickets.values())
        named = {ticket["_id"] for ticket in documents["tickets.tickets"] if "vpn" in ticket["folded"]}
        assert named and named <= {ticket["id"] for ticket in (await page.api("GET", "/tickets?search=vpn"))["tickets"]}
