"""Web Push to a browser of which no page is open, with its notification on the desktop (spec 5.5, 5.8)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, Route, expect

from stack.services import Stack
from stack.setup.programs import find_chromium, find_dbus
from tests.e2e.conftest import ARGS
from tests.e2e.desktop import Desktop, desktop
from tests.e2e.notified import until
from tests.e2e.other_thread import in_other_thread
from tests.e2e.own_desk import OwnDesk
from tests.e2e.push_back_end import PushBackEnd, push_back_end
from tests.e2e.screens import alert_card, chat_window, messages, session_card

TITLE = "Printer is on fire"
KIM, RAY, LEA = (f"{name} · Northwind" for name in ("Kim Lund", "Ray Cole", "Lea Moss"))
needs_dbus = pytest.mark.skipif(find_dbus() is None, reason="there is no dbus-daemon (Debian package: dbus)")


@pytest.fixture
def on_desktop() -> Iterator[Desktop]:
    with in_other_thread(desktop()) as running:
        yield running


@pytest.fixture
def back_end(push_port: int, tmp_path: Path) -> Iterator[PushBackEnd]:
    with in_other_thread(push_back_end(push_port, tmp_path)) as running:
        yield running


@pytest.fixture
def browser_with_push(
    playwright: Playwright, back_end: PushBackEnd, on_desktop: Desktop, stack: Stack, tmp_path: Path
) -> Iterator[BrowserContext]:
    def name_the_test_service(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        route.continue_(post_data=json.dumps({**body, "endpoint": back_end.endpoint_of(body["endpoint"])}))

    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=str(find_chromium(whole=True)),
        args=[*ARGS, *back_end.flags],
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": on_desktop.address},
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(20_000)
    context.grant_permissions(["notifications"], origin=stack.http_url)
    for path in ("subscriptions", "test-notification"):
        context.route(f"**/api/{path}", name_the_test_service)
    yield context
    context.close()


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
