"""An engineer's chat windows: many at once, and all their controls."""

import contextlib
import re

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, end_chat, messages, open_and_close_menu, session_card, start_chat, write

DOOR, GATE, LAMP, FAN, DESK, TILL = "Door is stuck", "Gate beeps", "Lamp is out", "Fan is loud", "Desk wobbles", "Till is locked"


def menu(window: Locator, name: str) -> None:
    window.get_by_role("button", name="Chat menu").click()
    window.page.get_by_role("menuitem", name=name).click()


def panel(tech: Page) -> Locator:
    return tech.get_by_role("complementary", name="Sessions")


def scroll_to_first(window: Locator) -> Locator:
    """Scrolls the log up and returns the button that leads back down. The log may still be scrolling to a new message, so it repeats."""
    button = window.get_by_role("button", name="Jump to latest")
    for _ in range(20):
        messages(window).evaluate("log => log.scrollTo(0, 0)")
        with contextlib.suppress(PlaywrightTimeoutError):
            button.wait_for(timeout=1_000)
            break
    return button


def dock_and_undock(window: Locator) -> None:
    """The chat's window while the page of its ticket is shown."""
    tech, box, minimise = window.page, window.get_by_role("textbox", name="Message"), window.get_by_role("button", name="Minimise")
    menu(window, "Dock beside ticket")
    expect(minimise).to_have_count(0)
    expect(box).to_be_focused()
    page, docked = tech.get_by_role("main").bounding_box(), window.bounding_box()
    assert page and docked, "both are visible"
    beside = [page["x"] + page["width"], page["y"], page["height"]]
    assert beside == pytest.approx([docked["x"], docked["y"], docked["height"]], abs=1), "side by side"
    tech.get_by_role("link", name="All tickets").click()
    expect(minimise).to_be_visible()
    tech.go_back()
    expect(minimise).to_have_count(0)
    menu(window, "Undock")
    expect(minimise).to_be_visible()
    expect(box).to_be_focused()


def test_alerts_and_windows_that_do_not_fit_are_one_click_away(desk: OwnDesk) -> None:  # spec 5.1, 6.2, 7.1, 7.3
    ines = desk.page("ines")
    kim = desk.page("kim")
    start_chat(kim, DOOR)
    for word, title in (("ray", GATE), ("lea", LAMP), ("pia", FAN)):
        desk.chat(word, title)
    # With the panel open only the newest alert and the longest wait fit, and alerts of two chats at once come in any order.
    for word, title in (("ray", DESK), ("lea", TILL)):
        desk.chat(word, title, desk.ticket(word, f"Ticket: {title}"))
        expect(alert_card(ines, title)).to_be_visible()

    ines.get_by_role("region", name="Chat alerts").get_by_role("button", name="+2 more").click()
    expect(panel(ines).get_by_role("article")).to_have_count(6)
    alert_card(ines, TILL).get_by_role("button", name="Dismiss").click()
    expect(alert_card(ines, TILL)).to_have_count(0)
    expect(session_card(ines, "Waiting", TILL)).to_be_visible()
    session_card(ines, "Waiting", TILL).get_by_role("link").click()
    expect(ines.get_by_role("heading", name=f"Ticket: {TILL}")).to_be_visible()

    session_card(ines, "Waiting", GATE).get_by_role("button", name="Join").click()
    expect(messages(chat_window(ines, GATE))).to_contain_text("Ines Vega joined the chat")
    session_card(ines, "Waiting", LAMP).get_by_role("button", name="Join").click()
    expect(messages(chat_window(ines, LAMP))).to_contain_text("Ines Vega joined the chat")
    # The key j joins the oldest waiting chat.
    ines.get_by_role("main").focus()
    ines.keyboard.press("j")
    expect(messages(chat_window(ines, DOOR))).to_contain_text("Ines Vega joined the chat")
    expect(chat_window(ines, GATE)).to_have_count(0)
    ines.locator(".dock").get_by_role("button", name=re.compile("more", re.IGNORECASE)).click()
    ines.get_by_role("menuitem", name=GATE).click()
    expect(chat_window(ines, GATE).get_by_role("textbox", name="Message")).to_be_focused()

    at_gate = chat_window(ines, GATE)
    at_gate.get_by_role("button", name="Minimise").click()
    expect(at_gate.get_by_role("textbox")).to_have_count(0)
    at_gate.get_by_role("button", name="Restore").click()
    expect(at_gate.get_by_role("textbox", name="Message")).to_be_visible()
    at_gate.get_by_role("button", name="Minimise").click()
    at_gate.get_by_role("button", name="Close chat").click()
    expect(at_gate).to_have_count(0)
    session_card(ines, "My sessions", DOOR).get_by_role("button", name="Open").click()
    at_ines, at_kim = chat_window(ines, DOOR), chat_window(kim, DOOR)
    expect(at_ines).to_be_visible()
    height = at_ines.evaluate("window => window.clientHeight")
    ines.get_by_role("button", name="Resize the chat window").last.press("ArrowUp")
    expect(at_ines).to_have_js_property("clientHeight", height + 20)

    at_ines.get_by_role("textbox", name="Message").fill("Which door is it?")
    at_ines.get_by_role("button", name="Send").click()
    expect(messages(at_kim)).to_contain_text("Which door is it?")
    write(at_ines, "\n".join(f"Line {number}" for number in range(30)))
    for window in (at_ines, at_kim):
        expect(messages(window)).to_contain_text("Line 29")
        scroll_to_first(window).click()
        expect(window.get_by_role("button", name="Jump to latest")).to_have_count(0)
    scroll_to_first(at_ines)
    at_kim.get_by_role("textbox", name="Message").fill("The one to the yard")
    at_kim.get_by_role("button", name="Send").click()
    at_ines.get_by_role("button", name="1 new message").click()
    expect(messages(at_ines).get_by_text("The one to the yard")).to_be_in_viewport()

    end_chat(at_ines).get_by_role("button", name="Close without a ticket").click()
    card = session_card(ines, "My sessions", DOOR)
    expect(card).to_contain_text("Ended")
    open_and_close_menu(card)
    card.get_by_role("button", name="Leave").click()
    expect(card).to_have_count(0)
    expect(at_ines).to_have_count(0)


