"""An admin reads the desk's audit log."""

import csv
import json
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import close_with_note, session_card


def refresh_until_listed(page: Page, entry: Locator) -> None:
    """An entry is listed when its record has been consumed. Refreshes at least once."""
    ends = time.monotonic() + 60
    while True:
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_role("heading", level=1, name="Audit log")).to_be_visible()
        page.wait_for_timeout(200)
        if entry.count():
            return
        assert time.monotonic() < ends


def entries(page: Page) -> Locator:
    return page.get_by_role("list", name="Entries").locator("> li")


def test_an_admin_finds_a_change_in_the_audit_log_and_exports_it(desk: OwnDesk) -> None:  # spec 4.12, 10.5
    ines = desk.page("ines", "/settings")
    ines.get_by_role("textbox", name="Away after").fill("10")
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()
    ines.get_by_role("link", name="Open the audit log").click()
    expect(ines.get_by_role("heading", level=1, name="Audit log")).to_be_visible()

    ines.get_by_role("combobox", name="Kind").select_option("Settings")
    entry = entries(ines).filter(has_text="Ines Vega changed the presence settings").first
    refresh_until_listed(ines, entry)
    expect(entry).to_contain_text("When people become away")
    expect(entry).to_contain_text("600")

    ines.get_by_role("searchbox", name="Person").fill("kim l")
    ines.get_by_role("button", name="Kim Lund").click()
    expect(ines.get_by_text("Nothing in this desk fits these filters.")).to_be_visible()
    ines.get_by_role("button", name="Show the entries of anyone, not only of Kim Lund").click()
    expect(entry).to_be_visible()
    ines.get_by_label("From").fill("2099-01-01")
    expect(ines.get_by_text("Nothing in this desk fits these filters.")).to_be_visible()
    ines.get_by_label("From").fill("")
    ines.get_by_label("Until").fill("2020-01-01")
    expect(ines.get_by_text("Nothing in this desk fits these filters.")).to_be_visible()
    ines.get_by_label("Until").fill("")
    expect(entry).to_be_visible()

    files = dict[str, str]()
    for name in ("Export CSV", "Export JSON lines"):
        with ines.expect_download() as saved:
            ines.get_by_role("link", name=name).click()
        files[saved.value.suggested_filename] = Path(saved.value.path()).read_text()
    heading, *rows = csv.reader(files["audit_log.csv"].splitlines())
    assert {row[heading.index("kind")] for row in rows} == {"settings"}
    assert {json.loads(line)["kind"] for line in files["audit_log.jsonl"].splitlines()} == {"AUDIT_KIND_SETTINGS"}
    ines.get_by_role("combobox", name="Kind").select_option("Exports")
    expect(entries(ines).filter(has_text="Ines Vega exported the audit log")).to_have_count(2)

    tom = desk.page("tom", "/audit")
    expect(tom.get_by_role("main")).to_contain_text("Only admins with access to the whole desk can see the audit log")


def test_older_entries_follow_and_a_closing_note_leads_to_its_chat(desk: OwnDesk) -> None:  # spec 4.12, 10.5
    for number in range(60):
        desk.customer(f"person{number}", f"Person {number}")
    title = "Call me about the audit"
    body = {"commandId": "audited", "text": title, "wish": {"phone": "+442079460101"}}
    session_id = desk.api("ray", "POST", "/callbacks", body)["session"]["card"]["sessionId"]
    ines = desk.page("ines")
    close_with_note(session_card(ines, "Callbacks", title), "Rang him.")
    desk.api("ines", "POST", f"/sessions/{session_id}/note", {"commandId": "note", "note": "Rang him twice."})

    ines.goto("/tech/audit")
    note = entries(ines).filter(has_text="Ines Vega changed the closing note of a chat")
    ines.get_by_role("combobox", name="Kind").select_option("Closing notes")
    refresh_until_listed(ines, note)
    note.get_by_role("button", name="Open the chat").click()
    expect(ines.get_by_role("region", name=f"Chat: {title}")).to_be_visible()

    ines.get_by_role("combobox", name="Kind").select_option("People and access")
    expect(entries(ines)).to_have_count(50)
    ines.get_by_role("button", name="Show older entries").click()
    expect(entries(ines).nth(60)).to_be_visible()
