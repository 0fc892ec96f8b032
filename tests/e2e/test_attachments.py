"""Files on tickets, in both apps: chosen, dropped, pasted, previewed, downloaded, and hidden with their note."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.made_files import a_pdf, a_png
from tests.e2e.own_desk import OwnDesk

Shoot = Callable[[Page, str], None]
UPLOADS = "**/attachments?*"
PASTE = """async data => {
  const blob = new Blob([new Uint8Array(data)], {type: "image/png"});
  await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
}"""
TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const [name, content, type] of files) transfer.items.add(new File([content], name, {type}));
  return transfer;
}"""

# Whether a canvas shows something dark on its white page.
DRAWN = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 0 && value < 60 && data[at + 3] === 255);
}"""


def file(name: str, content: bytes, kind: str = "") -> Any:
    return {"name": name, "mimeType": kind, "buffer": content}


def choose(page: Page, *files: Any) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def drop(target: Locator, *files: tuple[str, str, str]) -> None:
    transfer = target.page.evaluate_handle(TRANSFER, list(files))
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": transfer})


def uploads(page: Page) -> Locator:
    return page.get_by_role("list", name="Files of this note")


def timeline(page: Page) -> Locator:
    return page.get_by_role("list", name="Timeline")


def with_clipboard(context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])


@pytest.mark.main_path
def test_an_engineer_attaches_files_by_choice_drop_and_paste(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.2, 9.3
    ticket = desk.ticket("kim", "Receipt printer prints stripes")
    ines = desk.page("ines", f"/tickets/{ticket}", prepare=with_clipboard)
    kim = desk.page("kim", f"/tickets/{ticket}")
    choose(ines, file("stripes.png", a_png()), file("Größe.csv", b"a;b\n1;2\n"), file("leer.txt", b""))
    expect(uploads(ines)).to_contain_text("This file is empty")
    drop(ines.get_by_role("textbox", name="Note"), ("<b>page</b>.html", "<script>document.title='ran'</script>", "text/html"))
    ines.evaluate(PASTE, list(a_png(60, 40)))
    ines.get_by_role("textbox", name="Note").press("ControlOrMeta+v")
    expect(uploads(ines).get_by_role("listitem")).to_have_count(5)
    expect(uploads(ines).get_by_role("progressbar")).to_have_count(0)
    shoot(ines, "uploaded")
    uploads(ines).get_by_role("button", name="Remove leer.txt").click()
    expect(uploads(ines).get_by_role("listitem")).to_have_count(4)
    ines.get_by_role("radio", name="Public reply").check()
    ines.get_by_role("textbox", name="Note").fill("The stripes come from the head.")
    ines.get_by_role("button", name="Send reply").click()
    expect(uploads(ines)).to_have_count(0)

    for page in (ines, kim):
        expect(timeline(page).get_by_role("link", name="Größe.csv")).to_be_visible()
        expect(timeline(page).get_by_role("img")).to_have_count(0)  # thumbnails say nothing beside their names
        page.get_by_role("button", name="Preview stripes.png").click()
        dialog = page.get_by_role("dialog", name="stripes.png")
        picture = dialog.get_by_role("img", name="stripes.png")
        expect(picture).to_be_visible()
        page.wait_for_function("image => image.naturalWidth === 480", arg=picture.element_handle())
        shoot(page, f"preview-{'tech' if page is ines else 'portal'}")
        with page.expect_download() as download:
            dialog.get_by_role("button", name="Download").click()
        assert download.value.path().read_bytes() == a_png()
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
    shoot(ines, "timeline")
    # The build has kept the order of the cascade layers, by which the letters of a primary button are white.
    expect(ines.get_by_role("button", name="Push chat")).to_have_css("color", "rgb(255, 255, 255)")

    # A page that a person attached is downloaded, under a safe name, and never runs.
    with kim.expect_download() as download:
        timeline(kim).get_by_role("link", name="b_.html").click()
    assert download.value.suggested_filename == "b_.html"
    expect(kim).not_to_have_title("ran")


def test_a_file_of_an_internal_note_is_hidden_from_the_customer(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.3, 9.4
    ticket = desk.ticket("ray", "Till drawer sticks")
    tom, ray = desk.page("tom", f"/tickets/{ticket}", dark=True), desk.page("ray", f"/tickets/{ticket}", dark=True, phone=True)
    choose(tom, file("contract.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), file("drawer.png", a_png()))
    expect(uploads(tom).get_by_role("progressbar")).to_have_count(0)
    tom.get_by_role("button", name="Add note").click()
    link = timeline(tom).get_by_role("link", name="contract.pdf")
    expect(link).to_be_visible()
    shoot(tom, "internal")

    # A later public note is there, so the internal one would be too.
    desk.api("tom", "POST", f"/tickets/{ticket}/notes", {"commandId": "public", "text": "We come on Monday."})
    expect(timeline(ray)).to_contain_text("We come on Monday.")
    expect(timeline(ray)).not_to_contain_text("contract.pdf")
    path = (link.get_attribute("href") or "").replace("/tech/", "/portal/")
    assert ray.evaluate("path => fetch(path).then(answer => answer.status)", path) == 404


def test_a_customer_attaches_files_on_a_phone_and_tries_a_broken_upload_once_more(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.3
    ticket = desk.ticket("lea", "Screen flickers")
    lea = desk.page("lea", f"/tickets/{ticket}", phone=True)
    refused = '{"error": {"kind": "invalid_argument", "code": "wrong_size", "field": "data"}}'
    held: list[Route] = []
    lea.route(UPLOADS, lambda route: route.fulfill(status=400, body=refused, content_type="application/json"))
    choose(lea, file("flicker.png", a_png()))
    expect(uploads(lea)).to_contain_text("Not uploaded")
    shoot(lea, "failed")
    lea.unroute(UPLOADS)
    uploads(lea).get_by_role("button", name="Retry flicker.png").click()
    expect(uploads(lea)).to_contain_text(re.compile(r"\d KB"))

    lea.route(UPLOADS, lambda route: held.append(route))
    choose(lea, file("long recording of the flickering screen in the shop.mp4", bytes(3_000_000)))
    expect(uploads(lea).get_by_role("progressbar", name=re.compile("Upload of long"))).to_be_visible()
    shoot(lea, "progress")
    uploads(lea).get_by_role("button", name=re.compile("Remove long")).click()
    expect(uploads(lea).get_by_role("listitem")).to_have_count(1)
    lea.unroute(UPLOADS)

    lea.get_by_role("button", name="Add note").click()
    expect(timeline(lea).get_by_role("link", name="flicker.png")).to_be_visible()
    lea.get_by_role("button", name="Preview flicker.png").click()
    expect(lea.get_by_role("dialog").get_by_role("img", name="flicker.png")).to_be_visible()
    shoot(lea, "preview")
    lea.keyboard.press("Escape")
    expect(lea.get_by_role("dialog")).to_have_count(0)


def test_a_pdf_is_shown_page_by_page_and_none_of_its_scripts_runs(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.3
    ticket = desk.ticket("kim", "Which toner?")
    ines, kim = desk.page("ines", f"/tickets/{ticket}"), desk.page("kim", f"/tickets/{ticket}", phone=True, dark=True)
    pdf = a_pdf(["Toner guide", "Second page"], "app.alert\\(1\\); this.print\\(\\)")
    choose(ines, file("toner.pdf", pdf), file("broken.pdf", b"%PDF-1.7\nnothing"))
    ines.get_by_role("radio", name="Public reply").check()
    expect(uploads(ines).get_by_role("progressbar")).to_have_count(0)
    ines.get_by_role("button", name="Send reply").click()
    dialogs: list[str] = []
    for page in (ines, kim):
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        page.get_by_role("button", name="Preview toner.pdf").click()
        dialog = page.get_by_role("dialog", name="toner.pdf")
        for number in (1, 2):
            sheet = dialog.get_by_role("img", name=f"Page {number} of 2")
            page.wait_for_function(DRAWN, arg=sheet.element_handle())
            shoot(page, f"page-{number}-{'tech' if page is ines else 'portal'}")
            expect(dialog.get_by_role("button", name="Next page")).to_be_in_viewport(ratio=1)
            if number == 1:
                dialog.get_by_role("button", name="Next page").click()
        dialog.get_by_role("button", name="Previous page").click()
        expect(dialog.get_by_role("img", name="Page 1 of 2")).to_be_visible()
        for key, number in (("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 1)):
            page.keyboard.press(key)
            expect(dialog.get_by_role("img", name=f"Page {number} of 2")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Preview broken.pdf").click()
        expect(page.get_by_role("dialog", name="broken.pdf")).to_contain_text("This file cannot be shown. Download it instead.")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert dialogs == []


def test_a_too_large_file_is_refused_before_it_is_sent(desk: OwnDesk, tmp_path: Path) -> None:  # spec 9.3
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(25 * 1024 * 1024 + 1))
    tom = desk.page("tom", f"/tickets/{desk.ticket('pia', 'Scanner is slow')}")
    choose(tom, film)
    expect(uploads(tom)).to_contain_text("Larger than 25 MB")
    choose(tom, file("film 2.mp4", bytes(1024 * 1024)))
    expect(uploads(tom)).to_contain_text("1 MB")
    tom.get_by_role("button", name="Remove film.mp4").click()
    expect(uploads(tom).get_by_role("listitem")).to_have_count(1)
