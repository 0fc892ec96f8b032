"""Automated checks of WCAG 2.2 AA on the main screens in both themes, and keyboard access."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, end_chat, messages, session_card, start_chat

AXE = Path("web/node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# An experimental rule that conflicts with fixed names: "Your presence: Online" begins with the button's purpose, not its visible text.
LEFT_OUT = {"label-content-name-mismatch": {"enabled": False}}
# The rules whose result depends on the theme.
COLOURS = ["color-contrast", "link-in-text-block"]
CHECK = """([runOnly, rules]) => axe.run(document, { runOnly, rules, resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(node => node.target.join(" ")) })))"""


def faults(page: Page) -> list[dict[str, Any]]:
    """The violations of all rules in the light theme and of the colour rules in the dark theme, with animations off."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = []
    checks: list[tuple[Literal["light", "dark"], Any]] = [("light", RULES), ("dark", {"type": "rule", "values": COLOURS})]
    for theme, rules in checks:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [{"theme": theme, **fault} for fault in page.evaluate(CHECK, [rules, LEFT_OUT])]
    return found


@pytest.mark.timeout(120)
def test_axe_finds_no_violation_on_the_screens_of_tech_and_portal(desk: OwnDesk) -> None:
    kim, ines = desk.page("kim", "/support"), desk.page("ines")
    ticket = desk.ticket("ray", "Keyboard is missing a key")
    sign_in = kim.context.new_page()
    sign_in.goto("/sign-in")
    expect(sign_in.get_by_role("region", name="Customers").get_by_role("button").first).to_be_visible()
    assert faults(sign_in) == []
    expect(kim.get_by_role("button", name="Call me back")).to_be_visible()
    assert faults(kim) == []

    title = "Which cable is it?"
    at_kim = start_chat(kim, title)
    expect(messages(at_kim)).to_contain_text(title)
    expect(alert_card(ines, title)).to_be_visible()
    expect(session_card(ines, "Waiting", title)).to_be_visible()
    assert faults(ines) == []
    alert_card(ines, title).get_by_role("button", name="Join").click()
    expect(messages(at_kim)).to_contain_text("Ines Vega joined the chat")
    assert faults(kim) == []
    chat_window(ines, title).get_by_role("button", name="Customer details").click()
    expect(chat_window(ines, title).get_by_role("group", name="Customer")).to_contain_text("Last chats")
    assert faults(ines) == []
    ines.goto(f"/tech/tickets/{ticket}")
    expect(ines.get_by_role("list", name="Timeline")).to_be_visible()
    assert faults(ines) == []
    end_chat(chat_window(ines, title))
    assert faults(ines) == []
    ines.goto("/tech/settings")
    ines.get_by_role("switch", name="The desk has office hours").check()
    assert faults(ines) == []
    ines.get_by_role("button", name="Change Ines Vega").click()
    ines.get_by_role("radio", name="Only these companies").check()
    assert faults(ines) == []
    ines.goto("/tech/audit")
    expect(ines.get_by_role("list", name="Entries")).to_be_visible()
    assert faults(ines) == []
    ines.goto("/tech/notifications")
    expect(ines.get_by_role("slider", name="Volume")).to_be_visible()
    assert faults(ines) == []
    ines.goto("/tech/history")
    expect(ines.get_by_role("button", name="Apply")).to_be_visible()
    assert faults(ines) == []
    ines.goto("/tech/chat-logs")
    expect(ines.get_by_role("button", name="Choose a file")).to_be_visible()
    assert faults(ines) == []


def test_controls_are_reachable_by_keyboard_and_escape_returns_the_focus(desk: OwnDesk) -> None:
    ines = desk.page("ines")
    ines.keyboard.press("Tab")
    expect(ines.get_by_role("link", name="Skip to the page")).to_be_focused()
    reached = []
    for _ in range(6):
        ines.keyboard.press("Tab")
        reached.append(ines.evaluate("document.activeElement.textContent || document.activeElement.getAttribute('aria-label')"))
        outline = ines.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"no visible focus on {reached[-1]}"
    assert "Tickets" in reached and "Settings" in reached

    opener = ines.get_by_role("button", name="Keyboard shortcuts")
    opener.focus()
    ines.keyboard.press("Enter")
    dialog = ines.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    ines.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()

    ines.keyboard.press("Control+k")
    ines.get_by_role("combobox", name="Type a command").fill("settings")
    ines.keyboard.press("Enter")
    expect(ines.get_by_role("heading", name="Settings", level=1)).to_be_visible()


SMALL_TEXT = """() => [...document.querySelectorAll("textarea, select, input:not([type=checkbox], [type=radio])")]
    .filter(field => field.checkVisibility() && parseFloat(getComputedStyle(field).fontSize) < 16).map(field => field.outerHTML)"""
SMALL_BUTTONS = """least => [...document.querySelectorAll(".chat button")].filter(button => button.checkVisibility())
    .map(button => [button.getBoundingClientRect(), button.getAttribute("aria-label") ?? button.textContent])
    .filter(([{ width, height }]) => width < least || height < least).map(([, name]) => name)"""


def test_on_a_phone_fields_do_not_zoom_the_page_and_the_buttons_of_a_chat_are_large_enough(desk: OwnDesk) -> None:
    lea, ines = desk.page("lea", "/support", phone=True), desk.page("ines", "/settings", phone=True)
    expect(ines.get_by_role("textbox", name="Offer a call-back or leaving after")).to_be_visible()
    assert ines.evaluate(SMALL_TEXT) == []
    lea.get_by_role("button", name="Call me back").click()
    expect(lea.get_by_role("dialog", name="Call me back")).to_be_visible()
    assert lea.evaluate(SMALL_TEXT) == []
    lea.keyboard.press("Escape")

    title = "Which button is it?"
    start_chat(lea, title)
    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    for page in (lea, ines):
        expect(messages(chat_window(page, title))).to_contain_text("Ines Vega joined the chat")
        assert page.evaluate(SMALL_TEXT) == []
        assert page.evaluate(SMALL_BUTTONS, 40) == []
    ines.set_viewport_size({"width": 1280, "height": 800})
    assert ines.evaluate(SMALL_BUTTONS, 24) == []
