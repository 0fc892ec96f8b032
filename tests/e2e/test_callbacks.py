"""No engineer joins: what the customer may do, and what engineers then see."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import close_with_note, messages, open_and_close_menu, session_card, start_chat

NOBODY_FREE = "No engineer is free right now"


@pytest.fixture(autouse=True, scope="module")
def five_seconds(desk_of_the_module: OwnDesk) -> None:
    desk_of_the_module.set(noAnswerAfter=5)


def ask_for_callback(portal: Page, phone: str) -> None:
    dialog = portal.get_by_role("dialog", name="Call me back")
    dialog.get_by_role("textbox", name="Phone number").fill(phone)
    dialog.get_by_role("textbox", name="Note (optional)").fill("After two is best")
    dialog.get_by_role("button", name="Request call back").click()


def call_without_an_answer(tech: Page, card: Locator, window: Locator) -> None:
    """From the keyboard, as far as the browser's own fields of day and time allow."""
    dialog = tech.get_by_role("dialog", name="Called, no answer")
    window.get_by_role("button", name="Chat menu").click()
    tech.get_by_role("menuitem", name="No answer").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    card.get_by_role("button", name="No answer").press("Enter")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    card.get_by_role("button", name="No answer").click()
    dialog.get_by_label("Call again: day").fill("2020-01-01")
    dialog.get_by_role("button", name="Call again then").click()
    expect(dialog).to_contain_text("Choose a time from now on, within 14 days.")
    dialog.get_by_label("Call again: day").fill(f"{datetime.now() + timedelta(days=1):%Y-%m-%d}")
    dialog.get_by_label("Call again: time").fill("09:05")
    dialog.get_by_role("button", name="Call again then").click()
    expect(dialog).to_have_count(0)
    expect(card).to_contain_text("called, no answer:")
    expect(card).to_contain_text(re.compile("Call again: .*9:05"))


def change_number(portal: Page, phone: str) -> None:
    dialog = portal.get_by_role("dialog", name="Change call-back")
    for way in ("Close", "Cancel"):
        portal.get_by_role("button", name="Change", exact=True).click()
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    portal.get_by_role("button", name="Change", exact=True).click()
    times = dialog.get_by_label("Day").count()
    dialog.get_by_role("button", name="Add a time").click()
    expect(dialog.get_by_label("Day")).to_have_count(times + 1)
    dialog.get_by_role("button", name="Remove this time").last.click()
    expect(dialog.get_by_label("Day")).to_have_count(times)
    dialog.get_by_role("checkbox", name="Reach me by chat instead").check()
    expect(dialog.get_by_role("textbox", name="Phone number")).to_be_disabled()
    dialog.get_by_role("checkbox", name="Reach me by chat instead").uncheck()
    dialog.get_by_role("textbox", name="Phone number").fill(phone)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def test_a_customer_turns_an_unanswered_chat_into_a_callback(desk: OwnDesk) -> None:  # spec 4.5, 4.10, 3.3, 4.11
    kim, ines = desk.page("kim"), desk.page("ines")
    title = "The till does not open"
    at_kim = start_chat(kim, title)
    expect(messages(at_kim)).to_contain_text(NOBODY_FREE)
    expect(at_kim.get_by_role("button", name="Leave", exact=True)).to_be_visible()

    at_kim.get_by_role("button", name="Call me back").click()
    dialog = kim.get_by_role("dialog", name="Call me back")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(messages(at_kim)).to_contain_text(NOBODY_FREE)
    at_kim.get_by_role("button", name="Call me back").click()
    ask_for_callback(kim, "12")
    expect(dialog.get_by_role("textbox", name="Phone number")).to_have_attribute("aria-invalid", "true")
    ask_for_callback(kim, "+44 20 7946 0101")
    expect(dialog).to_have_count(0)
    expect(messages(at_kim)).to_contain_text("A call-back was requested")
    expect(at_kim.get_by_role("button", name="Leave", exact=True)).to_have_count(0)

    card = session_card(ines, "Callbacks", title)
    expect(card.get_by_role("link", name="Call +442079460101")).to_have_attribute("href", "tel:+442079460101")
    expect(card).to_contain_text("After two is best")
    open_and_close_menu(card)
    close_with_note(card, "Called; the drawer was locked")


