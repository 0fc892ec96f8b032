"""Web Push to a browser of which no page is open, with its notification on the desktop (spec 5.5, 5.8)."""

import json
import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Playwright, Route, expect

from stack.services import Stack
from stack.setup.programs import find_chromium, find_dbus
from tests.e2e.conftest import ARGS
from tests.e2e.desktop import Desktop, desktop
from tests.e2e.notified import hide, listen, until
from tests.e2e.other_thread import in_other_thread
from tests.e2e.own_desk import OwnDesk
from tests.e2e.push_back_end import PushBackEnd, push_back_end
from tests.e2e.screens import alert_card, chat_window, messages, session_card, write

TITLE = "Printer is on fire"
KIM, RAY, LEA, PIA = (f"{name} · Northwind" for name in ("Kim Lund", "Ray Cole", "Lea Moss", "Pia Holt"))
NOA = "Noa Stern"
needs_dbus = pytest.mark.skipif(find_dbus() is None, reason="desktop notifications need dbus-daemon (make setup installs it as root)")


@pytest.fixture(scope="module")
def running_desktop() -> Iterator[Desktop]:
    with in_other_thread(desktop()) as running:
        yield running


@pytest.fixture
def on_desktop(running_desktop: Desktop) -> Desktop:
    """Without what an earlier test left there."""
    running_desktop.clear()
    return running_desktop


@pytest.fixture(scope="module")
def back_end(push_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushBackEnd]:
    with in_other_thread(push_back_end(push_port, tmp_path_factory.mktemp("push"))) as running:
        yield running


@pytest.fixture(scope="module")
def browser_with_push(
    playwright: Playwright, back_end: PushBackEnd, running_desktop: Desktop, stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """One browser for all tests of the file. A blank page of it stays open."""

    def name_the_test_service(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        route.continue_(post_data=json.dumps({**body, "endpoint": back_end.endpoint_of(body["endpoint"])}))

    context = playwright.chromium.launch_persistent_context(
        str(tmp_path_factory.mktemp("profile")),
        executable_path=str(find_chromium(whole=True)),
        args=[*ARGS, *back_end.flags],
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": running_desktop.address},
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(20_000)
    context.grant_permissions(["notifications"], origin=stack.http_url)
    listen(context)
    for path in ("subscriptions", "subscriptions/remove", "test-notification"):
        context.route(f"**/api/{path}", name_the_test_service)
    yield context
    context.close()


def subscriptions(desk: OwnDesk, word: str) -> int:
    return int(desk.api(word, "GET", "/preferences").get("subscriptions", 0))


@needs_dbus
def test_an_engineer_with_no_page_open_joins_from_the_desktop(
    desk: OwnDesk, browser_with_push: BrowserContext, on_desktop: Desktop
) -> None:  # spec 5.5, 5.8, 5.9, 5.10
    page = desk.open(browser_with_push, "ines", "/notifications")
    push = page.get_by_role("switch", name="Web Push when I'm away")
    for on in (True, False, True):
        push.click()
        expect(push).to_be_checked(checked=on)
    page.get_by_role("button", name="Send push").click()
    expect(page.get_by_role("list", name="Checks")).to_contain_text("OK. This device received the push and showed it.")
    until(page, lambda: on_desktop.shows("Test notification"))

    blank = browser_with_push.pages[0]
    page.close()
    desk.until_offline("ines")
    # Somebody else joins, and the notification disappears.
    noa = desk.page("noa")
    desk.chat("ray", "Scanner is dead")
    until(blank, lambda: on_desktop.shows(RAY))
    alert_card(noa, "Scanner is dead").get_by_role("button", name="Join").click()
    until(blank, lambda: not on_desktop.shows(RAY))

    desk.chat("lea", "Phone is mute")
    until(blank, lambda: on_desktop.shows(LEA))
    on_desktop.press(LEA, "Dismiss")
    until(blank, lambda: not on_desktop.shows(LEA))
    assert [page.url for page in browser_with_push.pages] == [blank.url]

    desk.chat("kim", TITLE)
    until(blank, lambda: on_desktop.shows(KIM))
    with browser_with_push.expect_page() as opened:
        on_desktop.press(KIM, "Join")
    expect(messages(chat_window(opened.value, TITLE))).to_contain_text("Ines Vega joined the chat")
    expect(session_card(opened.value, "Waiting", "Phone is mute")).to_be_visible()
    expect(alert_card(opened.value, "Phone is mute")).to_have_count(0)

    # In a page that is open behind another one, a click on a notification itself opens its chat.
    joined = opened.value
    hide(joined)
    desk.until_pages("ines", lambda pages: [page.visible for page in pages] == [False])
    desk.chat("pia", "Door is stuck")
    until(blank, lambda: on_desktop.shows(PIA))
    on_desktop.click(PIA)
    expect(chat_window(joined, "Door is stuck")).to_contain_text("Join to write")
    assert len(browser_with_push.pages) == 2

    # A person who signs out gets no more pushes.
    assert subscriptions(desk, "ines") == 1
    joined.get_by_role("button", name="Your presence").click()
    joined.get_by_role("menuitem", name="Sign out").click()
    expect(joined.get_by_role("button", name="Sign in as Ava Chen")).to_be_visible()
    until(blank, lambda: subscriptions(desk, "ines") == 0)
    joined.close()


@needs_dbus
def test_a_customer_with_no_page_open_gets_messages_and_push_chats(
    desk: OwnDesk, browser_with_push: BrowserContext, on_desktop: Desktop
) -> None:  # spec 1.15, 5.2, 5.5, 5.6, 5.8
    blank, noa = browser_with_push.pages[0], desk.page("noa")
    # The chat that she has, or a new one.
    title = desk.api("lea", "POST", "/chats", {"commandId": "wet", "text": "Keyboard is wet"})["session"]["card"]["title"]
    page = desk.open(browser_with_push, "lea")
    until(blank, lambda: subscriptions(desk, "lea") == 1)
    alert_card(noa, title).get_by_role("button", name="Join").click()
    at_noa = chat_window(noa, title)
    expect(messages(at_noa)).to_contain_text("Noa Stern joined the chat")
    page.close()
    desk.until_pages("lea", lambda pages: pages == [])
    write(at_noa, "Is it dry by now?")
    until(blank, lambda: on_desktop.shows(NOA))
    with browser_with_push.expect_page() as opened:
        on_desktop.click(NOA)
    at_lea = chat_window(opened.value, title)
    expect(messages(at_lea)).to_contain_text("Is it dry by now?")
    opened.value.close()
    desk.until_pages("lea", lambda pages: pages == [])

    pushed = {"commandId": "push", "text": "Shall I bring another one?"}
    session = desk.api("noa", "POST", f"/tickets/{desk.ticket('lea', 'New keyboard')}/push-chat", pushed)["session"]["card"]
    until(blank, lambda: on_desktop.shows(NOA))
    # Answered elsewhere, it disappears.
    desk.api("lea", "POST", f"/sessions/{session['sessionId']}/answer", {"commandId": "no", "answer": "PUSH_ANSWER_DECLINE"})
    until(blank, lambda: not on_desktop.shows(NOA))

    # An admin ends the customer's connections, and with them the sign-ins and their subscriptions.
    desk.api("ines", "POST", f"/people/{session['customer']['id']}/end-connections", {"commandId": "end", "reason": "A lost phone"})
    desk.sign_in_anew("lea")
    until(blank, lambda: subscriptions(desk, "lea") == 0)