def test_every_way_to_end_a_chat_and_its_close_note(desk: OwnDesk) -> None:  # spec 4.1, 4.2, 4.12
    ines = desk.page("ines")
    title = "Cable is short"
    ticket = desk.ticket("kim", "Longer cable")
    desk.chat("kim", title)
    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    window = chat_window(ines, title)
    dialog = end_chat(window)
    dialog.get_by_role("button", name="Close").first.click()
    expect(dialog).to_have_count(0)
    end_chat(window).get_by_role("button", name="Attach to an existing ticket").click()
    dialog.get_by_role("button", name="Back").click()
    dialog.get_by_role("combobox", name="Priority").select_option("High")
    dialog.get_by_role("combobox", name="Board").select_option("Service desk")
    dialog.get_by_role("button", name="Create ticket and attach chat log").click()
    messages(window).get_by_role("button", name="Open ticket").click()
    expect(ines.get_by_role("complementary", name="Details").get_by_role("combobox", name="Priority")).to_have_value("PRIORITY_HIGH")

    note = window.get_by_role("region", name="Closing note")
    dialog = ines.get_by_role("dialog", name="Closing note")
    for way in ("Close", "Cancel"):
        note.get_by_role("button", name="Add a note").click()
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    for name, text in (("Add a note", "Ordered two metres"), ("Edit the note", "Ordered three metres")):
        note.get_by_role("button", name=name).click()
        dialog.get_by_role("textbox").fill(text)
        dialog.get_by_role("button", name="Save note").click()
        expect(note).to_contain_text(text)
    messages(window).get_by_role("button", name="Leave", exact=True).click()
    expect(window).to_have_count(0)

    # A chat on a ticket can be ended in one way; the ticket then links to the conversation.
    title = "How long is it now?"
    desk.chat("kim", title, ticket)
    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    window = ines.get_by_role("region", name=title)
    menu(window, "Open ticket")
    expect(ines.get_by_role("heading", name="Longer cable")).to_be_visible()
    ines.get_by_role("link", name="All tickets").click()
    session_card(ines, "My sessions", title).get_by_role("link").click()
    expect(ines.get_by_role("heading", name="Longer cable")).to_be_visible()
    dock_and_undock(window)
    dialog = end_chat(window)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    end_chat(window).get_by_role("button", name="End and attach chat log").click()
    expect(messages(window)).to_contain_text("The chat session is now closed")
    window.get_by_role("button", name="Leave chat").click()
    expect(window).to_have_count(0)
    timeline = ines.get_by_role("list", name="Timeline")
    with ines.expect_download() as download:
        timeline.get_by_role("link", name=re.compile(r"chat_log_.*\.txt")).click()
    log = download.value.path().read_text()
    assert title in log
    timeline.get_by_role("link", name="Open history").click()
    expect(ines.get_by_role("region", name="Chat log")).to_contain_text(title)
    ines.get_by_role("complementary", name="Details").get_by_role("button", name="Open chat window").click()
    expect(messages(window)).to_contain_text(title)

    window.get_by_role("button", name="Close", exact=True).click()
    expect(window).to_have_count(0)
    ines.get_by_role("button", name=re.compile("Your presence")).click()
    ines.get_by_role("menuitem", name="Check a chat log").click()
    expect(ines.get_by_role("heading", name="Check a chat log", level=1)).to_be_visible()
    result = ines.get_by_role("status", name="Result")
    for content, outcome in ((log, "Genuine"), (log.replace("How long", "How short"), "Different"), ("Dear Sir", "not a chat log")):
        with ines.expect_file_chooser() as chooser:
            ines.get_by_role("button", name="Choose a file").click()
        chooser.value.set_files({"name": "log.txt", "mimeType": "text/plain", "buffer": content.encode()})
        expect(result).to_contain_text(outcome)
        expect(result).to_contain_text("log.txt")
        if outcome == "Genuine":
            result.get_by_role("button", name="Open the chat").click()
            expect(messages(window)).to_contain_text(title)