def test_a_customer_requests_a_callback_on_the_request_page_and_cancels_it(desk: OwnDesk) -> None:  # spec 3.2, 4.10, 4.14, 6.2
    ray, ines = desk.page("ray", "/support"), desk.page("ines")
    title = "New badge for the warehouse"
    ray.get_by_role("textbox", name="How can we help?").fill(title)
    ray.get_by_role("button", name="Call me back").click()
    dialog = ray.get_by_role("dialog", name="Call me back")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    ray.get_by_role("button", name="Call me back").click()
    for _ in range(2):
        dialog.get_by_role("button", name="Add a time").click()
    dialog.get_by_role("button", name="Remove this time").last.click()
    expect(dialog.get_by_label("Day")).to_have_count(1)
    dialog.get_by_role("checkbox", name="Reach me by chat instead").check()
    expect(dialog.get_by_role("textbox", name="Phone number")).to_be_disabled()
    dialog.get_by_role("checkbox", name="Reach me by chat instead").uncheck()
    ask_for_callback(ray, "+442079460102")

    expect(ray.get_by_role("region", name="Your call-back requests")).to_contain_text(title)
    ray.get_by_role("region", name="Your call-back requests").get_by_role("button", name="Open the chat").click()
    expect(messages(ray.get_by_role("region", name=f"Chat: {title}"))).to_contain_text("A call-back was requested")
    card = session_card(ines, "Callbacks", title)
    card.get_by_role("button", name="View session").click()
    window = ines.get_by_role("region", name=f"Chat: {title}")
    expect(messages(window)).to_contain_text("The customer asked to be called back")
    expect(card.get_by_role("link", name="Call +442079460102")).to_be_visible()
    expect(card).to_contain_text(re.compile(r"\d\d:00"))

    asked = ray.get_by_role("region", name="Your call-back requests")
    call_without_an_answer(ines, card, window)
    expect(asked).to_contain_text(re.compile(r"We tried to call you \(.+\)\. Next try: .+\."))
    change_number(ray, "+442079460103")
    expect(card.get_by_role("link", name="Call +442079460103")).to_be_visible()
    expect(card.get_by_text("Call again:")).to_have_count(0)
    expect(asked).to_contain_text("We will try again.")

    really = ray.get_by_role("alertdialog", name="Cancel this call-back?")
    asked.get_by_role("button", name="Cancel call-back").click()
    really.get_by_role("button", name="Keep it").click()
    expect(really).to_have_count(0)
    expect(asked).to_contain_text(title)
    asked.get_by_role("button", name="Cancel call-back").click()
    really.get_by_role("button", name="Cancel it").click()
    expect(asked).to_have_count(0)
    expect(card).to_have_count(0)


def test_an_abandoned_chat_is_closed_with_a_note(desk: OwnDesk) -> None:  # spec 4.5, 4.11, 6.1, 6.3
    lea, ines = desk.page("lea"), desk.page("ines")
    title = "Screen flickers"
    at_lea = start_chat(lea, title)
    at_lea.get_by_role("button", name="Leave", exact=True).click()
    expect(at_lea).to_have_count(0)

    expect(ines.get_by_role("tab", name="Abandoned, 1")).to_be_visible()
    card = session_card(ines, "Abandoned", title)
    open_and_close_menu(card)
    card.get_by_role("button", name="View session").click()
    expect(messages(ines.get_by_role("region", name=f"Chat: {title}"))).to_contain_text("The customer left before anyone joined")
    card.get_by_role("button", name="End session").click()
    dialog = ines.get_by_role("dialog", name="Close session")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    close_with_note(card, "Wrote an e-mail")
    expect(ines.get_by_role("tab", name="Abandoned", exact=True)).to_be_visible()
