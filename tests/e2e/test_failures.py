"""A temporary failure is shown with a plain message, and one click retries."""

import re

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import (
    alert_card,
    broken,
    chat_window,
    dismiss_toast,
    end_chat,
    messages,
    session_card,
    start_chat,
    try_again,
    try_chat_again,
    write,
)

REFUSED = '{"t": "refused", "commandId": "%s", "refusal": {"kind": "failed_precondition", "code": "too_many", "message": "Not now."}}'


class Posts:
    """Intercepts the messages that a page sends; `outcome` is passed, lost or refused."""

    def __init__(self, page: Page) -> None:
        self.outcome = "passed"
        page.route_web_socket(re.compile(r"/socket\b"), self._connected)
        page.reload()
        page.get_by_role("status").filter(has_text="Connected").first.wait_for(state="attached")

    def _connected(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def sent(frame: str | bytes) -> None:
            text = str(frame)
            if self.outcome == "passed" or '"post"' not in text:
                server.send(frame)
            elif self.outcome == "refused":
                for command_id in re.findall(r'"commandId":"([^"]+)"', text):
                    socket.send(REFUSED % command_id)

        socket.on_message(sent)


def test_a_customer_retries_what_could_not_be_loaded(desk: OwnDesk) -> None:  # spec 9.5
    ticket = desk.ticket("ray", "Scanner is slow")
    ray = desk.page("ray")
    nav = ray.get_by_role("navigation", name="Pages")
    with broken(ray, "**/portal/api/tickets*"):
        nav.get_by_role("link", name="Tickets").click()
        expect(ray.get_by_role("alert").filter(has_text="Your tickets could not be loaded")).to_be_visible()
    try_again(ray, "Your tickets could not be loaded")
    expect(ray.get_by_role("link", name="Scanner is slow")).to_be_visible()
    with broken(ray, f"**/portal/api/tickets/{ticket}"), broken(ray, "**/portal/api/support*"):
        ray.get_by_role("link", name="Scanner is slow").click()
        expect(ray.get_by_role("alert").filter(has_text="The ticket could not be loaded")).to_be_visible()
    with broken(ray, "**/portal/api/support*"):
        try_again(ray, "The ticket could not be loaded")
        expect(ray.get_by_role("heading", name="Scanner is slow")).to_be_visible()
        expect(ray.get_by_text("We couldn't check whether chat is available")).to_be_visible()
    ray.get_by_role("button", name="Try again").click()
    expect(ray.get_by_role("button", name="Chat about this ticket")).not_to_have_attribute("aria-disabled", "true")
    with broken(ray, "**/portal/api/support*"):
        nav.get_by_role("link", name="Request support").click()
        expect(ray.get_by_role("alert").filter(has_text="check whether chat is available")).to_be_visible()
    try_again(ray, "check whether chat is available")
    expect(ray.get_by_role("button", name="Start chat")).to_be_visible()

    start_chat(ray, "Scanner beeps")
    with broken(ray, "**/portal/api/sessions/*"):
        ray.reload()
        window = chat_window(ray, "Scanner beeps")
        expect(window.get_by_role("alert")).to_contain_text("We'll keep trying.")
        try_chat_again(ray, "**/portal/api/sessions/*")
    expect(messages(window)).to_contain_text("Scanner beeps", timeout=20_000)

    with broken(ray, "**/portal/api/start"):
        ray.reload()
        expect(ray.get_by_role("alert").filter(has_text="The support desk cannot be reached")).to_be_visible()
    try_again(ray, "The support desk cannot be reached")
    expect(ray.get_by_role("heading", name="Request support")).to_be_visible()
    with broken(ray, "**/sign-in/api/people"):
        ray.goto("/sign-in")
        expect(ray.get_by_role("alert").filter(has_text="The sign-in page could not be loaded")).to_be_visible()
    try_again(ray, "The sign-in page could not be loaded")
    expect(ray.get_by_role("region", name="Customers").get_by_role("button").first).to_be_visible()


def test_an_engineer_retries_what_could_not_be_loaded_or_done(desk: OwnDesk) -> None:  # spec 4.1, 9.5
    ticket = desk.ticket("pia", "Projector is dim")
    desk.chat("pia", "Which lamp fits?")
    ines = desk.page("ines", "/settings")
    nav = ines.get_by_role("navigation", name="Main")
    with broken(ines, "**/tech/api/tickets*"):
        nav.get_by_role("link", name="Tickets").click()
        expect(ines.get_by_role("alert").filter(has_text="The tickets could not be loaded")).to_be_visible()
    try_again(ines, "The tickets could not be loaded")
    expect(ines.get_by_role("link", name="Projector is dim")).to_be_visible()
    with broken(ines, f"**/tech/api/tickets/{ticket}"):
        ines.get_by_role("link", name="Projector is dim").click()
        expect(ines.get_by_role("alert").filter(has_text="The ticket could not be loaded")).to_be_visible()
    try_again(ines, "The ticket could not be loaded")
    expect(ines.get_by_role("heading", name="Projector is dim")).to_be_visible()
    with broken(ines, "**/tech/api/places"), broken(ines, "**/tech/api/people*"):
        with broken(ines, "**/tech/api/settings/chat"):
            nav.get_by_role("link", name="Settings").click()
            expect(ines.get_by_role("alert").filter(has_text="The settings could not be loaded").first).to_be_visible()
        try_again(ines, "The settings could not be loaded")
        for region in ("Boards", "People", "Files"):
            expect(ines.get_by_role("region", name=region).get_by_role("alert")).to_be_visible()
        ines.get_by_role("searchbox", name="Find a company or customer").fill("pia")
        expect(ines.get_by_role("region", name="Who can chat").get_by_role("alert")).to_be_visible()
    for region, button in (("Boards", "Add a board"), ("People", "End connections of Pia Holt"), ("Who can chat", re.compile("^Pia Holt"))):
        part = ines.get_by_role("region", name=region)
        part.get_by_role("button", name="Try again").click()
        expect(part.get_by_role("button", name=button)).to_be_visible()
    files = ines.get_by_role("region", name="Files")
    files.get_by_role("button", name="Try again").click()
    expect(files.get_by_role("textbox")).to_be_visible()

    with broken(ines, "**/tech/api/alerts/*/dismiss"):
        alert_card(ines, "Which lamp fits?").get_by_role("button", name="Dismiss").click()
        dismiss_toast(ines, "The alert could not be dismissed")
    with broken(ines, "**/tech/api/sessions/*/join"):
        alert_card(ines, "Which lamp fits?").get_by_role("button", name="Join").click()
        alert = ines.get_by_role("alert").filter(has_text="The chat could not be joined")
        expect(alert).to_be_visible()
    alert.get_by_role("button", name="Join").click()
    window = chat_window(ines, "Which lamp fits?")
    expect(messages(window)).to_contain_text("Ines Vega joined the chat")
    with broken(ines, "**/tech/api/people*"):
        window.get_by_role("button", name="Add engineer").click()
        expect(ines.get_by_role("alert").filter(has_text="The engineers could not be loaded")).to_be_visible()
    try_again(ines, "The engineers could not be loaded")
    dialog = ines.get_by_role("dialog", name="Add engineer")
    expect(dialog.get_by_role("button", name="Invite Tom Baker")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    end_chat(window)
    with broken(ines, "**/tech/api/tickets*"):
        ines.get_by_role("button", name="Attach to an existing ticket").click()
        expect(ines.get_by_role("dialog").get_by_role("alert")).to_contain_text("The tickets could not be loaded")
    try_again(ines, "The tickets could not be loaded")
    dialog = ines.get_by_role("dialog", name="End chat session")
    expect(dialog.get_by_role("radio", name=re.compile("Projector is dim"))).to_be_visible()
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(dialog).to_have_count(0)
    with broken(ines, "**/tech/api/sessions/*"):
        ines.reload()
        expect(ines.get_by_role("status").filter(has_text="Connected").first).to_be_attached()
        try_chat_again(ines, "**/tech/api/sessions/*")
    expect(messages(window)).to_contain_text("Which lamp fits?", timeout=20_000)

    with broken(ines, "**/tech/api/start"):
        ines.reload()
        expect(ines.get_by_role("alert").filter(has_text="Parley is not responding")).to_be_visible()
    try_again(ines, "Parley is not responding")
    expect(ines.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    ines.route("**/assets/list_page*.js", lambda route: route.abort())
    nav.get_by_role("link", name="Tickets").click()
    expect(ines.get_by_role("alert").filter(has_text="This part could not be loaded")).to_be_visible()
    ines.unroute("**/assets/list_page*.js")
    ines.route("**/assets/help*.js", lambda route: route.abort())
    ines.get_by_role("button", name="Keyboard shortcuts").click()
    dialog = ines.get_by_role("dialog", name="This part could not be loaded")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    ines.get_by_role("button", name="Reload the page").click()
    expect(ines.get_by_role("heading", name="Tickets", level=1)).to_be_visible()

    end_chat(window)
    ines.get_by_role("button", name="Attach to an existing ticket").click()
    ines.get_by_role("radio", name=re.compile("Projector is dim")).click()
    ines.get_by_role("button", name="End and attach chat log").click()
    expect(messages(window)).to_contain_text("The chat session is now closed")
    ines.get_by_role("link", name="Projector is dim").click()
    expect(ines.get_by_role("list", name="Timeline").get_by_role("link", name=re.compile(r"chat_log_.*\.txt"))).to_have_count(1)


def test_messages_that_could_not_be_sent_are_retried_or_discarded(desk: OwnDesk) -> None:  # spec 4.2, 7.3
    desk.set(customerLeave="always")
    kim, ines, tom = desk.page("kim", "/support"), desk.page("ines"), desk.page("tom")
    of_kim, of_ines = Posts(kim), Posts(ines)
    title = "The blind is stuck"
    at_kim = start_chat(kim, title)
    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, title)
    for posts, window, other in ((of_kim, at_kim, at_ines), (of_ines, at_ines, at_kim)):
        posts.outcome = "refused"
        write(window, "Hello once")
        expect(messages(window)).to_contain_text("Not now.")
        posts.outcome = "passed"
        messages(window).get_by_role("button", name="Retry").click()
        expect(messages(other)).to_contain_text("Hello once")
        expect(messages(window).get_by_role("button", name="Retry")).to_have_count(0)
    of_kim.outcome = "refused"
    write(at_kim, "Hello twice")
    at_kim.get_by_role("button", name="Discard").click()
    expect(messages(at_kim).get_by_text("Hello twice")).to_have_count(0)

    # Leaving and ending wait for messages in flight; the person may go on without them.
    at_ines.get_by_role("button", name="Add engineer").click()
    ines.get_by_role("button", name="Invite Tom Baker").click()
    ines.keyboard.press("Escape")
    alert_card(tom, title).get_by_role("button", name="Join").click()
    expect(messages(at_ines)).to_contain_text("Tom Baker joined the chat")
    of_kim.outcome = of_ines.outcome = "lost"
    for window in (at_kim, at_ines):
        write(window, "Never arrives")
    at_ines.get_by_role("button", name="Leave chat").click()
    ines.get_by_role("button", name="Leave without sending").click()
    expect(at_ines).to_have_count(0)
    at_kim.get_by_role("button", name="Leave chat").click()
    kim.get_by_role("alertdialog").get_by_role("button", name="Leave", exact=True).click()
    kim.get_by_role("button", name="Leave without sending").click()
    expect(at_kim).to_have_count(0)

    of_tom = Posts(tom)
    of_tom.outcome = "lost"
    at_tom = chat_window(tom, title)
    write(at_tom, "Never arrives")
    dialog = end_chat(at_tom)
    dialog.get_by_role("button", name="Close without a ticket").click()
    dialog.get_by_role("button", name="End without sending").click()
    expect(messages(at_tom)).to_contain_text("The chat session is now closed")


def test_try_now_reconnects_at_once(desk: OwnDesk) -> None:  # spec 7.4
    lea, ines = desk.page("lea", "/support"), desk.page("ines")
    title = "Heating is cold"
    at_lea = start_chat(lea, title)
    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    expect(messages(at_lea)).to_contain_text("Ines Vega joined the chat")
    for page in (lea, ines):
        for where in (page.get_by_role("banner").first, chat_window(page, title)):
            # While the browser reports no network, the page retries only after a long delay.
            page.evaluate("dispatchEvent(new Event('offline'))")
            where.get_by_role("button", name="Try now").click()
            expect(page.get_by_role("button", name="Try now")).to_have_count(0)
            expect(page.get_by_role("status").filter(has_text="Connected").first).to_be_attached()
