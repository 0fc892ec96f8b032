"""Internal notes: an engineer and a supervisor write them beside a chat, and its customer sees none. Emoji in notes and in messages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, start_chat, write
from tests.e2e.test_accessibility import faults

Shoot = Callable[[Page, str], None]
MARK = "Internal note: only engineers see this"
# One emoji of each kind.
KINDS = {
    "Smileys and emotions": "grinning face",
    "People and hands": "waving hand",
    "Animals and nature": "monkey face",
    "Food and drink": "grapes",
    "Travel and buildings": "globe showing Europe-Africa",
    "Activities": "jack-o-lantern",
    "Objects": "glasses",
    "Symbols": "ATM sign",
    "Flags": "chequered flag",
    "Recently used": "party popper",
}


def open_emoji(chat: Locator) -> Locator:
    chat.get_by_role("button", name="Emoji").click()
    panel = chat.page.get_by_role("dialog", name="Emoji")
    expect(panel.get_by_role("searchbox", name="Search emoji")).to_be_visible()
    return panel


def insert_found(chat: Locator, search: str) -> None:
    """Inserts the first emoji that a search finds, by the keyboard."""
    panel = open_emoji(chat)
    expect(panel.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    panel.get_by_role("searchbox", name="Search emoji").fill(search)
    expect(panel.get_by_role("grid", name="Emoji found").get_by_role("gridcell", name=search)).to_be_visible()
    chat.page.keyboard.press("Enter")
    expect(panel).to_have_count(0)


def look_through(chat: Locator) -> None:
    """Each kind of emoji has its grid, and Escape returns to the button."""
    panel = open_emoji(chat)
    for kind, name in KINDS.items():
        panel.get_by_role("radio", name=kind).check()
        expect(panel.get_by_role("grid", name=kind).get_by_role("gridcell", name=name, exact=True)).to_be_visible()
    assert faults(chat.page) == []
    chat.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(chat.get_by_role("button", name="Emoji")).to_be_focused()


@pytest.mark.timeout(180)
def test_engineers_write_notes_that_the_customer_never_sees(desk: OwnDesk, shoot: Shoot) -> None:  # spec 13.3, 13.4
    kim, tom = desk.page("kim"), desk.page("tom")
    at_kim = start_chat(kim, "Toner is empty")
    alert_card(tom, "Toner is empty").get_by_role("button", name="Join").click()
    at_tom = chat_window(tom, "Toner is empty")
    expect(messages(at_kim)).to_contain_text("Tom Baker joined the chat")

    at_tom.get_by_role("radio", name="Internal note").check()
    at_tom.get_by_role("textbox", name="Internal note").fill("Third time this week")
    insert_found(at_tom, "party popper")
    expect(at_tom.get_by_role("textbox", name="Internal note")).to_have_value("Third time this week🎉")
    shoot(tom, "composer")
    at_tom.get_by_role("button", name="Send internal note").click()
    expect(messages(at_tom)).to_contain_text(MARK)
    expect(messages(at_tom)).to_contain_text("Third time this week🎉")

    # A supervisor looks at the chat without joining.
    (session,) = [card["sessionId"] for card in desk.api("noa", "GET", "/start")["cards"] if card["title"] == "Toner is empty"]
    noa = desk.page("noa", f"/history/{session}", dark=True)
    noa.get_by_role("button", name="Open chat window").click()
    at_noa = chat_window(noa, "Toner is empty")
    expect(messages(at_noa)).to_contain_text("Third time this week")
    expect(at_noa.get_by_role("textbox", name="Message")).to_have_count(0)
    at_noa.get_by_role("textbox", name="Internal note").fill("Order two")
    at_noa.get_by_role("textbox", name="Internal note").press("Enter")
    expect(messages(at_tom)).to_contain_text("Order two")
    log = noa.get_by_role("region", name="Chat log")
    expect(log.get_by_text(MARK)).to_have_count(2)
    assert faults(noa) == []
    shoot(noa, "supervisor")

    at_tom.get_by_role("radio", name="Message").check()
    write(at_tom, "New toner is on its way")
    expect(messages(at_kim)).to_contain_text("New toner is on its way")
    insert_found(at_kim, "party popper")
    at_kim.get_by_role("textbox", name="Message").press("Enter")
    expect(messages(at_tom)).to_contain_text("🎉")
    for chat in (at_tom, at_kim):
        look_through(chat)
    open_emoji(at_kim)
    shoot(kim, "emoji")
    assert faults(tom) == []
    shoot(tom, "log")
    kim.reload()
    expect(messages(at_kim)).to_contain_text("New toner is on its way")
    for text in ("Third time this week", "Order two", "Noa Stern", MARK):
        expect(kim.get_by_text(text)).to_have_count(0)

    phone = desk.page("tom", phone=True, dark=True)
    phone.set_viewport_size({"width": 320, "height": 640})
    phone.get_by_role("button", name="Restore chat Toner is empty").click()
    small = chat_window(phone, "Toner is empty")
    small.get_by_role("radio", name="Internal note").check()
    expect(small.get_by_text("Only engineers see this", exact=True)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Message", "Internal note"):
        box = small.get_by_role("radio", name=name).bounding_box()
        assert box is not None and box["height"] >= 40
    shoot(phone, "phone")
    panel = open_emoji(small)
    first = panel.get_by_role("gridcell").first
    first.hover()
    assert (size := first.bounding_box()) and size["width"] >= 36 and size["height"] >= 40
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(phone, "phone-emoji")
    panel.get_by_role("radio", name="Food and drink").check()
    panel.get_by_role("gridcell", name="grapes").tap()
    expect(small.get_by_role("textbox", name="Internal note")).to_have_value("🍇")
