"""The screens of the Portal and of signing in. Those of one person are taken in this order, on one page."""

from playwright.sync_api import Page, expect

from tests.e2e.made_files import a_png
from tests.e2e.screens import chat_window, messages, start_chat
from tests.e2e.test_attachments import file
from tests.gallery import scene as at
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen


def _sign_in(page: Page, scene: Scene) -> None:
    page.goto("/sign-in")
    expect(page.get_by_role("region", name="Customers").get_by_role("button").first).to_be_visible()


def _missing(page: Page, scene: Scene) -> None:
    page.goto("/nowhere")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _ended(page: Page, scene: Scene) -> None:
    page.goto("/portal/support")
    restore = chat_window(page, at.ENDED).get_by_role("button", name=f"Restore chat {at.ENDED}")
    expect(restore.or_(chat_window(page, at.ENDED).get_by_role("region", name="After the chat"))).to_be_visible()
    if restore.is_visible():
        restore.click()
    expect(chat_window(page, at.ENDED).get_by_role("region", name="After the chat")).to_be_visible()


def _request(page: Page, scene: Scene) -> None:
    chat_window(page, at.ENDED).get_by_role("button", name="Leave", exact=True).last.click()
    expect(chat_window(page, at.ENDED)).to_have_count(0)
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


def _files(page: Page, scene: Scene) -> None:
    window = chat_window(page, at.HANDLED)
    with page.expect_file_chooser() as chooser:
        window.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([file("display.png", a_png())])
    expect(window.get_by_role("list", name="Files of this message").get_by_role("listitem")).to_have_count(1)
    expect(window.get_by_role("progressbar")).to_have_count(0)


def _preview(page: Page, scene: Scene) -> None:
    window = chat_window(page, at.HANDLED)
    window.get_by_role("button", name="Send", exact=True).click()
    messages(window).get_by_role("button", name="Preview display.png").click()
    picture = page.get_by_role("dialog", name="display.png").get_by_role("img", name="display.png")
    page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())


def _german(page: Page, scene: Scene) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitemradio", name="Deutsch", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", name="Support anfragen", level=1)).to_be_visible()


def _push(page: Page, scene: Scene) -> None:
    asked = page.get_by_role("alertdialog", name="Chat request from Sam Okafor")
    expect(asked).to_contain_text("walk you through")
    expect(asked.get_by_role("button", name="Accept")).to_be_enabled()


SCREENS = (
    Screen("sign-in", "Sign-in of a trial", "", _sign_in, more=True),
    Screen("missing", "An address without a page", "", _missing),
    Screen("portal-ended", "Portal: the question after the end", "max", _ended, more=True),
    Screen("portal-request", "Portal: requesting support", "max", _request, more=True),
    Screen("portal-call-back", "Portal: asking for a call-back", "max", _call_back),
    Screen("portal-waiting", "Portal: waiting for an engineer", "max", _waits),
    Screen("portal-tickets", "Portal: tickets", "mia", _tickets),
    Screen("portal-ticket", "Portal: a ticket", "mia", _ticket, more=True),
    Screen("portal-new-ticket", "Portal: a new ticket", "mia", _new_ticket),
    Screen("portal-notifications", "Portal: notifications", "mia", _notifications),
    Screen("portal-chat", "Portal: a chat", "mia", _chat, more=True),
    Screen("portal-files", "Portal: a file that waits to be sent", "mia", _files),
    Screen("portal-preview", "Portal: preview of a file", "mia", _preview),
    Screen("portal-german", "Portal: in German", "mia", _german),
    Screen("portal-push", "Portal: an engineer requests a chat", "zoe", _push, more=True),
)
