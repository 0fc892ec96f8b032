"""The parts around the pages: sign-in, bars, menus, the palette."""

import re

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, choose_density, choose_theme, dismiss_toast, messages, start_chat

THEMES = {"Light": "light", "Dark": "dark", "Match the system": None}
TABS = ["My sessions", "Waiting", "Abandoned", "Callbacks"]


def presence(page: Page, state: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"Your presence: {state}$", re.IGNORECASE))


def command(page: Page, name: str) -> None:
    """Runs a command of the palette."""
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search or jump")
    palette.get_by_role("combobox").fill(name)
    expect(palette.get_by_role("option", name=name).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)


def test_an_engineer_opens_pages_and_sets_presence_and_theme_from_the_bar(desk: OwnDesk) -> None:  # spec 1.7, 6.1, 7.4
    ines = desk.page("ines")
    ines.keyboard.press("Tab")
    ines.keyboard.press("Enter")
    expect(ines).to_have_url(re.compile("#page$"))
    ines.get_by_role("link", name="Supervisor").click()
    expect(ines.get_by_role("heading", name="Supervisor", level=1)).to_be_visible()
    ines.get_by_role("link", name="Settings").click()
    expect(ines.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    ines.get_by_role("link", name="Tickets").first.click()
    expect(ines.get_by_role("heading", name="Tickets", level=1)).to_be_visible()

    for state in ("Away", "Do Not Disturb", "Online"):
        presence(ines, ".*").click()
        ines.get_by_role("menuitemradio", name=state, exact=True).click()
        expect(presence(ines, state)).to_be_visible()
    choose_theme(ines, presence(ines, ".*"), THEMES)
    choose_density(ines, presence(ines, ".*"))

    for opener, name in (("Keyboard shortcuts", "Keyboard shortcuts"), ("Search or jump", "Search or jump")):
        ines.get_by_role("button", name=opener).click()
        dialog = ines.get_by_role("dialog", name=name)
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
    for name in TABS:
        tab = ines.get_by_role("tab", name=name)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        ines.get_by_role("button", name="Collapse").click()
        expect(tab).to_have_attribute("aria-selected", "false")

    presence(ines, ".*").click()
    ines.get_by_role("menuitem", name="Sign out").click()
    expect(ines).to_have_url(re.compile("/sign-in"))


def test_the_bar_fits_a_phone_and_a_tablet(desk: OwnDesk) -> None:  # spec 6.1, 7.4
    ines = desk.page("ines")
    bar = ines.get_by_role("banner")
    parts = [
        presence(ines, ".*").get_by_text("Ines Vega"),
        bar.get_by_role("status", name="Connected"),
        *(bar.get_by_role("link", name=name) for name in ("Tickets", "History", "Supervisor", "Settings")),
        bar.get_by_role("button", name="Search or jump"),
    ]
    for width in (320, 375, 768, 1024):
        ines.set_viewport_size({"width": width, "height": 740})
        boxes = [part.bounding_box() for part in parts]
        for n, one in enumerate(boxes):
            assert one and one["x"] >= 0 and one["x"] + one["width"] <= width, (width, parts[n])
            for other in boxes[n + 1 :]:
                assert other and apart(one, other), (width, one, other)
        assert parts[0].evaluate("name => name.scrollWidth <= name.clientWidth"), width


def apart(one: FloatRect, other: FloatRect) -> bool:
    across = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    return across or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]