def test_an_unanswered_chat_is_withdrawn_or_closed(desk: OwnDesk) -> None:  # spec 2.9, 4.11, 4.13
    ray, ines = desk.page("ray"), desk.page("ines")
    ines.goto(f"/tech/tickets/{desk.ticket('ray', 'Phone is dead')}")
    asked = ray.get_by_role("alertdialog")
    title = "Chat from Ines Vega to Ray Cole"
    window = ines.get_by_role("region", name=title).last
    for way in ("menu", "banner", "card"):
        ines.get_by_role("complementary", name="Details").get_by_role("button", name="Push chat").click()
        expect(asked).to_be_visible()
        if way == "menu":
            menu(window, "Withdraw")
        elif way == "banner":
            window.get_by_role("button", name="Withdraw").click()
        else:
            session_card(ines, "My sessions", title).get_by_role("button", name="Leave").click()
        expect(asked).to_have_count(0)
        expect(window).to_have_count(0)

    # Close one from its window, by the banner and then by the menu; close the others from their cards.
    dialog = ines.get_by_role("dialog", name="Close session")
    card = session_card(ines, "Abandoned", title)
    expect(card).to_have_count(3)
    card.last.get_by_role("link", name=re.compile("#")).click()
    expect(ines.get_by_role("heading", name="Phone is dead")).to_be_visible()
    card.last.get_by_role("button", name="View session").click()
    window.get_by_role("button", name="End session").click()
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(dialog).to_have_count(0)
    menu(window, "End session")
    dialog.get_by_role("textbox", name="What was done?").fill("Called instead")
    dialog.get_by_role("button", name="Close session").click()
    expect(window.get_by_role("region", name="Closing note")).to_contain_text("Called instead")
    window.get_by_role("button", name="Close", exact=True).click()
    expect(card).to_have_count(2)
    card.last.get_by_role("button", name="End session").click()
    dialog.get_by_role("textbox", name="What was done?").fill("Wrote instead")
    dialog.get_by_role("button", name="Close session").click()
    ines.get_by_role("status").filter(has_text="The session is closed").get_by_role("button", name="Show").click()
    expect(ines.get_by_role("region", name=title).get_by_role("region", name="Closing note")).to_contain_text("Wrote instead")
    card.get_by_role("button", name="End session").click()
    expect(dialog).to_be_visible()
