"""Files in a chat: chosen, dropped and pasted in both apps, sent with and without a text, shown and downloaded on the other side."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.made_files import a_png
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, start_chat, write
from tests.e2e.test_accessibility import faults
from tests.e2e.test_attachments import PASTE, drop, file, with_clipboard

Shoot = Callable[[Page, str], None]
UPLOADS = "**/files?*"
TITLE = "Oven shows an error"
REFUSED = '{"error": {"kind": "invalid_argument", "code": "wrong_size", "field": "data"}}'


def choose(chat: Locator, name: str, content: bytes) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([file(name, content)])


def waiting(chat: Locator) -> Locator:
    return chat.get_by_role("list", name="Files of this message")


def end_stays_in_view(chat: Locator) -> None:
    """Also when a picture becomes higher after the chat was shown at its end."""
    last = messages(chat).get_by_role("link", name="kims.log")
    expect(messages(chat).get_by_role("button", name="Preview error.png")).to_be_attached()
    expect(last).to_be_in_viewport()
    messages(chat).locator("img").first.evaluate("image => { image.style.height = '900px' }")
    expect(last).to_be_in_viewport()


@pytest.mark.timeout(300)
def test_both_sides_of_a_chat_send_each_other_files(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.9, 13.5
    kim, tom = desk.page("kim", prepare=with_clipboard), desk.page("tom", dark=True, prepare=with_clipboard)
    at_kim = start_chat(kim, TITLE)
    alert_card(tom, TITLE).get_by_role("button", name="Join").click()
    at_tom = chat_window(tom, TITLE)
    expect(messages(at_kim)).to_contain_text("Tom Baker joined the chat")

    held: list[Route] = []
    kim.route(UPLOADS, lambda route: held.append(route))
    choose(at_kim, "error.png", a_png())
    expect(waiting(at_kim).get_by_role("progressbar", name="Upload of error.png")).to_be_visible()
    write(at_kim, "It shows this")
    expect(at_kim.get_by_text("Sends when the files are uploaded")).to_be_visible()
    shoot(kim, "progress")
    held[0].continue_()
    kim.unroute(UPLOADS)
    expect(messages(at_tom)).to_contain_text("It shows this")
    expect(waiting(at_kim)).to_have_count(0)

    for page, chat in ((tom, at_tom), (kim, at_kim)):
        messages(chat).get_by_role("button", name="Preview error.png").click()
        dialog = page.get_by_role("dialog", name="error.png")
        picture = dialog.get_by_role("img", name="error.png")
        expect(picture).to_be_visible()
        page.wait_for_function("image => image.naturalWidth === 480", arg=picture.element_handle())
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
        with page.expect_download() as download:
            messages(chat).get_by_role("link", name="error.png").click()
        assert download.value.path().read_bytes() == a_png()

    for page, chat, other, pasted in ((tom, at_tom, at_kim, "toms.log"), (kim, at_kim, at_tom, "kims.log")):
        page.route(UPLOADS, lambda route: route.fulfill(status=400, body=REFUSED, content_type="application/json"))
        drop(chat, (pasted, "E 4711", "text/plain"))
        expect(waiting(chat)).to_contain_text("Not uploaded")
        page.unroute(UPLOADS)
        waiting(chat).get_by_role("button", name=f"Retry {pasted}").click()
        expect(waiting(chat)).to_contain_text("6 B")
        page.evaluate(PASTE, list(a_png(60, 40)))
        chat.get_by_role("textbox", name="Message").press("ControlOrMeta+v")
        expect(waiting(chat).get_by_role("listitem")).to_have_count(2)
        expect(waiting(chat).get_by_role("progressbar")).to_have_count(0)
        assert faults(page) == []
        shoot(page, f"attached-{page is tom}")
        waiting(chat).get_by_role("button", name=re.compile(r"Remove .*\.png")).click()
        expect(waiting(chat).get_by_role("listitem")).to_have_count(1)
        chat.get_by_role("button", name="Send", exact=True).click()
        expect(messages(other).get_by_role("link", name=pasted)).to_be_visible()
        assert faults(page) == []
        shoot(page, f"sent-{page is tom}")

    for page, chat in ((kim, at_kim), (tom, at_tom)):
        page.on("dialog", lambda dialog: dialog.accept())
        choose(chat, "lost.txt", b"lost")
        expect(waiting(chat)).to_contain_text("4 B")
        page.reload()
        expect(chat.get_by_text("Not sent. Attach again: lost.txt")).to_be_visible()
        end_stays_in_view(chat)
        shoot(page, f"lost-{page is tom}")
        chat.get_by_role("button", name="Forget these files").click()
        expect(chat.get_by_text("Not sent. Attach again: lost.txt")).to_have_count(0)

    phone = desk.page("kim", phone=True)
    small = chat_window(phone, TITLE)
    choose(small, "a very long name of a photograph of the display of the oven in the shop.png", a_png(900, 1600))
    expect(waiting(small)).to_contain_text(" KB")
    expect(messages(small).get_by_role("button", name="Preview error.png")).to_be_visible()
    # The pictures are higher than the text that was there before them, and the end is still in view.
    expect(messages(small).get_by_role("link", name="kims.log")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(phone, "phone")
