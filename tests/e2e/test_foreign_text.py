"""Texts that can break a layout, on the pages of both apps: no page is wider than its screen, no text covers another row, and texts are
shown as written."""

from base64 import b64encode
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
    const out = [...document.querySelectorAll("[role=log] :is(p, .chat-log__text)")].filter((text) => {
        const [box, log] = [text.getBoundingClientRect(), text.closest("[role=log]").getBoundingClientRect()];
        return box.left < log.left || box.right > log.right + 1;
    });
    return [...parts.filter(scrolls), ...out].map((part) => `${part.tagName} ${part.className} ${part.scrollWidth}`);
}"""


# Covers the box of each text with stacked marks, and 8 pixels around it: such a text can then be seen only where it draws outside of its
# box. Returns the number of these texts.
COVER = """(rules) => {
    const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (all.nextNode()) {
        const { data, parentElement } = all.currentNode;
        if (/\\u0303\\u0304\\u0305/.test(data) && parentElement.checkVisibility()) texts.push(parentElement);
    }
    texts.at(-1)?.scrollIntoView({ block: "center" });
    for (const text of texts) {
        text.classList.add("test-text");
        let box = text;
        while (getComputedStyle(box).display.startsWith("inline")) box = box.parentElement;
        const { left, top, width, height } = box.getBoundingClientRect();
        const cover = document.body.appendChild(document.createElement("div"));
        cover.className = "test-cover";
        Object.assign(cover.style, { left: `${left - 8}px`, top: `${top - 8}px`, width: `${width + 16}px`, height: `${height + 16}px` });
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        .test-cover { position: fixed; z-index: 99999; background: grey }
        .test-hidden .test-text { color: transparent !important }
        time, [role=timer] { visibility: hidden }
        ${rules}
    `);
    document.adoptedStyleSheets = [sheet];
    return texts.length;
}"""
HIDE = "(hide) => document.documentElement.classList.toggle('test-hidden', hide)"
UNCOVER = """() => {
    document.querySelectorAll(".test-cover").forEach((cover) => cover.remove());
    document.adoptedStyleSheets = [];
}"""
# The number of pixels that differ between two PNGs, without slight differences in rounded corners.
DIFFERENCE = """async (pictures) => {
    const [one, other] = await Promise.all(pictures.map(async (text) => {
        const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]));
        const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
        canvas.drawImage(picture, 0, 0);
        return canvas.getImageData(0, 0, picture.width, picture.height).data;
    }));
    let pixels = 0;
    for (let at = 0; at < one.length; at += 4) pixels += Math.abs(one[at] - other[at]) > 40;
    return pixels;
}"""


def ink_outside(page: Page, rules: str = "") -> int:
    """How many pixels of stacked marks are drawn outside of the boxes of their texts. `rules`: more CSS."""
    pictures = []
    if page.evaluate(COVER, rules):
        for hide in (True, False):
            page.evaluate(HIDE, hide)
            pictures.append(b64encode(page.screenshot()).decode())
    page.evaluate(UNCOVER)
    return int(page.evaluate(DIFFERENCE, pictures)) if pictures else 0


def check_layout(page: Page, shoot: Callable[[Page, str], None], name: str, *widths: int) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740})
        assert (name, width, page.evaluate(TOO_WIDE)) == (name, width, [])
        shoot(page, f"{name}-{width}")
    page.set_viewport_size({"width": widths[-1], "height": 2000})
    # Something else may change on the page between two screenshots.
    assert 0 in (ink_outside(page) for _ in range(10)), name


def ticket_of(desk: OwnDesk, number: int, summary: str) -> str:
    body = {"commandId": f"foreign-{number}", "summary": summary, "text": f"{CODE}\n{WORD}\n{RIGHT_TO_LEFT}\n{LINK}\n{MARKS}"}
    return str(desk.api("kim", "POST", "/tickets", body)["ticket"]["id"])


@pytest.mark.timeout(120)
def test_every_text_stays_in_its_box_and_no_page_is_wider_than_its_screen(desk: OwnDesk, shoot: Any) -> None:  # spec 3.6, 9.1
    desk.customer("kim", f"Kim {MARKS[:60]}")
    tickets = [ticket_of(desk, number, summary) for number, summary in enumerate((LINK[:200], RIGHT_TO_LEFT, FAMILIES, MARKS[:200], WORD))]
    wish = {"phone": "+1 212 555 0123 ext. 45", "note": f"{WORD}\n{MARKS[:400]}"}
    desk.api("ray", "POST", "/callbacks", {"commandId": "foreign-callback", "text": f"{WORD[:40]} {MARKS[:120]}", "wish": wish})
    kim, ray, ines = desk.page("kim", "/support"), desk.page("ray", "/support"), desk.page("ines")

    expect(ray.get_by_role("region", name="Your call-back requests")).to_contain_text("+12125550123 ext. 45")
    check_layout(ray, shoot, "portal-request", 375, 320)

    window = start_chat(kim, WORD)
    for text in (LINK, RIGHT_TO_LEFT, MARKS, FAMILIES, CODE):
        write(window, text)
    expect(messages(window).get_by_text("print()")).to_have_text(CODE, use_inner_text=True)  # spec 3.6
    check_layout(kim, shoot, "portal-chat", 375, 320)
    assert ink_outside(kim, "* { overflow: visible }") > 0

    call = session_card(ines, "Callbacks", WORD[:40]).get_by_role("link", name="Call +12125550123 ext. 45")
    expect(call).to_have_attribute("href", "tel:+12125550123;ext=45")  # spec 4.10
    session_card(ines, "Waiting", WORD).get_by_role("button", name="Join").click()
    expect(messages(chat_window(ines, WORD)).get_by_text("print()")).to_be_visible()
    check_layout(ines, shoot, "tech-chat", 1280, 375)
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

    ines.get_by_role("button", name="Collapse").click()
    for ticket in (*tickets[:3], with_log):
        kim.goto(f"/portal/tickets/{ticket}")
        expect(kim.get_by_role("list", name="Timeline")).to_be_visible()
        check_layout(kim, shoot, f"portal-ticket-{ticket[:3]}", 375, 320)
        ines.goto(f"/tech/tickets/{ticket}")
        expect(ines.get_by_role("list", name="Timeline")).to_be_visible()
        check_layout(ines, shoot, f"tech-ticket-{ticket[:3]}", 375)
    for page, name in ((kim, "portal"), (ines, "tech")):
        page.goto(f"/{name}/tickets" if name == "portal" else "/tech/")
        expect(page.get_by_text(RIGHT_TO_LEFT).first).to_be_visible()
        check_layout(page, shoot, f"{name}-tickets", 375)
