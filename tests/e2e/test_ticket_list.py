"""The list of tickets as a place of work: sorted by any column, and for one customer (spec 9.7)."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk

Shoot = Callable[[Page, str], None]
# Header -> the direction that it has after one click, and the tickets in this order.
ORDERS = {
    "Number": ("descending", "adapter cable badge"),
    "Summary": ("ascending", "adapter badge cable"),
    "Customer": ("ascending", "cable badge adapter"),
    "Status": ("ascending", "adapter cable badge"),
    "Priority": ("descending", "badge adapter cable"),
    "Assignee": ("ascending", "adapter badge cable"),
    "Changed": ("descending", "cable badge adapter"),
}


def links(page: Page) -> Locator:
    return page.get_by_role("row").get_by_role("link")


def shows(page: Page, words: str) -> None:
    expect(links(page)).to_have_text([f"Sorted {word}" for word in words.split()])


def header(page: Page, name: str) -> Locator:
    return page.get_by_role("columnheader", name=name)


def test_the_list_is_sorted_by_each_column_and_shows_the_tickets_of_one_customer(desk: OwnDesk, shoot: Shoot) -> None:  # spec 9.7
    badge, cable = desk.ticket("kim", "Sorted badge"), desk.ticket("kim", "Sorted cable")
    desk.ticket("ray", "Sorted adapter")
    ines_id = desk.api("ines", "GET", "/start")["me"]["person"]["id"]
    closed = {"commandId": "badge", "priority": "PRIORITY_URGENT", "status": "TICKET_STATUS_CLOSED"}
    desk.api("ines", "PATCH", f"/tickets/{badge}", closed)
    desk.api("ines", "PATCH", f"/tickets/{cable}", {"commandId": "cable", "assigneeId": ines_id})
    ines = desk.page("ines", "/tickets?search=Sorted")
    shows(ines, "cable badge adapter")
    for name, (direction, words) in ORDERS.items():
        header(ines, name).get_by_role("button", name=name).click()
        expect(header(ines, name)).to_have_attribute("aria-sort", direction)
        shows(ines, words)

    summary = header(ines, "Summary")
    for direction, words in (("ascending", "adapter badge cable"), ("descending", "cable badge adapter")):
        summary.get_by_role("button", name="Summary").click()
        expect(summary).to_have_attribute("aria-sort", direction)
        shows(ines, words)
    shoot(ines, "sorted")
    links(ines).first.click()
    expect(ines.get_by_role("heading", name="Sorted cable", level=1)).to_be_visible()
    ines.go_back()
    expect(summary).to_have_attribute("aria-sort", "descending")
    shows(ines, "cable badge adapter")

    opener, dialog = ines.get_by_role("button", name="Customer: All customers"), ines.get_by_role("dialog")
    for way in ("Close", "Cancel"):
        opener.click()
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    opener.click()
    dialog.get_by_role("combobox", name="Find a customer").fill("Ray")
    shoot(ines, "customer")
    dialog.get_by_role("option", name="Ray Cole").click()
    expect(ines.get_by_role("button", name="Customer: Ray Cole")).to_be_visible()
    shows(ines, "adapter")
    ines.reload()
    expect(ines.get_by_role("button", name="Customer: Ray Cole")).to_be_visible()
    shoot(ines, "one customer")
    ines.get_by_role("button", name="Show all customers").click()
    shows(ines, "cable badge adapter")

    ines.get_by_role("combobox", name="Age").select_option("Unchanged for a day")
    expect(ines.get_by_text("No tickets match")).to_be_visible()
    ines.get_by_role("button", name="Clear filters").click()
    shows(ines, "cable badge adapter")

    phone = desk.page("ines", "/tickets?search=Sorted", phone=True, dark=True)
    shows(phone, "cable badge adapter")
    sort = phone.get_by_role("combobox", name="Sort")
    expect(sort).to_be_hidden()
    phone.get_by_role("button", name="Filters", exact=True).click()
    sort.select_option("Newest first")
    shows(phone, "adapter cable badge")
    phone.get_by_role("combobox", name="Status").select_option("Open")
    shows(phone, "adapter cable")
    shoot(phone, "phone-filters")
    phone.get_by_role("button", name="Filters, 1 active").click()
    expect(sort).to_be_hidden()
    shoot(phone, "phone")
    dark = desk.page("ines", "/tickets?sort=priority", dark=True)
    shows(dark, "badge adapter cable")
    shoot(dark, "dark")