def test_every_command_of_the_palette_works(desk: OwnDesk) -> None:
    ines = desk.page("ines")
    desk.ticket("kim", "The palette finds this one")
    command(ines, "Join the oldest waiting chat")
    dismiss_toast(ines, "Nobody is waiting")
    command(ines, "Go to history")
    expect(ines.get_by_role("heading", name="History", level=1)).to_be_visible()
    command(ines, "Go to settings")
    expect(ines.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    command(ines, "Go to supervisor")
    expect(ines.get_by_role("heading", name="Supervisor", level=1)).to_be_visible()
    command(ines, "Go to the audit log")
    expect(ines.get_by_role("heading", name="Audit log", level=1)).to_be_visible()
    command(ines, "Go to notifications")
    expect(ines.get_by_role("heading", name="Notifications", level=1)).to_be_visible()
    command(ines, "Check a chat log")
    expect(ines.get_by_role("heading", name="Check a chat log", level=1)).to_be_visible()
    command(ines, "Go to tickets")
    expect(ines.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    for name in TABS:
        command(ines, f"Show {name.lower()}")
        expect(ines.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    for state in ("Away", "Do Not Disturb", "Online"):
        command(ines, f"Set my presence to {state}")
        expect(presence(ines, state)).to_be_visible()
    for name, theme in THEMES.items():
        command(ines, f"Appearance: {name}")
        expect(ines.locator("html")).to_have_attribute("data-theme", theme) if theme else expect(
            ines.locator("html[data-theme]")
        ).to_have_count(0)
    command(ines, "Density: Compact")
    expect(ines.locator('html[data-density="compact"]')).to_have_count(1)
    # The choice is applied before the page shows anything.
    ines.reload(wait_until="commit")
    expect(ines.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    expect(ines.locator('html[data-density="compact"]')).to_have_count(1)
    command(ines, "Density: Comfortable")
    expect(ines.locator("html:not([data-density])")).to_have_count(1)
    command(ines, "Keyboard shortcuts")
    expect(ines.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    ines.keyboard.press("Escape")
    command(ines, "Create a ticket")
    expect(ines.get_by_role("dialog", name="New ticket")).to_be_visible()
    ines.keyboard.press("Escape")
    expect(ines.get_by_role("dialog")).to_have_count(0)

    ines.get_by_role("button", name="Search or jump").click()
    palette = ines.get_by_role("dialog", name="Search or jump")
    palette.get_by_role("combobox").fill("palette finds")
    palette.get_by_role("option", name="The palette finds this one").click()
    expect(ines.get_by_role("heading", name="The palette finds this one")).to_be_visible()
    command(ines, "Assign this ticket to me")
    expect(ines.get_by_role("combobox", name="Assignee").locator("option:checked")).to_have_text("Ines Vega")
    command(ines, "Go to the next unread chat")
    dismiss_toast(ines, "No unread chats")

    desk.chat("kim", "A chat for the palette")
    expect(alert_card(ines, "A chat for the palette")).to_be_visible()
    command(ines, "Join the oldest waiting chat")
    window = chat_window(ines, "A chat for the palette")
    expect(messages(window)).to_contain_text("Ines Vega joined the chat")
    for name in ("End chat session", "Create ticket", "Add engineer", "Why did it not ring me?"):
        command(ines, name)
        expect(ines.get_by_role("dialog")).to_be_visible()
        ines.keyboard.press("Escape")
        expect(ines.get_by_role("dialog")).to_have_count(0)
    command(ines, "End chat session")
    ines.get_by_role("dialog").get_by_role("button", name="Close without a ticket").click()
    expect(messages(window)).to_contain_text("The chat session is now closed")
    command(ines, "Leave chat")
    expect(window).to_have_count(0)
    command(ines, "Sign out")
    expect(ines).to_have_url(re.compile("/sign-in"))


def test_a_customer_opens_pages_sets_the_theme_and_signs_out_from_the_bar(desk: OwnDesk) -> None:
    kim = desk.page("kim", "/tickets")
    kim.keyboard.press("Tab")
    kim.keyboard.press("Enter")
    expect(kim.get_by_role("main")).to_be_focused()
    nav = kim.get_by_role("navigation", name="Pages")
    nav.get_by_role("link", name="Request support").click()
    expect(kim.get_by_role("heading", name="Request support")).to_be_visible()
    nav.get_by_role("link", name="Tickets").click()
    expect(kim.get_by_role("heading", name="Tickets")).to_be_visible()
    kim.get_by_role("banner").get_by_role("link").first.click()
    expect(kim.get_by_role("heading", name="Request support")).to_be_visible()
    account = kim.get_by_role("button", name="Your account: Kim Lund")
    choose_theme(kim, account, THEMES)
    start_chat(kim, "One chat before I go")

    account.click()
    kim.get_by_role("menuitem", name="Sign out").click()
    expect(kim).to_have_url(re.compile("/sign-in"))
    choose_theme(kim, kim.get_by_role("button", name="Appearance"), THEMES)
    for region, name, path in (("Customers", "Kim Lund", "/portal/"), ("Engineers", "Tom Baker", "/tech/")):
        kim.goto("/sign-in")
        kim.get_by_role("region", name=region).get_by_role("button", name=f"Sign in as {name}").first.click()
        expect(kim).to_have_url(re.compile(path))
