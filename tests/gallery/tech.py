"""The screens of TECH. Those of one person are taken in this order, on one page."""

from playwright.sync_api import Page, expect

from tests.e2e.screens import chat_window, end_chat, messages, session_card
from tests.gallery import scene as at
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen


def _sessions(page: Page, scene: Scene) -> None:
    expect(session_card(page, "Waiting", at.WAITING)).to_be_visible()


def _ticket(page: Page, scene: Scene) -> None:
    # On a phone the open panel would cover the pages that follow.
    page.get_by_role("button", name="Collapse").click()
    page.goto(f"/tech/tickets/{scene.tickets['VPN drops every afternoon']}")
    expect(page.get_by_role("list", name="Timeline")).to_contain_text("I have doubled it")


def _session(page: Page, scene: Scene) -> None:
    page.goto(f"/tech/history/{scene.ids[at.SOLVED]}")
    expect(page.get_by_role("region", name="Chat log")).to_contain_text("Thank you")


def _supervisor(page: Page, scene: Scene) -> None:
    page.goto("/tech/supervisor")
    expect(page.get_by_role("img", name="Requests by hour")).to_be_visible()


def _audit(page: Page, scene: Scene) -> None:
    # The window of her chat opens by itself, and would cover the pages that follow.
    chat_window(page, at.HANDLED).get_by_role("button", name="Close", exact=True).click()
    page.goto("/tech/audit")
    expect(page.get_by_role("list", name="Entries")).to_be_visible()


def _history(page: Page, scene: Scene) -> None:
    page.goto("/tech/history")
    expect(page.get_by_role("main").get_by_role("link", name=at.SOLVED).first).to_be_visible()


def _notifications(page: Page, scene: Scene) -> None:
    page.goto("/tech/notifications")
    expect(page.get_by_role("slider", name="Volume")).to_be_visible()


def _logs(page: Page, scene: Scene) -> None:
    page.goto("/tech/chat-logs")
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()


def _settings(page: Page, scene: Scene) -> None:
    page.goto("/tech/settings")
    expect(page.get_by_role("switch", name="The desk has office hours")).to_be_visible()


def _person(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name="Change Bo Lindqvist").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _list(page: Page, scene: Scene) -> None:
    page.goto("/tech/tickets")
    expect(page.get_by_role("main").get_by_role("link", name="VPN drops every afternoon")).to_be_visible()


def _new_ticket(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name="Create ticket").first.click()
    expect(page.get_by_role("dialog", name="New ticket")).to_be_visible()


def _palette(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Type a command")).to_be_visible()


def _keys(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def _chat(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    session_card(page, "My sessions", at.HANDLED).get_by_role("button", name="Open").click()
    expect(messages(chat_window(page, at.HANDLED))).to_contain_text("under warranty")


def _details(page: Page, scene: Scene) -> None:
    chat_window(page, at.HANDLED).get_by_role("button", name="Customer details").click()
    expect(chat_window(page, at.HANDLED).get_by_role("group", name="Customer")).to_contain_text("Open tickets")


def _end(page: Page, scene: Scene) -> None:
    chat_window(page, at.HANDLED).get_by_role("button", name="Customer details").click()
    expect(end_chat(chat_window(page, at.HANDLED))).to_be_visible()


def _offline(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="Offline").first).to_be_visible()


SCREENS = (
    Screen("tech-sessions", "TECH: alert and waiting chats", "sam", _sessions, more=True),
    Screen("tech-ticket", "TECH: a ticket", "sam", _ticket, more=True),
    Screen("tech-history", "TECH: history", "sam", _history),
    Screen("tech-session", "TECH: a session of the history", "sam", _session),
    Screen("tech-supervisor", "TECH: supervisor", "sam", _supervisor),
    Screen("tech-notifications", "TECH: notifications", "sam", _notifications),
    Screen("tech-chat-logs", "TECH: checking a chat log", "sam", _logs),
    Screen("tech-audit", "TECH: audit log", "ava", _audit),
    Screen("tech-settings", "TECH: settings", "ava", _settings),
    Screen("tech-person", "TECH: an engineer's access", "ava", _person),
    Screen("tech-tickets", "TECH: tickets", "ava", _list, more=True),
    Screen("tech-new-ticket", "TECH: a new ticket", "ava", _new_ticket),
    Screen("tech-palette", "TECH: commands", "ava", _palette),
    Screen("tech-keys", "TECH: keyboard shortcuts", "ava", _keys),
    Screen("tech-chat", "TECH: a chat", "ava", _chat, more=True),
    Screen("tech-customer", "TECH: the customer beside a chat", "ava", _details),
    Screen("tech-end", "TECH: the end of a chat", "ava", _end),
    Screen("tech-offline", "TECH: without a connection", "ava", _offline),
)
