"""Webhooks in TECH's settings, from the form to a receiver on this machine (spec 5.13)."""

import re
from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Locator, Page, expect

from tests.e2e.hook_receiver import hook_receiver
from tests.e2e.own_desk import OwnDesk

Shoot = Callable[[Page, str], None]
FITS = "document.documentElement.scrollWidth <= innerWidth"


def webhooks_of(page: Page) -> Locator:
    section = page.get_by_role("region", name="Webhooks")
    section.scroll_into_view_if_needed()
    return section


def load_anew(page: Page) -> None:
    """Opens the settings again. An open page loads its webhooks only every ten seconds."""
    for name in ("Tickets", "Settings"):
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def add_webhook(page: Page, url: str, close: str = "Done") -> None:
    """`close` is the button that closes the dialog with the secret."""
    webhooks_of(page).get_by_role("button", name="Add a webhook").click()
    form = page.get_by_role("dialog", name="Add a webhook")
    form.get_by_role("textbox", name="Address").fill(url)
    form.get_by_role("button", name="Add", exact=True).click()
    added = page.get_by_role("dialog", name="The webhook was added")
    added.get_by_role("button", name=close).click()
    expect(added).to_have_count(0)
    expect(webhooks_of(page).get_by_text(url, exact=True)).to_be_visible()


def test_an_admin_adds_a_webhook_that_gets_the_desks_sessions(desk: OwnDesk, shoot: Shoot) -> None:  # spec 5.13
    ines = desk.page("ines", "/settings")
    ines.context.grant_permissions(["clipboard-read", "clipboard-write"])
    section = webhooks_of(ines)
    form, added = ines.get_by_role("dialog", name="Add a webhook"), ines.get_by_role("dialog", name="The webhook was added")
    for way in ("Cancel", "Close"):
        section.get_by_role("button", name="Add a webhook").click()
        form.get_by_role("button", name=way).click()
        expect(form).to_have_count(0)
    section.get_by_role("button", name="Add a webhook").click()
    address = form.get_by_role("textbox", name="Address")
    address.fill("https://10.0.0.1/hook")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form.get_by_text("The host 10.0.0.1 has the address 10.0.0.1, which is not public")).to_be_visible()
    for event in ("New chat session", "Chat session status changed"):
        form.get_by_role("switch", name=event).click()
        expect(form.get_by_role("switch", name=event)).not_to_be_checked()
    address.press("Enter")
    expect(form.get_by_text("Choose at least one event")).to_be_visible()
    for event in ("New chat session", "Chat session status changed"):
        form.get_by_role("switch", name=event).click()
    shoot(ines, "form")
    with hook_receiver() as receiver:
        address.fill(receiver.url)
        form.get_by_role("button", name="Add", exact=True).click()
        expect(added.get_by_role("textbox", name="Secret")).to_be_visible()
        shoot(ines, "secret")
        added.get_by_role("button", name="Copy").click()
        expect(ines.get_by_text("Copied", exact=True).first).to_be_visible()
        assert ines.evaluate("navigator.clipboard.readText()") == added.get_by_role("textbox", name="Secret").input_value()
        added.get_by_role("button", name="Done").click()
        expect(section.get_by_text("Delivering")).to_be_visible()

        desk.chat("kim", "Printer is on fire")
        log = ines.get_by_role("dialog", name="Delivery log")
        section.get_by_role("button", name=f"Delivery log of {receiver.url}").click()
        expect(log.get_by_text("1 try · Status 204")).to_be_visible()
        expect(log.get_by_role("listitem")).to_contain_text("Printer is on fire")
        expect(log.get_by_role("listitem")).to_contain_text("Kim Lund")
        shoot(ines, "log")
        ines.set_viewport_size({"width": 375, "height": 740})
        assert ines.evaluate(FITS)
        shoot(ines, "log-phone")
        assert [(type, session["name"], session["status"]) for type, session in receiver.received] == [
            ("session_created", "Printer is on fire", "created")
        ]


