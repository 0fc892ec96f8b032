"""Finds parts of the screens by their roles and accessible names."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Route, expect

INTERNAL_MESSAGE = "Stream removed"


def start_chat(portal: Page, text: str) -> Locator:
    """Requests a chat on the request page; returns the chat window."""
    portal.get_by_role("link", name="Request support").first.click()
    portal.get_by_role("textbox", name="How can we help?").fill(text)
    portal.get_by_role("button", name="Start chat").click()
    return chat_window(portal, text)


def chat_window(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=f"Chat: {title}")


def alert_card(tech: Page, title: str) -> Locator:
    return tech.get_by_role("region", name="Chat alerts").get_by_role("article", name=title)


def session_card(tech: Page, tab: str, title: str) -> Locator:
    """A card in a tab of the session manager. Opens the tab if it is closed."""
    header = tech.get_by_role("complementary", name="Sessions").get_by_role("tab", name=tab)
    if header.get_attribute("aria-selected") != "true":
        header.click()
    return tech.get_by_role("complementary", name="Sessions").get_by_role("article", name=title)


def open_and_close_menu(card: Locator) -> None:
    """The menu of a session's card."""
    card.get_by_role("button", name="Session menu").click()
    expect(card.page.get_by_role("menuitem", name="Why did it not ring me?")).to_be_visible()
    card.page.keyboard.press("Escape")
    expect(card.page.get_by_role("menuitem")).to_have_count(0)


def write(window: Locator, text: str) -> None:
    window.get_by_role("textbox", name="Message").fill(text)
    window.get_by_role("textbox", name="Message").press("Enter")


def messages(window: Locator) -> Locator:
    return window.get_by_role("log", name="Messages")


def end_chat(window: Locator) -> Locator:
    """Opens the end dialog from the window's menu."""
    window.get_by_role("button", name="Chat menu").click()
    window.page.get_by_role("menuitem", name="End chat session").click()
    return window.page.get_by_role("dialog", name="End chat session")


def close_up(*windows: Locator) -> None:
    for window in windows:
        expect(messages(window)).to_contain_text("The chat session is now closed")
        window.get_by_role("button", name="Leave", exact=True).last.click()
        expect(window).to_have_count(0)


def close_with_note(card: Locator, note: str) -> None:
    """Closes an abandoned session or a call-back from its card."""
    card.get_by_role("button", name="End session").click()
    dialog = card.page.get_by_role("dialog", name="Close session")
    dialog.get_by_role("textbox", name="What was done?").fill(note)
    dialog.get_by_role("button", name="Close session").click()
    expect(dialog).to_have_count(0)
    expect(card).to_have_count(0)


def choose_theme(page: Page, opener: Locator, themes: dict[str, str | None]) -> None:
    """Chooses each theme from the menu of `opener` and checks that it is applied."""
    for name, theme in themes.items():
        opener.click()
        page.get_by_role("menuitemradio", name=name, exact=True).click()
        shown = page.locator(f'html[data-theme="{theme}"]' if theme else "html:not([data-theme])")
        expect(shown).to_have_count(1)


def choose_density(page: Page, opener: Locator) -> None:
    """Chooses each density from the menu of `opener` and checks that rows, cards and messages get less room, and get it back."""
    for name, density in (("Compact", "compact"), ("Comfortable", None)):
        opener.click()
        page.get_by_role("menuitemradio", name=name, exact=True).click()
        shown = page.locator(f'html[data-density="{density}"]' if density else "html:not([data-density])")
        expect(shown).to_have_count(1)


def dismiss_toast(page: Page, text: str) -> None:
    toast = page.get_by_role("status").or_(page.get_by_role("alert")).filter(has_text=text)
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


@contextmanager
def broken(page: Page, pattern: str) -> Iterator[None]:
    """Calls that match `pattern` fail with an internal message, which the page must not show."""

    def fail(route: Route) -> None:
        body = f'{{"error": {{"kind": "data_loss", "code": "data_loss", "message": "{INTERNAL_MESSAGE}"}}}}'
        route.fulfill(status=500, body=body, content_type="application/json")

    page.route(pattern, fail)
    yield
    expect(page.locator("body")).not_to_contain_text(INTERNAL_MESSAGE)
    page.unroute(pattern)


def try_again(page: Page, title: str) -> None:
    page.get_by_role("alert").filter(has_text=title).get_by_role("button", name="Try again").click()


def try_chat_again(page: Page, pattern: str) -> None:
    """Presses Try again while the calls that match `pattern` fail, waits for a call, then lets the calls pass.

    The page also retries by itself, so the button may be gone by then.
    """
    title = "The chat could not be loaded"
    with page.expect_request(pattern):
        try_again(page, title)
    page.unroute(pattern)
    button = page.get_by_role("alert").filter(has_text=title).get_by_role("button", name="Try again")
    button.evaluate_all("buttons => buttons.forEach((button) => button.click())")


def network_is_back(page: Page) -> None:
    """Fires the browser's online event, as when a laptop wakes up; the page then reconnects at once."""
    page.evaluate("dispatchEvent(new Event('online'))")
