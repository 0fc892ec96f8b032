"""Canned replies: an admin writes one for the desk and an engineer one of their own, and both insert them in a chat."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, start_chat

Shoot = Callable[[Page, str], None]


def section(page: Page) -> Locator:
    return page.get_by_role("region", name="Canned replies")


def fill(page: Page, name: str, title: str, text: str) -> Locator:
    dialog = page.get_by_role("dialog", name=name)
    dialog.get_by_role("textbox", name="Title").fill(title)
    dialog.get_by_role("textbox", name="Text").fill(text)
    return dialog


def add(page: Page, of: str, title: str, text: str) -> None:
    section(page).get_by_role("button", name=f"Add a reply: {of}").click()
    fill(page, "New reply", title, text).get_by_role("button", name="Save reply").click()
    expect(section(page).get_by_role("group", name=of)).to_contain_text(text)


def test_replies_are_managed_in_the_settings(desk: OwnDesk, shoot: Shoot) -> None:  # spec 13.1
    ines, tom = desk.page("ines", "/settings"), desk.page("tom", "/settings", phone=True, dark=True)
    add(ines, "The desk's", "Printer manual", "The manual is at https://example.com/manual, {customer}.")
    add(tom, "Yours", "Call", "I will call you on {date}.")
    tom.reload()
    expect(section(tom).get_by_role("group", name="The desk's")).to_contain_text("Printer manual")
    expect(section(tom).get_by_role("button", name="Edit Printer manual")).to_have_count(0)

    for way in ("Close", "Cancel"):
        section(tom).get_by_role("button", name="Add a reply: Yours").click()
        dialog = fill(tom, "New reply", "Draft", "Not yet")
        shoot(tom, "form")
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    section(tom).get_by_role("button", name="Edit Call").click()
    fill(tom, "Edit reply", "Call soon", "I will call you at {time}.").get_by_role("button", name="Save reply").click()
    expect(section(tom)).to_contain_text("I will call you at {time}.")
    shoot(tom, "settings")
    for way in ("Close", "Cancel"):
        section(tom).get_by_role("button", name="Edit Call soon").click()
        tom.get_by_role("dialog", name="Edit reply").get_by_role("button", name=way).click()
        expect(tom.get_by_role("dialog")).to_have_count(0)

    for way in ("Cancel", "Delete reply"):
        section(tom).get_by_role("button", name="Delete Call soon").click()
        tom.get_by_role("alertdialog", name="Delete this reply?").get_by_role("button", name=way).click()
        expect(tom.get_by_role("alertdialog")).to_have_count(0)
    expect(section(tom)).to_contain_text("You have no canned replies yet.")
    section(ines).scroll_into_view_if_needed()
    shoot(ines, "admin")


def test_an_engineer_inserts_replies_by_keyboard_and_by_pointer(desk: OwnDesk, shoot: Shoot) -> None:  # spec 13.1
    ines = desk.page("ines", "/settings")
    add(ines, "Yours", "Hello", "Hello {customer}, {engineer} here. I will call on {date} at {time}.")
    add(ines, "Yours", "Open", "We are open {hours}.")
    kim = desk.page("kim")
    at_kim = start_chat(kim, "Screen is black")
    alert_card(ines, "Screen is black").get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, "Screen is black")
    box = at_ines.get_by_role("textbox", name="Message")
    box.press_sequentially("/")
    options = at_ines.get_by_role("listbox", name="Canned replies").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    shoot(ines, "list")
    box.press_sequentially("hel")
    expect(options).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("Hello Kim Lund, Ines Vega here. I will call on {date} at {time}.")
    box.press_sequentially("Monday")
    box.press("Tab")
    box.press_sequentially("noon")
    box.press("Enter")
    expect(messages(at_kim)).to_contain_text("Hello Kim Lund, Ines Vega here. I will call on Monday at noon.")

    box.press_sequentially("/op")
    at_ines.get_by_role("option", name="Open").click()
    expect(box).to_have_value("We are open at any time.")
    expect(box).to_be_focused()
    box.press_sequentially(" /h")
    expect(options).not_to_have_count(0)
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_be_focused()