def test_a_webhook_is_tested_replayed_switched_off_edited_and_deleted(desk: OwnDesk, shoot: Shoot) -> None:  # spec 5.13
    ines = desk.page("ines", "/settings")
    section = webhooks_of(ines)
    log, row = ines.get_by_role("dialog", name="Delivery log"), section.get_by_role("listitem")
    with hook_receiver() as receiver:
        url = receiver.url
        add_webhook(ines, url)
        receiver.status = 410
        row = row.filter(has_text=url)
        for number in (1, 2):
            row.get_by_role("button", name=f"Send a test to {url}").click()
            expect(ines.get_by_role("status").filter(has_text="The test is on its way")).to_be_visible()
            row.get_by_role("button", name=f"Delivery log of {url}").click()
            expect(log.get_by_text("1 try · Status 410")).to_have_count(number)
            log.get_by_role("button", name="Close").first.click()
            expect(log).to_have_count(0)
        load_anew(ines)
        expect(row.get_by_text("2 dead events")).to_be_visible()
        expect(row.get_by_text("The last try failed: Status 410")).to_be_visible()
        shoot(ines, "dead")

        receiver.status = 204
        row.get_by_role("button", name=f"Delivery log of {url}").click()
        log.get_by_role("button", name=re.compile("^Replay Test of")).last.click()
        expect(log.get_by_text("2 tries · Status 204")).to_be_visible()
        log.get_by_role("button", name="Replay all dead events").click()
        expect(log.get_by_text("2 tries · Status 204")).to_have_count(2)
        log.get_by_role("button", name="Close").last.click()
        expect(log).to_have_count(0)

        switch = row.get_by_role("switch", name=f"Webhook {url} is on")
        switch.click()
        expect(row.get_by_text("Off", exact=True)).to_be_visible()
        switch.click()
        expect(row.get_by_text("Delivering")).to_be_visible()

    form = ines.get_by_role("dialog", name="Edit the webhook")
    for way in ("Cancel", "Close"):
        row.get_by_role("button", name=f"Edit {url}").click()
        form.get_by_role("button", name=way).click()
        expect(form).to_have_count(0)
    row.get_by_role("button", name=f"Edit {url}").click()
    for event in ("New chat session", "Chat session status changed"):
        form.get_by_role("switch", name=event).click()
        expect(form.get_by_role("switch", name=event)).not_to_be_checked()
    form.get_by_role("switch", name="New chat session").click()
    form.get_by_role("textbox", name="Address").fill(f"{url}2")
    form.get_by_role("button", name="Save").click()
    expect(section.get_by_text(f"{url}2", exact=True)).to_be_visible()
    expect(row.get_by_text("Chat session status changed")).to_have_count(0)

    question = ines.get_by_role("alertdialog", name="Delete this webhook?")
    row.get_by_role("button", name=f"Delete {url}2").click()
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    row.get_by_role("button", name=f"Delete {url}2").click()
    question.get_by_role("button", name="Delete").click()
    expect(section.get_by_text(f"{url}2")).to_have_count(0)


def test_the_section_of_webhooks_fits_every_screen(desk: OwnDesk, shoot: Shoot) -> None:  # spec 5.13
    ines = desk.page("ines", "/settings")
    add_webhook(ines, "http://127.0.0.1:9/" + "a-long-path/" * 8, close="Close")
    row = webhooks_of(ines).get_by_role("listitem").filter(has_text="/a-long-path/")
    row.get_by_role("button", name="Send a test").click()
    log = ines.get_by_role("dialog")
    row.get_by_role("button", name="Delivery log").click()
    expect(log.get_by_text(re.compile(r"\d (try|tries) · Connection refused"))).to_be_visible()
    log.get_by_role("button", name="Close").first.click()
    load_anew(ines)
    expect(row.get_by_text("Trying again: Connection refused")).to_be_visible()
    looks: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 1280), ("light", 375)]
    for theme, width in looks:
        ines.emulate_media(color_scheme=theme, reduced_motion="reduce")
        ines.set_viewport_size({"width": width, "height": 740})
        webhooks_of(ines)
        shoot(ines, f"list-{theme}-{width}")
        assert ines.evaluate(FITS)
        row.get_by_role("button", name="Delivery log").click()
        expect(log).to_be_visible()
        shoot(ines, f"log-{theme}-{width}")
        assert ines.evaluate(FITS)
        log.get_by_role("button", name="Close").first.click()
        expect(log).to_have_count(0)
