"""Preferences and tests of notifications on their page, in both apps."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from stack.services import Stack
from tests.e2e.notified import expect_heard, listen
from tests.e2e.own_desk import OwnDesk

Shoot = Callable[[Page, str], None]
DENIED = "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
APPS = {"ines": ("Your presence:", "Web Push when I'm away"), "kim": ("Your account", "Web Push when Parley is closed")}


@pytest.fixture(scope="module")
def desk_of_the_module(stack: Stack, whole_browser: Browser) -> OwnDesk:
    return OwnDesk(stack, whole_browser, "notifications-page")


def check(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Checks").get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))


def turn(switch: Locator, on: bool) -> None:
    switch.click()
    expect(switch).to_be_checked(checked=on)


@pytest.mark.parametrize("word", ["ines", "kim"])
def test_preferences_are_saved_each_step_is_tested_and_a_blocked_permission_is_explained(
    desk: OwnDesk, shoot: Shoot, word: str
) -> None:  # spec 5.2, 5.10, 5.12
    menu, push_name = APPS[word]
    # Customers get the offer to allow notifications while they have a chat. An engineer's page would be alerted to it by sounds.
    if word == "kim":
        desk.chat("ray", "Mail is slow")
    for button in ("Not now", "Allow notifications"):
        offered = desk.page("ray" if word == "kim" else word)
        offered.get_by_role("button", name=button).click()
        expect(offered.get_by_role("button", name="Not now")).to_have_count(0)
    page = desk.page(word, prepare=listen)
    page.get_by_role("button", name=menu).click()
    page.get_by_role("menuitem", name="Notifications").click()
    expect(page.get_by_role("heading", name="Notifications", level=1)).to_be_visible()
    permission = check(page, "Browser permission")
    permission.get_by_role("button", name="Allow").click()
    page.context.grant_permissions(["notifications"])
    expect(permission).to_contain_text("OK. Your browser lets Parley show notifications.")

    sounds, volume = page.get_by_role("switch", name="Play sounds"), page.get_by_role("slider", name="Volume")
    turn(sounds, False)
    expect(volume).to_be_disabled()
    turn(sounds, True)
    volume.fill("40")
    expect_heard(page, "chime")
    page.get_by_role("combobox", name="New chat").select_option("Bell")
    expect_heard(page, "chime", "bell")
    page.get_by_role("combobox", name="New message").select_option("Marimba")
    expect_heard(page, "chime", "bell", "marimba")
    page.get_by_role("button", name="Play the sound: New chat").click()
    expect_heard(page, "chime", "bell", "marimba", "bell")
    page.get_by_role("button", name="Play the sound: New message").click()
    expect_heard(page, "chime", "bell", "marimba", "bell", "marimba")
    outside = page.get_by_role("switch", name="Browser notifications")
    turn(outside, False)
    turn(outside, True)

    check(page, "Sound").get_by_role("button", name="Play").click()
    expect(check(page, "Sound")).to_contain_text("OK. The sound was played.")
    check(page, "Test notification").get_by_role("button", name="Send test").click()
    expect(check(page, "Test notification")).to_contain_text("OK. The notification was shown.")
    # This browser has no push service.
    push = page.get_by_role("switch", name=push_name)
    push.click()
    expect(page.get_by_role("alert").filter(has_text="Web Push is not available in this browser or network")).to_be_visible()
    expect(push).not_to_be_checked()
    check(page, "Web Push to this device").get_by_role("button", name="Send push").click()
    expect(check(page, "Web Push to this device")).to_contain_text("Web Push is not available")
    shoot(page, "wide")

    page.reload()
    expect(volume).to_have_value("40")
    expect(page.get_by_role("combobox", name="New chat")).to_have_value("bell")
    expect(page.get_by_role("combobox", name="New message")).to_have_value("marimba")

    # The browser is told to block notifications, on a phone in the dark theme.
    page.context.add_init_script(DENIED)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 375, "height": 740})
    page.reload()
    expect(page.get_by_text("Your browser blocks notifications from Parley. To allow them")).to_be_visible()
    expect(permission).to_contain_text("Allow notifications in your browser's settings for this site")
    outside.click()
    expect(outside).not_to_be_checked()
    shoot(page, "phone")
    check(page, "Connection").scroll_into_view_if_needed()
    shoot(page, "checks")
    page.get_by_role("button", name=menu).click()
    expect(page.get_by_role("menuitem", name="Notifications")).to_have_attribute("title", "Notifications: blocked")
