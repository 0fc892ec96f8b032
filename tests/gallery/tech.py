"""The screens of TECH. Those of one person are taken in this order, on one page."""

from playwright.sync_api import Page, expect

from tests.e2e.screens import chat_window, end_chat, messages, session_card
from tests.gallery import scene as at
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen


def _pushed(page: Page, scene: Scene) -> None:
    expect(chat_window(page, "Chat from Sam Okafor to Zoe Adams")).to_contain_text("Waiting for Zoe Adams's answer")


def _sessions(page: Page, scene: Scene) -> None:
    chat_window(page, "Chat from Sam Okafor to Zoe Adams").get_by_role("button", name="Close", exact=True).click()
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


def _desks_replies(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Canned replies").get_by_role("button", name="Edit Visit")).to_be_visible()


def _reply(page: Page, scene: Scene) -> None:
    page.get_by_role("region", name="Canned replies").get_by_role("button", name="Edit Restart").click()
    expect(page.get_by_role("dialog", name="Edit reply")).to_be_visible()


def _own_replies(page: Page, scene: Scene) -> None:
    page.goto("/tech/settings")
    expect(page.get_by_role("region", name="Canned replies").get_by_role("button", name="Edit Home office")).to_be_visible()


def _forbidden(page: Page, scene: Scene) -> None:
    page.goto("/tech/audit")
    expect(page.get_by_text("Only admins with access to the whole desk can see the audit log")).to_be_visible()


def _gone(page: Page, scene: Scene) -> None:
    page.goto("/tech/tickets/no-such-ticket")
    expect(page.get_by_text("That ticket does not exist")).to_be_visible()


def _mirrored(page: Page, scene: Scene) -> None:
    page.goto("/tech/history")
    expect(page.get_by_role("main").get_by_role("link", name=at.SOLVED).first).to_be_visible()
    page.evaluate("document.documentElement.dir = 'rtl'")


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


def _transfer(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    window = chat_window(page, at.HANDLED)
    window.get_by_role("button", name="Chat menu").click()
    page.get_by_role("menuitem", name="Transfer chat").click()
    expect(page.get_by_role("dialog", name="Transfer chat")).to_contain_text("Sam Okafor")


def _replies(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    box = chat_window(page, at.HANDLED).get_by_role("textbox", name="Message")
    box.press_sequentially("/")
    expect(chat_window(page, at.HANDLED).get_by_role("option")).to_have_count(2)


def _offline(page: Page, scene: Scene) -> None:
    chat_window(page, at.HANDLED).get_by_role("textbox", name="Message").fill("")
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="Offline").first).to_be_visible()


SCREENS = (
    Screen("tech-push", "TECH: a requested chat waits for the customer", "sam", _pushed),
    Screen("tech-sessions", "TECH: alert and waiting chats", "sam", _sessions, more=True),
    Screen("tech-ticket", "TECH: a ticket", "sam", _ticket, more=True),
    Screen("tech-history", "TECH: history", "sam", _history),
    Screen("tech-session", "TECH: a session of the history", "sam", _session),
    Screen("tech-supervisor", "TECH: supervisor", "sam", _supervisor),
    Screen("tech-notifications", "TECH: notifications", "sam", _notifications),
    Screen("tech-chat-logs", "TECH: checking a chat log", "sam", _logs),
    Screen("tech-own-replies", "TECH: an engineer's canned replies", "sam", _own_replies),
    Screen("tech-forbidden", "TECH: a page without access", "sam", _forbidden),
    Screen("tech-gone", "TECH: a ticket that does not exist", "sam", _gone),
    Screen("tech-right-to-left", "TECH: from right to left", "sam", _mirrored, more=True),
    Screen("tech-audit", "TECH: audit log", "ava", _audit),
    Screen("tech-settings", "TECH: settings", "ava", _settings),
    Screen("tech-person", "TECH: an engineer's access", "ava", _person),
    Screen("tech-desks-replies", "TECH: the desk's canned replies", "ava", _desks_replies, part="Canned replies"),
    Screen("tech-reply", "TECH: changing a canned reply", "ava", _reply),
    Screen("tech-tickets", "TECH: tickets", "ava", _list, more=True),
    Screen("tech-new-ticket", "TECH: a new ticket", "ava", _new_ticket),
    Screen("tech-palette", "TECH: commands", "ava", _palette),
    Screen("tech-keys", "TECH: keyboard shortcuts", "ava", _keys),
    Screen("tech-chat", "TECH: a chat", "ava", _chat, more=True),
    Screen("tech-customer", "TECH: the customer beside a chat", "ava", _details),
    Screen("tech-end", "TECH: the end of a chat", "ava", _end),
    Screen("tech-transfer", "TECH: handing a chat over", "ava", _transfer),
    Screen("tech-replies", "TECH: choosing a canned reply", "ava", _replies),
    Screen("tech-offline", "TECH: without a connection", "ava", _offline),
)
