"""The pages of both apps from right to left, at a zoom of 200 %, and without motion."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from stack.services import Stack
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, session_card, start_chat, write

Shoot = Callable[[Page, str], None]
ARABIC = "الطابعة لا تعمل, error 0x80 (أمس)"
# What is seen and lies outside of the viewport, sideways: nothing scrolls in that direction.
OUTSIDE = """() => [document.documentElement, ...document.querySelectorAll("main, [role=log], [role=complementary]")]
    .filter((part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== "hidden")
    .concat([...document.querySelectorAll("button, a, input, textarea, select, h1, h2, h3, article, [role=tab]")].filter((part) => {
        const box = part.getBoundingClientRect();
        const seen = part.checkVisibility() && box.width > 1 && !part.closest(".unseen");
        return seen && (box.left < -1 || box.right > innerWidth + 1);
    }))
    .map((part) => part.outerHTML.slice(0, 120))"""
# Controls of the page that cannot be scrolled to where a click reaches them.
OUT_OF_REACH = """() => [...document.querySelectorAll("main :is(button, a, input, textarea, select)")].filter((control) => {
    if (!control.checkVisibility() || control.disabled || control.closest(".unseen, [inert]")) return false;
    control.scrollIntoView({ block: "center" });
    const { left, top, width, height } = control.getBoundingClientRect();
    if (width < 2) return false;
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return !found || !(control.contains(found) || found.contains(control) || control.labels?.[0]?.contains(found));
}).map((control) => control.outerHTML.slice(0, 120))"""
MOVING = """() => [...document.querySelectorAll("*")].filter((part) => {
    const { transitionDuration, animationDuration } = getComputedStyle(part);
    return [transitionDuration, animationDuration].some((times) => times.split(", ").some((time) => parseFloat(time) > 0.01));
}).map((part) => part.className)"""

# Parts that have neither a ground nor a border of their own: with forced colours nothing of them would be seen.
FLAT = """() => [".dot--online", "nav [aria-current=page]", ".chat-log__text"].filter((name) => {
    const { backgroundColor, borderTopWidth } = getComputedStyle(document.querySelector(name));
    const ground = getComputedStyle(document.body).backgroundColor;
    return borderTopWidth === "0px" && ["rgba(0, 0, 0, 0)", ground].includes(backgroundColor);
})"""


def wrong(page: Page, check: str) -> list[str]:
    """What `check` finds once the page has settled: it lays windows and menus out after a change of size."""
    for _ in range(100):
        found: list[str] = page.evaluate(check)
        if not found:
            break
        page.wait_for_timeout(100)
    return found


def box(part: Locator) -> FloatRect:
    found = part.bounding_box()
    assert found
    return found


def from_right_to_left(*parts: Locator) -> None:
    """Each part begins to the left of the one before it."""
    starts = [box(part)["x"] + box(part)["width"] for part in parts]
    assert starts == sorted(starts, reverse=True)


def mirrored(page: Page, shoot: Shoot, name: str, *widths: int) -> None:
    page.evaluate("document.dir = 'rtl'")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert (name, width, wrong(page, OUTSIDE)) == (name, width, [])
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            shoot(page, f"{name}-{width}-{scheme}")


@pytest.mark.timeout(120)
def test_both_apps_are_mirrored_when_they_are_read_from_right_to_left(desk: OwnDesk, shoot: Shoot) -> None:  # spec 13.6
    kim, ray, ines = desk.page("kim", "/support"), desk.page("ray", "/support"), desk.page("ines")
    at_kim = start_chat(kim, ARABIC)
    session_card(ines, "Waiting", ARABIC).get_by_role("button", name="Join").click()
    write(at_kim, "Mail me: kim@example.com")
    expect(messages(chat_window(ines, ARABIC))).to_contain_text("kim@example.com")
    start_chat(ray, "Second screen is dark")
    expect(alert_card(ines, "Second screen is dark")).to_be_visible()

    mirrored(ines, shoot, "tech", 390, 1280)
    page, sessions = ines.get_by_role("main"), ines.get_by_role("complementary", name="Sessions")
    from_right_to_left(page, sessions)
    from_right_to_left(*(ines.get_by_role("link", name=name, exact=True) for name in ("Tickets", "History", "Settings")))
    window = chat_window(ines, ARABIC)
    from_right_to_left(window.get_by_role("textbox", name="Message"), window.get_by_role("button", name="Send"))
    width = box(window)["width"]
    corner = box(ines.get_by_role("button", name="Resize the chat window"))
    ines.mouse.move(corner["x"] + corner["width"] - 6, corner["y"] + 6)
    ines.mouse.down()
    ines.mouse.move(corner["x"] + corner["width"] + 54, corner["y"] + 6)
    ines.mouse.up()
    expect(window).to_have_css("width", f"{width + 60:g}px")
    window.get_by_role("button", name="Chat menu").click()
    expect(ines.get_by_role("menuitem", name="End chat session")).to_be_in_viewport(ratio=1)
    assert wrong(ines, OUTSIDE) == []
    ines.keyboard.press("Escape")

    mirrored(kim, shoot, "portal", 390, 1280)
    from_right_to_left(*(kim.get_by_role("link", name=name, exact=True) for name in ("Tickets", "Request support")))
    from_right_to_left(kim.get_by_role("heading", level=1), at_kim)
    for app in (ines, kim):
        app.emulate_media(forced_colors="active", reduced_motion="reduce")
        assert app.evaluate(FLAT) == []
        shoot(app, "forced")


@pytest.mark.timeout(120)
def test_at_a_zoom_of_200_percent_everything_is_in_reach_without_sideways_scrolling(
    desk: OwnDesk, browser: Browser, stack: Stack, shoot: Shoot
) -> None:  # spec 13.6
    number = desk.ticket("pia", "Monitor stays black")
    pages: dict[str, tuple[str, tuple[str, ...]]] = {
        "ines": ("tech", ("", f"tickets/{number}", "history", "supervisor", "settings", "notifications")),
        "pia": ("portal", ("support", "tickets", f"tickets/{number}")),
    }
    # A window of 1280 x 800 pixels, zoomed.
    size: Any = {"width": 640, "height": 400}
    for word, (app, paths) in pages.items():
        context = browser.new_context(viewport=size, device_scale_factor=2, reduced_motion="reduce", base_url=stack.http_url)
        page = desk.open(context, word)
        for path in paths:
            page.goto(f"/{app}/{path}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_role("main").get_by_role("button").or_(page.get_by_role("main").get_by_role("link")).first).to_be_visible()
            assert (path, wrong(page, OUTSIDE), wrong(page, OUT_OF_REACH)) == (path, [], [])
            assert page.evaluate(MOVING) == []
            shoot(page, f"{app}-{path.replace('/', '-')}")
        context.close()
