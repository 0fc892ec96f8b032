"""Dialogs by keyboard alone: a key opens one, Tab stays inside, Escape closes it, and the focus returns."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import chat_window, messages, session_card, start_chat

# More than any of these dialogs has controls.
MOST_TABS = 60
# The place of the focus among all elements; -1 for one behind the dialog. Between its last and its first control the browser has the focus.
FOCUS = """() => {
    const focused = document.activeElement;
    return focused === document.body || focused.closest("dialog") ? [...document.querySelectorAll("*")].indexOf(focused) : -1;
}"""


def choose(opener: Locator, item: str) -> None:
    """Opens the menu of `opener` and chooses an entry with the arrow keys."""
    opener.press("Enter")
    entry = opener.page.get_by_role("menuitem", name=item, exact=True)
    expect(entry).to_be_visible()
    for _ in range(opener.page.get_by_role("menuitem").count()):
        if entry.evaluate("(entry) => entry === document.activeElement"):
            break
        opener.page.keyboard.press("ArrowDown")
    expect(entry).to_be_focused()
    opener.page.keyboard.press("Enter")


def walk(opener: Locator, name: str, item: str = "") -> None:
    page = opener.page
    opener.scroll_into_view_if_needed()
    if item:
        choose(opener, item)
    else:
        opener.press("Enter")
    dialog = page.get_by_role("dialog", name=name).or_(page.get_by_role("alertdialog", name=name))
    expect(dialog).to_be_visible()
    expect(dialog.locator("[aria-busy=true]")).to_have_count(0)
    reached: list[int] = []
    # Once around. A dialog may ignore the first keys, which could be meant for the page.
    while len(reached) < MOST_TABS and (len(set(reached)) < 2 or len(reached) == len(set(reached))):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUS))
    assert (name, -1 in reached) == (name, False)
    assert (name, len(set(reached)) > 1) == (name, True)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def button(part: Page | Locator, name: str | re.Pattern[str]) -> Locator:
    return part.get_by_role("button", name=name)


@pytest.mark.timeout(120)
def test_the_dialogs_of_tech_are_used_by_keyboard_alone(desk: OwnDesk) -> None:  # spec 7.9
    ticket = desk.ticket("kim", "Keyboard is missing a key")
    desk.api("ray", "POST", "/callbacks", {"commandId": "dialogs", "text": "Mouse is stuck", "wish": {"phone": "+12125550123"}})
    kim, ines = desk.page("kim", "/support"), desk.page("ines")
    start_chat(kim, "Screen is dark")
    session_card(ines, "Waiting", "Screen is dark").get_by_role("button", name="Join").click()
    window = chat_window(ines, "Screen is dark")
    expect(messages(window)).to_contain_text("Ines Vega joined the chat")

    walk(button(ines, "Keyboard shortcuts"), "Keyboard shortcuts")
    walk(button(ines, "Search or jump"), "Search or jump")
    walk(button(ines.get_by_role("main"), "Create ticket"), "New ticket")
    walk(button(ines, "Customer: All customers"), "Tickets of one customer")
    for item in ("End chat session", "Transfer chat", "Why did it not ring me?"):
        walk(button(window, "Chat menu"), item, item)
    walk(button(window, "Add engineer"), "Add engineer")
    walk(button(session_card(ines, "Callbacks", "Mouse is stuck"), "End session"), "Close session")

    ines.goto(f"/tech/tickets/{ticket}")
    walk(button(ines, "Change customer"), "Change customer")
    ines.goto("/tech/settings")
    walk(button(ines, "Add a reply: Yours"), "New reply")
    walk(button(ines, "Add a webhook"), "Add a webhook")
    walk(button(ines, "Add a person"), "Add a person")
    walk(button(ines, "Change Tom Baker"), "Change Tom Baker")
    walk(button(ines, "End connections of Kim Lund"), "End connections of Kim Lund?")


def test_the_dialogs_of_the_portal_are_used_by_keyboard_alone(desk: OwnDesk) -> None:  # spec 7.9
    ticket = desk.ticket("lea", "Headset is silent")
    lea = desk.page("lea", "/support")
    walk(button(lea, "Call me back"), "Call me back")
    lea.goto(f"/portal/tickets/{ticket}")
    walk(button(lea, "Chat about this ticket"), "Chat about this ticket")
