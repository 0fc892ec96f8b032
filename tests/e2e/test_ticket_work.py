"""Engineers create tickets in TECH, and change what a ticket is about and whose it is."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import session_card

Shoot = Callable[[Page, str], None]


def new_ticket(page: Page, opener: Locator) -> Locator:
    opener.click()
    return page.get_by_role("dialog", name="New ticket")


def choose_customer(dialog: Locator, name: str) -> None:
    dialog.get_by_role("combobox", name=re.compile("Customer|Find a customer")).fill(name.split()[0])
    dialog.get_by_role("option", name=name).click()
    expect(dialog.get_by_role("button", name=f"Change customer {name}")).to_be_visible()


def test_an_engineer_creates_a_ticket_from_the_list_and_sees_who_opens_it(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.2, 9.6
    desk.board("Repairs")
    ines = desk.page("ines")
    opener = ines.get_by_role("main").get_by_role("button", name="Create ticket")
    for way in ("Close", "Cancel"):
        dialog = new_ticket(ines, opener)
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    dialog = new_ticket(ines, opener)
    dialog.get_by_role("button", name="Create ticket").click()
    expect(dialog).to_contain_text("Choose a customer")
    choose_customer(dialog, "Kim Lund")
    dialog.get_by_role("button", name="Change customer Kim Lund").click()
    expect(dialog.get_by_role("combobox", name="Customer")).to_be_focused()
    shoot(ines, "search")
    choose_customer(dialog, "Ray Cole")
    expect(dialog.get_by_role("textbox", name="Summary")).to_be_focused()
    dialog.get_by_role("textbox", name="Summary").fill("Badge is lost")
    dialog.get_by_role("textbox", name="First note (optional)").fill("Ray called; a new one is on its way.")
    dialog.get_by_role("combobox", name="Priority").select_option("High")
    expect(dialog.get_by_role("combobox", name="Priority")).to_have_value("PRIORITY_HIGH")
    dialog.get_by_role("combobox", name="Board").select_option("Repairs")
    shoot(ines, "filled")
    dialog.get_by_role("button", name="Create ticket").click()

    expect(ines.get_by_role("heading", name="Badge is lost")).to_be_visible()
    expect(ines.get_by_role("list", name="Timeline")).to_contain_text("a new one is on its way")
    details = ines.get_by_role("complementary", name="Details")
    expect(details).to_contain_text("Ray Cole")
    expect(details.get_by_role("combobox", name="Board")).to_have_value(re.compile("repairs"))

    noa = desk.page("noa", f"/tickets/{ines.url.rpartition('/')[2]}")
    for page, other in ((ines, "Noa Stern"), (noa, "Ines Vega")):
        expect(page.get_by_text(f"{other} is also here")).to_be_visible()
        expect(page.get_by_role("list", name="Also on this ticket").get_by_role("listitem")).to_have_count(1)
    shoot(ines, "also-here")
    noa.get_by_role("link", name="All tickets").click()
    expect(ines.get_by_text("Noa Stern is also here")).to_have_count(0)


def test_an_engineer_creates_tickets_from_sessions(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.6, 4.11
    ines = desk.page("ines")
    desk.set(customerLeave="always")
    body = {"commandId": "call", "text": "Till does not open", "wish": {"phone": "+442079460101"}}
    desk.api("kim", "POST", "/callbacks", body)
    opened = desk.api("ray", "POST", "/chats", {"commandId": "chat", "text": "Screen flickers"})
    desk.api("ray", "POST", f"/sessions/{opened['session']['card']['sessionId']}/leave", {"commandId": "leave"})
    for tab, title, name in (("Callbacks", "Till does not open", "Kim Lund"), ("Abandoned", "Screen flickers", "Ray Cole")):
        card = session_card(ines, tab, title)
        dialog = new_ticket(ines, card.get_by_role("button", name="Create ticket"))
        expect(dialog.get_by_role("group", name="Customer")).to_contain_text(name)
        shoot(ines, tab)
        dialog.get_by_role("button", name="Create ticket").click()
        ines.get_by_role("button", name="Open ticket").click()
        expect(ines.get_by_role("heading", name=title, level=1)).to_be_visible()
        card.get_by_role("button", name="End session").click()
        closing = ines.get_by_role("dialog", name="Close session")
        expect(closing.get_by_role("textbox", name="What was done?")).to_have_value(re.compile("Created ticket #"))
        closing.get_by_role("button", name="Close session").click()
        expect(card).to_have_count(0)

    desk.chat("lea", "Mouse jumps")
    session_card(ines, "Waiting", "Mouse jumps").get_by_role("button", name="Join").click()
    window = ines.get_by_role("region", name="Chat: Mouse jumps")
    window.get_by_role("button", name="Chat menu").click()
    dialog = new_ticket(ines, ines.get_by_role("menuitem", name="Create ticket"))
    expect(dialog.get_by_role("textbox", name="Summary")).to_have_value("Mouse jumps")
    dialog.get_by_role("button", name="Create ticket").click()
    expect(ines.get_by_role("button", name="Open ticket")).to_be_visible()


def test_a_ticket_gets_another_summary_and_customer_before_the_eyes_of_both(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.6, 9.4, 9.5
    ticket = desk.ticket("kim", "Tablet is cracked")
    kim, ray, ines = desk.page("kim", f"/tickets/{ticket}"), desk.page("ray", "/tickets"), desk.page("ines", f"/tickets/{ticket}")
    box = ines.get_by_role("textbox", name="Summary")
    ines.get_by_role("button", name="Edit summary").click()
    box.fill("Nonsense")
    ines.get_by_role("button", name="Cancel").click()
    expect(box).to_have_count(0)
    ines.get_by_role("button", name="Edit summary").click()
    box.fill("Two tablets are cracked")
    shoot(ines, "summary")
    ines.get_by_role("button", name="Save summary").click()
    for page in (ines, kim):
        expect(page.get_by_role("heading", name="Two tablets are cracked", level=1)).to_be_visible()

    opener = ines.get_by_role("complementary", name="Details").get_by_role("button", name="Change customer")
    dialog = ines.get_by_role("dialog", name="Change customer")
    for way in ("Close", "Cancel"):
        opener.click()
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    opener.click()
    choose_customer(dialog, "Lea Moss")
    dialog.get_by_role("button", name="Change customer Lea Moss").click()
    choose_customer(dialog, "Ray Cole")
    shoot(ines, "customer")
    dialog.get_by_role("button", name="Change customer", exact=True).click()
    expect(ines.get_by_role("list", name="Timeline")).to_contain_text("changed the customer from Kim Lund to Ray Cole")
    shoot(ines, "changed")

    expect(kim.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    expect(kim.get_by_role("main")).not_to_contain_text("tablets")
    ray.get_by_role("link", name="Two tablets are cracked").click()
    expect(ray.get_by_role("list", name="Timeline")).to_contain_text("Two tablets are cracked")
    expect(ray.get_by_role("list", name="Timeline")).not_to_contain_text("Ray Cole")


def test_an_engineer_works_through_the_list_by_keys_and_with_several_at_once(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.7
    desk.tickets("kim", [f"Row {number}" for number in range(1, 5)])
    ines = desk.page("ines", "/tickets?search=Row&status=open")
    rows = ines.get_by_role("row", name=re.compile("Row "))
    expect(rows).to_have_count(4)
    ines.keyboard.press("l")
    expect(ines.get_by_role("link", name="Row 4")).to_be_focused()
    ines.keyboard.press("j")
    ines.keyboard.press("a")
    expect(rows.nth(0)).to_contain_text("Ines Vega")  # the last changed is the first
    ines.keyboard.press("Home")
    ines.keyboard.press("e")
    expect(rows).to_have_count(3)
    expect(ines.get_by_role("link", name="Row 4")).to_be_focused()

    several = ines.get_by_role("group", name="Selected tickets")
    ines.keyboard.press("x")
    expect(several).to_contain_text("1 selected")
    several.get_by_role("button", name="Clear selection").click()
    expect(several).to_have_count(0)
    for box in ines.get_by_role("checkbox").all():
        box.check()
    expect(several).to_contain_text("3 selected")
    shoot(ines, "selected")
    several.get_by_role("button", name="Assign to me").click()
    for number in range(3):
        expect(rows.nth(number)).to_contain_text("Ines Vega")
    for box in ines.get_by_role("checkbox").all():
        box.check()
    several.get_by_role("button", name="Close").click()
    expect(ines.get_by_text("No tickets match")).to_be_visible()
    ines.keyboard.press("?")
    expect(ines.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Next and previous ticket")
    ines.keyboard.press("Escape")
    expect(ines.get_by_role("dialog")).to_have_count(0)
