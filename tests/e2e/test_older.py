"""Call-backs that nobody closed for long: TECH counts them, loads them page by page, and closes them."""

import json

from playwright.sync_api import expect

from bench.seeding import Original, database
from stack.services import Stack
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import close_with_note, session_card

A_PAGE, MORE = 20, 3
THREE_DAYS_MS = 3 * 86_400_000
# Collection -> the field that holds the session's id.
COLLECTIONS = {"log": "session_id", "sessions": "_id"}


def test_older_callbacks_are_counted_loaded_page_by_page_and_closed(desk: OwnDesk, stack: Stack) -> None:  # spec 4.11, 6.2
    title = "Forklift number"
    body = {"commandId": "older", "text": f"{title} 0", "wish": {"phone": "+442079460101"}}
    session_id = str(desk.api("kim", "POST", "/callbacks", body)["session"]["card"]["sessionId"])
    ines = desk.page("ines")
    expect(session_card(ines, "Callbacks", f"{title} 0")).to_be_visible()

    # Copies from earlier days, whose deadlines have passed: chat makes them older.
    chat = database(stack, "chat")
    while chat["log"].count_documents({"session_id": session_id, "unpublished": {"$exists": True}}):
        ines.wait_for_timeout(20)
    for name, field in COLLECTIONS.items():
        originals = [Original(document, session_id, f"{title} 0") for document in chat[name].find({field: session_id})]
        for number in range(1, A_PAGE + MORE + 1):
            words = {session_id: f"{session_id}-{number}", f"{title} 0": f"{title} {number}"}
            copies = [original.copy(words, number * THREE_DAYS_MS) for original in originals]
            chat[name].insert_many([json.loads(text) for _, text in copies])

    panel = ines.get_by_role("complementary", name="Sessions")
    expect(panel.get_by_role("heading", name=f"Older: {A_PAGE + MORE}, newest first")).to_be_visible(timeout=60_000)
    expect(panel.get_by_role("tab", name=f"Callbacks, {A_PAGE + MORE + 1}")).to_be_visible()
    cards = panel.get_by_role("article", name=title)
    expect(cards).to_have_count(1 + A_PAGE)
    panel.get_by_role("button", name="Show more").click()
    expect(cards).to_have_count(1 + A_PAGE + MORE)
    expect(cards.last).to_contain_text(f"{title} {A_PAGE + MORE}")
    expect(panel.get_by_role("button", name="Show more")).to_have_count(0)

    close_with_note(session_card(ines, "Callbacks", f"{title} {A_PAGE + MORE}"), "Sold last month")
    expect(panel.get_by_role("heading", name=f"Older: {A_PAGE + MORE - 1}, newest first")).to_be_visible()
