"""Texts that can break a layout, on the pages of both apps: no page is wider than its screen, and texts are shown as written."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import chat_window, end_chat, messages, session_card, start_chat, write

WORD = "Donaudampfschifffahrt" * 9
LINK = "https://example.com/" + "orders/" * 25
RIGHT_TO_LEFT = "مرحبا بالعالم, the printer"
MARKS = " ".join("a" + "\u0301\u0302\u0303\u0304\u0305" * 10 for _ in range(20))
FAMILIES = "👨‍👩‍👧‍👦" * 28
CODE = "    if printer:\n\tprint()"
# Elements that scroll horizontally, and messages that overflow their log.
TOO_WIDE = """() => {
    const scrolls = (part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== "hidden";
    const parts = [document.scrollingElement, ...document.querySelectorAll("main, [role=log], [role=complementary], dialog")];
    const out = [...document.querySelectorAll("[role=log] p")].filter((text) => {
        const [box, log] = [text.getBoundingClientRect(), text.closest("[role=log]").getBoundingClientRect()];
        return box.left < log.left || box.right > log.right + 1;
    });
    return [...parts.filter(scrolls), ...out].map((part) => `${part.tagName} ${part.className} ${part.scrollWidth}`);
}"""


def check_widths(page: Page, shoot: Callable[[Page, str], None], name: str, *widths: int) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740})
        assert (name, width, page.evaluate(TOO_WIDE)) == (name, width, [])
        shoot(page, f"{name}-{width}")


def ticket_of(desk: OwnDesk, number: int, summary: str) -> str:
    body = {"commandId": f"foreign-{number}", "summary": summary, "text": f"{CODE}\n{WORD}\n{RIGHT_TO_LEFT}\n{LINK}\n{MARKS}"}
    return str(desk.api("kim", "POST", "/tickets", body)["ticket"]["id"])


@pytest.mark.timeout(120)
def test_no_text_makes_a_page_wider_than_its_screen(desk: OwnDesk, shoot: Any) -> None:  # spec 3.6, 9.1
    tickets = [ticket_of(desk, number, summary) for number, summary in enumerate((LINK[:200], RIGHT_TO_LEFT, FAMILIES, MARKS[:200], WORD))]
    wish = {"phone": "+1 212 555 0123 ext. 45", "note": f"{WORD}\n{MARKS[:400]}"}
    desk.api("ray", "POST", "/callbacks", {"commandId": "foreign-callback", "text": WORD, "wish": wish})
    kim, ray, ines = desk.page("kim", "/support"), desk.page("ray", "/support"), desk.page("ines")

    expect(ray.get_by_role("region", name="Your call-back requests")).to_contain_text("+12125550123 ext. 45")
    check_widths(ray, shoot, "portal-request", 375, 320)

    window = start_chat(kim, WORD)
    for text in (LINK, RIGHT_TO_LEFT, MARKS, FAMILIES, CODE):
        write(window, text)
    expect(messages(window).get_by_text("print()")).to_have_text(CODE, use_inner_text=True)  # spec 3.6
    check_widths(kim, shoot, "portal-chat", 375, 320)

    call = session_card(ines, "Callbacks", WORD).get_by_role("link", name="Call +12125550123 ext. 45")
    expect(call).to_have_attribute("href", "tel:+12125550123;ext=45")  # spec 4.10
    session_card(ines, "Waiting", WORD).get_by_role("button", name="Join").click()
    expect(messages(chat_window(ines, WORD)).get_by_text("print()")).to_be_visible()
    check_widths(ines, shoot, "tech-chat", 1280, 375)
    ines.set_viewport_size({"width": 1280, "height": 800})
    dialog = end_chat(chat_window(ines, WORD))
    dialog.get_by_role("button", name="Create ticket and attach chat log").click()
    expect(dialog).to_have_count(0)
    expect(messages(window)).to_contain_text("This chat is saved on ticket")
    kim.set_viewport_size({"width": 1280, "height": 800})
    window.get_by_role("button", name="Open the ticket").click()
    expect(kim.get_by_role("list", name="Timeline")).to_be_visible()
    with_log = kim.url.rpartition("/")[2]
    window.get_by_role("button", name="Leave", exact=True).click()
    chat_window(ines, WORD).get_by_role("button", name="Leave", exact=True).click()

    for ticket in (*tickets[:3], with_log):
        kim.goto(f"/portal/tickets/{ticket}")
        expect(kim.get_by_role("list", name="Timeline")).to_be_visible()
        check_widths(kim, shoot, f"portal-ticket-{ticket[:3]}", 375, 320)
        ines.goto(f"/tech/tickets/{ticket}")
        expect(ines.get_by_role("list", name="Timeline")).to_be_visible()
        check_widths(ines, shoot, f"tech-ticket-{ticket[:3]}", 375)
    for page, name in ((kim, "portal"), (ines, "tech")):
        page.goto(f"/{name}/tickets" if name == "portal" else "/tech/")
        expect(page.get_by_text(RIGHT_TO_LEFT).first).to_be_visible()
        check_widths(page, shoot, f"{name}-tickets", 375)
