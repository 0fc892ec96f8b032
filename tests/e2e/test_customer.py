"""What an engineer sees of the customer beside a chat and beside a ticket: contact, local time, open tickets and last chats."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import broken, chat_window, messages, session_card, try_again

Shoot = Callable[[Page, str], None]
PHONE, EMAIL = "+442079460101", "kim@northwind.example"


def set_contact(desk: OwnDesk, word: str, **fields: str) -> str:
    """Sets these fields of the customer as an admin; returns the customer's id."""
    id = desk.api(word, "GET", "/start")["me"]["person"]["id"]
    entry = desk.api("ines", "GET", f"/people/{id}")
    desk.api("ines", "PUT", "/directory", {"entry": {"person": {**entry["person"], **fields}}, "ifRevision": entry["revision"]})
    return str(id)


def abandon(desk: OwnDesk, word: str, title: str) -> None:
    """Requests a chat as this customer, who leaves before anyone joins."""
    opened = desk.api(word, "POST", "/chats", {"commandId": f"chat-{title}", "text": title})
    desk.api(word, "POST", f"/sessions/{opened['session']['card']['sessionId']}/leave", {"commandId": "leave"})


def until_in_history(desk: OwnDesk, page: Page, customer: str, count: int) -> None:
    """The history follows a chat within seconds."""
    for _ in range(60):
        if len(desk.api("ines", "GET", f"/history?customer={customer}").get("cards", [])) == count:
            return
        page.wait_for_timeout(1000)
    raise AssertionError("the history does not list the chats")


def details_of(window: Locator) -> Locator:
    return window.get_by_role("group", name="Customer")


@pytest.mark.timeout(240)
def test_the_customer_is_beside_the_chat_and_beside_the_ticket(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.8
    desk.set(customerLeave="always")
    kim = set_contact(desk, "kim", phone=PHONE, email=EMAIL, timeZone="Asia/Tokyo")
    for summary in ("Scanner is slow", "Router restarts"):
        desk.ticket("kim", summary)
    abandon(desk, "kim", "Who has the keys?")
    desk.chat("kim", "Cable hums")
    ines = desk.page("ines")
    until_in_history(desk, ines, kim, 2)
    session_card(ines, "Waiting", "Cable hums").get_by_role("button", name="Join").click()
    window = chat_window(ines, "Cable hums")
    expect(messages(window)).to_contain_text("Ines Vega joined the chat")
    shoot(ines, "closed")

    panel, opener = details_of(window), window.get_by_role("button", name="Customer details")
    with broken(ines, "**/api/people/**"):
        opener.click()
        expect(panel).to_contain_text("The customer could not be loaded")
    try_again(ines, "The customer could not be loaded")
    expect(panel.get_by_role("link", name=f"Call {PHONE}")).to_have_attribute("href", f"tel:{PHONE}")
    expect(panel.get_by_role("link", name=f"Write to {EMAIL}")).to_have_attribute("href", f"mailto:{EMAIL}")
    expect(panel).to_contain_text(re.compile(r"Local time .*\d\d:\d\d"))
    expect(panel).to_contain_text("Open tickets 2")
    expect(panel.get_by_role("link", name="Cable hums")).to_have_count(0)
    shoot(ines, "open")
    ines.emulate_media(color_scheme="dark")
    shoot(ines, "dark")
    ines.emulate_media(color_scheme="light")
    ines.reload()
    panel.get_by_role("link", name="Router restarts").click()

    expect(ines.get_by_role("heading", name="Router restarts", level=1)).to_be_visible()
    expect(ines).to_have_title(re.compile(r"#\d+ Router restarts · Parley"))
    expect(ines.get_by_role("complementary", name="Details").get_by_role("link", name=f"Call {PHONE}")).to_be_visible()
    others = ines.get_by_role("complementary", name="Customer")
    expect(others).to_contain_text("Other open tickets 1")
    shoot(ines, "ticket")
    others.get_by_role("link", name="Who has the keys?").click()
    expect(ines.get_by_role("heading", name="Who has the keys?", level=1)).to_be_visible()
    expect(ines).to_have_title(re.compile("Who has the keys"))
    panel.get_by_role("link", name="See all of the customer's tickets").click()
    rows = ines.get_by_role("main").get_by_role("link", name=re.compile("Scanner is slow|Router restarts"))
    expect(rows).to_have_count(2)
    expect(ines.get_by_role("button", name="Customer: Kim Lund")).to_be_visible()
    shoot(ines, "list")
    ines.get_by_role("button", name="Show all customers").click()
    expect(ines.get_by_role("button", name="Customer: All customers")).to_be_visible()
    ines.get_by_role("main").get_by_role("link", name="Scanner is slow").click()
    others.get_by_role("link", name="Router restarts").click()
    expect(ines.get_by_role("heading", name="Router restarts", level=1)).to_be_visible()
    window.get_by_role("button", name="Minimise").click()
    shoot(ines, "page")
    others.get_by_role("link", name="See all of the customer's tickets").click()
    expect(rows).to_have_count(2)
    ines.go_back()
    others.get_by_role("link", name="See all of the customer's chats").click()
    expect(ines.get_by_role("combobox", name="Customer")).to_have_value(kim)
    window.get_by_role("button", name="Restore").click()
    panel.get_by_role("link", name="Who has the keys?").click()
    expect(ines.get_by_role("heading", name="Who has the keys?", level=1)).to_be_visible()
    panel.get_by_role("link", name="See all of the customer's chats").click()
    expect(ines.get_by_role("combobox", name="Customer")).to_have_value(kim)

    opener.click()
    expect(panel).to_have_count(0)
    ines.reload()
    expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.timeout(120)
def test_on_a_phone_the_customer_is_in_a_sheet(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.8
    desk.set(customerLeave="always")
    ray = set_contact(desk, "ray")
    ticket = desk.ticket("ray", "Kettle leaks")
    abandon(desk, "ray", "Where is the tea?")
    desk.chat("ray", "Mug is gone")
    ines = desk.page("ines", phone=True)
    until_in_history(desk, ines, ray, 2)
    session_card(ines, "Waiting", "Mug is gone").get_by_role("button", name="Join").click()
    window, sheet = chat_window(ines, "Mug is gone"), ines.get_by_role("dialog", name="Customer")
    opener = window.get_by_role("button", name="Customer details")
    opener.click()
    expect(sheet).to_contain_text("No phone number")
    expect(sheet).to_contain_text("Time zone unknown")
    expect(sheet.get_by_role("link", name="Kettle leaks")).to_be_visible()
    shoot(ines, "sheet")
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)
    expect(opener).to_be_focused()
    opener.click()
    sheet.get_by_role("link", name="Kettle leaks").click()
    expect(ines.get_by_role("heading", name="Kettle leaks", level=1)).to_be_visible()
    expect(sheet).to_have_count(0)
    expect(window.get_by_role("textbox", name="Message")).to_have_count(0)
    assert ines.url.endswith(ticket)
    shoot(ines, "ticket")
    for link, heading in (
        ("Show chat: Where is the tea?", "Where is the tea?"),
        ("See all of the customer's tickets", "Tickets"),
        ("See all of the customer's chats", "History"),
    ):
        window.get_by_role("button", name="Restore").click()
        opener.click()
        sheet.get_by_role("link", name=link).click()
        expect(ines.get_by_role("heading", name=heading, level=1)).to_be_visible()
