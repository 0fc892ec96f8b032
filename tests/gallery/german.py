"""TECH in German, on the page on which a chat was handed over."""

from playwright.sync_api import Locator, Page, expect

from tests.e2e.screens import chat_window
from tests.gallery import scene as at
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen


def _panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Chats")


def _tickets(page: Page, scene: Scene) -> None:
    # On a phone the window and the panel would cover the pages that follow.
    chat_window(page, at.HANDLED).get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Collapse").click()
    page.get_by_role("button", name="Your presence").click()
    page.get_by_role("menuitemradio", name="Deutsch", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("main").get_by_role("link", name="VPN drops every afternoon")).to_be_visible()


def _ticket(page: Page, scene: Scene) -> None:
    page.goto(f"/tech/tickets/{scene.tickets['VPN drops every afternoon']}")
    expect(page.get_by_role("list", name="Verlauf")).to_contain_text("I have doubled it")


def _supervisor(page: Page, scene: Scene) -> None:
    page.goto("/tech/supervisor")
    expect(page.get_by_role("img", name="Anfragen pro Stunde")).to_be_visible()


def _settings(page: Page, scene: Scene) -> None:
    page.goto("/tech/settings")
    expect(page.get_by_role("heading", name="Einstellungen", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Textbausteine").get_by_role("listitem").first).to_be_visible()


def _sessions(page: Page, scene: Scene) -> None:
    page.goto("/tech/tickets")
    _panel(page).get_by_role("tab", name="Wartend").click()
    expect(_panel(page).get_by_role("article", name=at.WAITING)).to_be_visible()


def _chat(page: Page, scene: Scene) -> None:
    _panel(page).get_by_role("article", name=at.WAITING).get_by_role("button", name="Beitreten").click()
    expect(chat_window(page, at.WAITING).get_by_role("log")).to_contain_text("Ava Chen ist dem Chat beigetreten")


SCREENS = (
    Screen("tech-german-tickets", "TECH in German: tickets", "ava", _tickets, more=True),
    Screen("tech-german-ticket", "TECH in German: a ticket", "ava", _ticket, more=True),
    Screen("tech-german-supervisor", "TECH in German: supervisor", "ava", _supervisor, more=True),
    Screen("tech-german-settings", "TECH in German: settings", "ava", _settings, more=True),
    Screen("tech-german-sessions", "TECH in German: waiting chats", "ava", _sessions),
    Screen("tech-german-chat", "TECH in German: a chat", "ava", _chat, more=True),
)
