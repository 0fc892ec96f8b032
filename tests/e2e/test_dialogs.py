"""Dialogs by keyboard alone: a key opens one, Tab stays inside, Escape closes it, and the focus returns."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.made_files import a_png
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, session_card, start_chat
from tests.e2e.test_attachments import file
from tests.e2e.test_canned_replies import add as add_reply

# More than any of these dialogs has controls, and more than the keys that it ignores.
MOST_TABS = 300
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


def go_around(page: Page, name: str) -> Locator:
    """Waits for the open dialog with this name, and goes once around it with Tab."""
    dialog = page.get_by_role("dialog", name=name).or_(page.get_by_role("alertdialog", name=name))
    expect(dialog).to_be_visible()
    expect(dialog.locator("[aria-busy=true]")).to_have_count(0)
    reached: list[int] = []
    # A dialog may ignore the first keys, which could be meant for the page.
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if reached[-1:] == [focus]:
            continue
        if focus in reached:
            break
        reached.append(focus)
    assert (name, -1 in reached) == (name, False)
    assert (name, len(reached) > 1) == (name, True)
    return dialog


def press(opener: Locator, item: str = "") -> None:
    opener.scroll_into_view_if_needed()
    if item:
        choose(opener, item)
    else:
        opener.press("Enter")


def walk(opener: Locator, name: str, item: str = "") -> None:
    """Opens the dialog with Enter on `opener`, or from its menu, goes around it and closes it with Escape."""
    press(opener, item)
    dialog = go_around(opener.page, name)
    opener.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def confirm(opener: Locator, name: str, answer: str) -> None:
    """The opener is gone afterwards."""
    press(opener)
    dialog = opener.page.get_by_role("alertdialog", name=name)
    dialog.get_by_role("button", name=answer, exact=True).press("Enter")
    expect(dialog).to_have_count(0)


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
    press(button(window, "Chat menu"), "End chat session")
    button(ines.get_by_role("dialog", name="End chat session"), "Attach to an existing ticket").press("Enter")
    expect(button(ines.get_by_role("dialog"), "Back")).to_be_visible()
    picking = go_around(ines, "End chat session")
    ines.keyboard.press("Escape")
    expect(picking).to_have_count(0)
    expect(button(window, "Chat menu")).to_be_focused()
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


@pytest.mark.timeout(180)
def test_the_dialogs_of_a_chat_and_its_end_are_used_by_keyboard_alone(desk: OwnDesk) -> None:  # spec 7.9
    desk.set(customerLeave="always")
    desk.chat("pia", "Router hums", desk.ticket("pia", "Router"))
    pia, ines = desk.page("pia"), desk.page("ines")
    alert_card(ines, "Router hums").get_by_role("button", name="Join").click()
    # The title of a chat about a ticket begins with the number of the ticket.
    at_pia, at_ines = (page.get_by_role("region", name="Router hums") for page in (pia, ines))
    expect(messages(at_pia)).to_contain_text("Ines Vega joined the chat")

    # The chat is on a ticket, so it has one way to end.
    walk(button(at_ines, "Chat menu"), "End chat session", "End chat session")
    with pia.expect_file_chooser() as chooser:
        button(at_pia, "Attach files").press("Enter")
    chooser.value.set_files([file("router.png", a_png())])
    expect(at_pia.get_by_role("progressbar")).to_have_count(0)
    at_pia.get_by_role("textbox", name="Message").press("Enter")
    for window in (at_pia, at_ines):
        walk(button(messages(window), "Preview router.png"), "router.png")

    ines.set_viewport_size({"width": 390, "height": 844})
    walk(button(at_ines, "Customer details"), "Customer")
    ines.set_viewport_size({"width": 1280, "height": 800})
    walk(button(at_pia, "Leave chat"), "Leave this chat?")

    # A request that the customer ends before anyone joins is closed with a note.
    opened = desk.api("lea", "POST", "/chats", {"commandId": "lamp", "text": "Lamp flickers"})["session"]["card"]["sessionId"]
    desk.api("lea", "POST", f"/sessions/{opened}/leave", {"commandId": "lamp-leave"})
    card = session_card(ines, "Abandoned", "Lamp flickers")
    walk(button(card, "End session"), "Close session")
    desk.api("ines", "POST", f"/sessions/{opened}/complete", {"commandId": "lamp-end", "closingNote": {"note": "Wrote a mail"}})
    expect(card).to_have_count(0)
    ines.goto(f"/tech/history/{opened}")
    walk(button(ines.get_by_role("main"), "Edit the note"), "Closing note")


@pytest.mark.timeout(120)
def test_the_dialogs_of_webhooks_and_replies_are_used_by_keyboard_alone(desk: OwnDesk) -> None:  # spec 5.13, 7.9, 13.1
    ines = desk.page("ines", "/settings")
    add_reply(ines, "Yours", "Hello", "Hello {customer}")
    walk(button(ines, "Edit Hello"), "Edit reply")
    walk(button(ines, "Delete Hello"), "Delete this reply?")
    confirm(button(ines, "Delete Hello"), "Delete this reply?", "Delete reply")
    expect(button(ines, "Add a reply: Yours")).to_be_focused()

    url = "http://127.0.0.1:9/keys"
    press(button(ines, "Add a webhook"))
    ines.get_by_role("dialog", name="Add a webhook").get_by_role("textbox", name="Address").fill(url)
    ines.keyboard.press("Enter")
    secret = go_around(ines, "The webhook was added")
    ines.keyboard.press("Escape")
    expect(secret).to_have_count(0)
    expect(button(ines, "Add a webhook")).to_be_focused()
    walk(button(ines, f"Delivery log of {url}"), "Delivery log")
    walk(button(ines, f"Edit {url}"), "Edit the webhook")
    walk(button(ines, f"Delete {url}"), "Delete this webhook?")
    confirm(button(ines, f"Delete {url}"), "Delete this webhook?", "Delete")
    expect(button(ines, "Add a webhook")).to_be_focused()


def test_the_dialogs_of_the_portal_are_used_by_keyboard_alone(desk: OwnDesk) -> None:  # spec 7.9
    ticket = desk.ticket("lea", "Headset is silent")
    lea = desk.page("lea", "/support")
    walk(button(lea, "Call me back"), "Call me back")
    lea.goto(f"/portal/tickets/{ticket}")
    walk(button(lea, "Chat about this ticket"), "Chat about this ticket")
