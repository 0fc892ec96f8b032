"""Links and code in messages and notes, in both apps."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, start_chat, write

Shoot = Callable[[Page, str], None]
ADDRESS = "https://status.example/printers_(second)?floor=2"
CODE = "for one in *.pdf; do\n    lp $one --destination second-printer-on-floor-two --sides one\ndone"
NOTE = f"See ({ADDRESS}).\nRun `lp -d  second` or:\n```sh\n{CODE}\n```\nCall tel:+64-9-123-4567."
# A wide block scrolls, and the list around it is not wider for it.
STAYS = """(block) => {
    const inside = (part) => part.getBoundingClientRect();
    const list = inside(block.closest("[role=log], ol"));
    return block.scrollWidth > block.clientWidth && inside(block).left >= list.left && inside(block).right <= list.right;
}"""


def check_opened_apart(link: Locator) -> None:
    """The link opens a page of its own, which gets neither the referrer nor a way back to the page of the chat."""
    page = link.page
    page.context.route("https://status.example/**", lambda route: route.fulfill(body="<p>All well</p>", content_type="text/html"))
    before = page.url
    with page.expect_popup() as opened:
        link.click()
    expect(opened.value.get_by_text("All well")).to_be_visible()
    assert opened.value.url == ADDRESS
    assert opened.value.evaluate("[document.referrer, window.opener]") == ["", None]
    opened.value.close()
    assert page.url == before


def check_written(part: Locator, shoot: Shoot, name: str) -> None:
    check_opened_apart(part.get_by_role("link", name=ADDRESS, exact=True))
    expect(part.locator("code").first).to_have_text("lp -d  second", use_inner_text=True)
    expect(part.locator("pre")).to_have_text(CODE, use_inner_text=True)
    assert part.locator("pre").evaluate(STAYS)
    expect(part.get_by_role("link", name="tel:+64-9-123-4567", exact=True)).to_have_attribute("href", "tel:+64-9-123-4567")
    shoot(part.page, name)


def test_links_and_code_in_a_chat_work_on_both_sides(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.7
    kim, ines = desk.page("kim", "/support"), desk.page("ines", dark=True)
    own = start_chat(kim, "Printer is on fire")
    write(own, NOTE)
    check_written(messages(own), shoot, "own")

    alert_card(ines, "Printer is on fire").get_by_role("button", name="Join").click()
    engineers = chat_window(ines, "Printer is on fire")
    check_written(messages(engineers), shoot, "theirs")
    write(engineers, "It is `off`, see https://status.example/")
    expect(messages(own).get_by_role("link", name="https://status.example/", exact=True)).to_be_visible()
    shoot(kim, "answered")


def test_links_and_code_in_a_note_work_on_both_sides(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.7, 9.2
    body = {"commandId": "links-note", "summary": "Printer is slow", "text": NOTE}
    ticket = desk.api("ray", "POST", "/tickets", body)["ticket"]["id"]
    for page in (desk.page("ray", f"/tickets/{ticket}", phone=True), desk.page("ines", f"/tickets/{ticket}", phone=True)):
        check_written(page.get_by_role("list", name="Timeline"), shoot, page.url.split("/")[3])
