"""The screens of the Portal and of signing in. Those of one person are taken in this order, on one page."""

from playwright.sync_api import Page, expect

from tests.e2e.screens import chat_window, messages, start_chat
from tests.gallery import scene as at
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen


def _sign_in(page: Page, scene: Scene) -> None:
    page.goto("/sign-in")
    expect(page.get_by_role("region", name="Customers").get_by_role("button").first).to_be_visible()


def _missing(page: Page, scene: Scene) -> None:
    page.goto("/nowhere")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _request(page: Page, scene: Scene) -> None:
    page.goto("/portal/support")
    page.get_by_role("textbox", name="How can we help?").fill("My calendar shows yesterday's meetings")
    expect(page.get_by_role("button", name="Start chat")).to_be_enabled()


def _call_back(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name="Call me back").click()
    expect(page.get_by_role("dialog", name="Call me back")).to_be_visible()


def _waits(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    window = start_chat(page, "My calendar shows yesterday's meetings")
    expect(messages(window)).to_contain_text("My calendar shows")


def _tickets(page: Page, scene: Scene) -> None:
    # On a phone the open chat would cover the pages that follow.
    chat_window(page, at.HANDLED).get_by_role("button", name="Minimise").click()
    page.goto("/portal/tickets")
    expect(page.get_by_role("main").get_by_role("link", name="VPN drops every afternoon")).to_be_visible()


def _ticket(page: Page, scene: Scene) -> None:
    page.goto(f"/portal/tickets/{scene.tickets['VPN drops every afternoon']}")
    expect(page.get_by_role("list", name="Timeline")).to_contain_text("stayed connected")


def _new_ticket(page: Page, scene: Scene) -> None:
    page.goto("/portal/tickets/new")
    expect(page.get_by_role("textbox").first).to_be_visible()


def _notifications(page: Page, scene: Scene) -> None:
    page.goto("/portal/notifications")
    expect(page.get_by_role("slider", name="Volume")).to_be_visible()


def _chat(page: Page, scene: Scene) -> None:
    page.goto("/portal/support")
    chat_window(page, at.HANDLED).get_by_role("button", name=f"Restore chat {at.HANDLED}").click()
    expect(messages(chat_window(page, at.HANDLED))).to_contain_text("I will tell the others")


SCREENS = (
    Screen("sign-in", "Sign-in of a trial", "", _sign_in, more=True),
    Screen("missing", "An address without a page", "", _missing),
    Screen("portal-request", "Portal: requesting support", "max", _request, more=True),
    Screen("portal-call-back", "Portal: asking for a call-back", "max", _call_back),
    Screen("portal-waiting", "Portal: waiting for an engineer", "max", _waits),
    Screen("portal-tickets", "Portal: tickets", "mia", _tickets),
    Screen("portal-ticket", "Portal: a ticket", "mia", _ticket, more=True),
    Screen("portal-new-ticket", "Portal: a new ticket", "mia", _new_ticket),
    Screen("portal-notifications", "Portal: notifications", "mia", _notifications),
    Screen("portal-chat", "Portal: a chat", "mia", _chat, more=True),
)
