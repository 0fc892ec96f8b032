"""The supervisors' page: what happens now, the figures of a day, and the promises that are broken."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import broken, chat_window, close_up, end_chat, messages, try_again
from tests.e2e.test_accessibility import faults

Shoot = Callable[[Page, str], None]


def heading(page: Page) -> None:
    expect(page.get_by_role("heading", name="Supervisor", level=1)).to_be_visible()


def reload(page: Page) -> None:
    page.reload()


def leave_and_return(page: Page) -> None:
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History", level=1)).to_be_visible()
    page.go_back()


def handled_chats(desk: OwnDesk, noa: Page, shoot: Shoot) -> None:
    """Noa hands "Scanner jams" over to Tom, opens it in the list and joins it there."""
    title = "Scanner jams"
    (session,) = [card["sessionId"] for card in desk.api("noa", "GET", "/start")["cards"] if card["title"] == title]
    desk.api("tom", "POST", f"/sessions/{session}/join", {"commandId": "tom-joins", "mode": "JOIN_MODE_ALSO"})
    handled, window = noa.get_by_role("region", name="Handled chats"), chat_window(noa, title)
    expect(handled.get_by_role("listitem")).to_contain_text("Noa Stern, Tom Baker")
    desk.api("noa", "POST", f"/sessions/{session}/leave", {"commandId": "noa-leaves"})
    expect(messages(window)).to_contain_text("Noa Stern left the chat")
    window.get_by_role("button", name="Close", exact=True).click()
    expect(window).to_have_count(0)
    handled.get_by_role("button", name=f"Open {title}").click()
    expect(window.get_by_role("textbox", name="Internal note")).to_be_visible()
    shoot(noa, "handled")
    handled.get_by_role("button", name=f"Join {title}").click()
    expect(messages(window).get_by_text("Noa Stern joined the chat")).to_have_count(2)
    expect(handled.get_by_role("button", name=f"Join {title}")).to_have_count(0)


@pytest.mark.timeout(180)
def test_a_supervisor_sees_the_desk_now_and_the_figures_of_the_day(desk: OwnDesk, shoot: Shoot) -> None:  # spec 13.4
    desk.set(promiseWait=0)
    desk.chat("kim", "Scanner jams")
    desk.chat("ray", "Screen flickers")
    desk.api("lea", "POST", "/callbacks", {"commandId": "call", "text": "Call me", "wish": {"byChat": True}})
    noa, tom = desk.page("noa"), desk.page("tom")
    noa.get_by_role("link", name="Supervisor").click()
    heading(noa)

    waiting = noa.get_by_role("region", name="Waiting chats")
    expect(waiting.get_by_role("listitem")).to_have_count(2)
    waiting.get_by_role("button", name="Join Scanner jams").click()
    window = chat_window(noa, "Scanner jams")
    expect(messages(window)).to_contain_text("Noa Stern joined the chat")
    expect(waiting.get_by_role("listitem")).to_have_count(1)
    engineers = noa.get_by_role("region", name="Engineers")
    expect(engineers.get_by_role("listitem").filter(has_text="Noa Stern")).to_contain_text("1 chat")
    expect(engineers.get_by_role("listitem").filter(has_text="Tom Baker")).to_contain_text("0 chats")
    handled_chats(desk, noa, shoot)
    end_chat(window).get_by_role("button", name="Close without a ticket").click()
    close_up(window)

    figures = noa.get_by_role("region", name="Figures of the day")
    for name, value in (("Requests", "3"), ("Answered", "1"), ("Call-backs", "1")):
        tile = figures.locator("div").filter(has=noa.get_by_text(name, exact=True)).last
        expect(tile.locator("dd")).to_have_text(value, timeout=30_000)
    expect(noa.get_by_role("region", name="Now", exact=True)).to_contain_text(re.compile("Open call-backs.*1 due, 0 late"))
    expect(noa.get_by_role("img", name="Requests by hour")).to_be_visible()
    noa.get_by_text("Show as a table").click()
    expect(noa.get_by_role("group", name="Requests by hour").get_by_role("row")).to_have_count(2)
    expect(noa.get_by_role("region", name="By company").first).to_contain_text("Northwind")
    assert faults(noa) == []
    for theme in ("light", "dark"):
        noa.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        figures.scroll_into_view_if_needed()
        shoot(noa, f"{theme}-figures")
        noa.get_by_role("heading", name="Supervisor", level=1).scroll_into_view_if_needed()
        shoot(noa, f"{theme}-now")

    download = noa.get_by_role("button", name="Download CSV")
    expect(download).not_to_have_attribute("aria-disabled", "true")
    with noa.expect_download() as saved:
        download.click()
    rows = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("date,hour,company,board,requests")
    assert sum(int(row.split(",")[4]) for row in rows[1:]) == 3
    assert [row for row in rows[1:] if ",Northwind,Service desk," not in row] == []

    noa.get_by_role("combobox", name="Company").select_option("Northwind")
    expect(waiting.get_by_role("listitem")).to_have_count(1)
    noa.get_by_role("combobox", name="Board").select_option("Service desk")
    expect(waiting.get_by_role("listitem")).to_have_count(1)
    noa.get_by_label("Day", exact=True).fill("2026-01-01")
    expect(noa.get_by_text("No requests on this day")).to_be_visible()
    for way in (reload, leave_and_return):
        way(noa)
        expect(noa.get_by_label("Day", exact=True)).to_have_value("2026-01-01")
        expect(noa.get_by_role("combobox", name="Board").locator("option:checked")).to_have_text("Service desk")
        expect(figures.get_by_role("heading", level=2)).to_contain_text("January 1, 2026")
    shoot(noa, "other-day")
    figures.get_by_role("button", name="Show today").click()
    expect(figures.get_by_role("heading", level=2)).to_contain_text("Today")

    tom.goto("/tech/supervisor")
    expect(tom.get_by_text("There is no page at this address. Showing tickets instead.")).to_be_visible()
    expect(tom.get_by_role("link", name="Supervisor")).to_have_count(0)


@pytest.mark.timeout(120)
def test_broken_promises_alert_supervisors_on_every_page(desk: OwnDesk, shoot: Shoot) -> None:  # spec 13.7
    now = datetime.now(UTC)
    windows = [{"from": now.isoformat(), "until": (now + timedelta(seconds=4)).isoformat()}]
    title = "Order status"
    desk.api("pia", "POST", "/callbacks", {"commandId": "call", "text": title, "wish": {"byChat": True, "windows": windows}})
    desk.set(promiseWait=2)
    ines, noa = desk.page("ines"), desk.page("noa", phone=True)
    link = ines.get_by_role("link", name=re.compile(r"Supervisor.*\d late"))
    expect(link).to_be_visible(timeout=30_000)
    desk.chat("pia", "Parcel is lost")
    expect(ines.get_by_role("alert").filter(has_text="waits longer than promised")).to_be_visible(timeout=30_000)
    ines.get_by_role("alert").get_by_role("button", name="Show").first.click()
    heading(ines)
    expect(ines.get_by_role("alert").filter(has_text="waits longer than promised")).to_have_count(0)
    expect(ines.get_by_role("region", name="Waiting chats")).to_contain_text("Longer than promised")
    expect(ines.get_by_role("region", name="Waiting chats")).to_contain_text("Promised: at most 0:02")
    ines.get_by_role("region", name="Late call-backs").get_by_role("button", name=f"View {title}").click()
    expect(chat_window(ines, title)).to_be_visible()
    shoot(ines, "late")

    noa.goto("/tech/supervisor")
    heading(noa)
    shoot(noa, "phone-top")
    expect(noa.get_by_role("region", name="Late call-backs")).to_be_visible()
    expect(noa.get_by_role("region", name="Now", exact=True)).to_contain_text("1 late")
    assert noa.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(noa) == []
    shoot(noa, "phone")
    noa.get_by_role("region", name="Figures of the day").scroll_into_view_if_needed()
    shoot(noa, "phone-figures")


def test_what_cannot_be_loaded_can_be_tried_again(desk: OwnDesk) -> None:
    ines = desk.page("ines")
    with broken(ines, "**/tech/api/figures*"), broken(ines, "**/tech/api/people?*"):
        ines.get_by_role("link", name="Supervisor").click()
        heading(ines)
        for title in ("The figures could not be loaded", "The engineers could not be loaded"):
            expect(ines.get_by_role("alert").filter(has_text=title)).to_be_visible()
    try_again(ines, "The figures could not be loaded")
    expect(ines.get_by_role("region", name="Figures of the day").get_by_text("Requests", exact=True)).to_be_visible()
    try_again(ines, "The engineers could not be loaded")
    expect(ines.get_by_role("region", name="Engineers").get_by_role("listitem").filter(has_text="Ines Vega")).to_be_visible()
