"""The screens of a transfer: an engineer asks another one, who accepts. They follow those of TECH and the Portal, on the same pages."""

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import until_connected
from tests.e2e.screens import alert_card, chat_window, messages
from tests.e2e.test_transfer import open_dialog
from tests.gallery import scene as at
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen

HANDED_OVER = "Ava Chen handed the chat over to Sam Okafor"


def _asks(page: Page, scene: Scene) -> None:
    page.context.set_offline(False)
    until_connected(page)
    window = chat_window(page, at.HANDLED)
    open_dialog(window).get_by_role("button", name="Ask Sam Okafor").click()
    expect(window.get_by_role("button", name="Withdraw")).to_be_visible()
    expect(page.get_by_role("dialog", name="Transfer chat")).to_have_count(0)


def _is_asked(page: Page, scene: Scene) -> None:
    page.goto("/tech/tickets")
    expect(alert_card(page, at.HANDLED)).to_contain_text("Ava Chen asks you to take over")


def _accepts(page: Page, scene: Scene) -> None:
    alert_card(page, at.HANDLED).get_by_role("button", name="Accept").click()
    expect(messages(chat_window(page, at.HANDLED))).to_contain_text(HANDED_OVER)


def _has_handed_over(page: Page, scene: Scene) -> None:
    expect(messages(chat_window(page, at.HANDLED))).to_contain_text(HANDED_OVER)


def _customer(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name="Ihr Konto").click()
    page.get_by_role("menuitemradio", name="English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(messages(chat_window(page, at.HANDLED))).to_contain_text(HANDED_OVER)


SCREENS = (
    Screen("tech-transfer-asks", "TECH: another engineer is asked to take a chat over", "ava", _asks),
    Screen("tech-transfer-asked", "TECH: an engineer is asked to take a chat over", "sam", _is_asked, more=True),
    Screen("tech-transfer-accepted", "TECH: the engineer who took the chat over", "sam", _accepts),
    Screen("tech-transfer-over", "TECH: the engineer who handed the chat over", "ava", _has_handed_over),
    Screen("portal-transfer", "Portal: the chat has another engineer", "mia", _customer),
)
