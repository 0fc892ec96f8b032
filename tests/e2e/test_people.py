"""An admin adds, changes and disables people in Settings."""

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk


def person(settings: Page, name: str) -> Locator:
    settings.get_by_role("searchbox", name="Find a person").fill(name)
    return settings.get_by_role("list", name="People").get_by_role("listitem").filter(has_text=name)


def test_an_admin_adds_a_customer_who_is_found_and_cannot_be_saved_without_a_name(desk: OwnDesk) -> None:  # spec 10.10
    ines = desk.page("ines", "/settings")
    ines.get_by_role("button", name="Add a person").click()
    dialog = ines.get_by_role("dialog", name="Add a person")
    for radio in ("Customer", "Engineer", "Customer"):
        dialog.get_by_role("radio", name=radio).check()
        expect(dialog.get_by_role("radio", name=radio)).to_be_checked()
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert").filter(has_text="Enter a name")).to_be_visible()
    dialog.get_by_role("textbox", name="Name").fill("Uma Reyes")
    dialog.get_by_role("textbox", name="Email").fill("nobody")
    dialog.get_by_role("combobox", name="Company").select_option("Northwind")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert").filter(has_text="This is no e-mail address.")).to_be_visible()
    dialog.get_by_role("textbox", name="Email").fill("uma@northwind.example")
    dialog.get_by_role("textbox", name="Phone").fill("+44 20 7946 0101")
    dialog.get_by_role("combobox", name="Time zone").select_option("Pacific/Auckland")
    dialog.get_by_role("button", name="Add").click()
    expect(ines.get_by_role("status").filter(has_text="Uma Reyes was added")).to_be_visible()
    expect(person(ines, "Uma Reyes")).to_contain_text("Northwind")
    for show, count in (("Engineers", 0), ("Customers", 1)):
        ines.get_by_role("combobox", name="Show", exact=True).select_option(show)
        expect(person(ines, "Uma Reyes")).to_have_count(count)


def test_an_admin_adds_an_engineer_who_sees_one_board_of_one_company(desk: OwnDesk) -> None:  # spec 2.10, 10.10
    ines = desk.page("ines", "/settings")
    dialog = ines.get_by_role("dialog", name="Add a person")
    for way in ("Cancel", "Close"):
        ines.get_by_role("button", name="Add a person").click()
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
    ines.get_by_role("button", name="Add a person").click()
    dialog.get_by_role("textbox", name="Name").fill("Vic Osei")
    dialog.get_by_role("combobox", name="Role").select_option("Supervisor")
    for choice in ("Only these companies", "All companies", "Only these companies", "Only these boards", "All boards", "Only these boards"):
        dialog.get_by_role("radio", name=choice).check()
        expect(dialog.get_by_role("radio", name=choice)).to_be_checked()
    dialog.get_by_role("checkbox", name="Northwind").check()
    dialog.get_by_role("group", name="Only these boards").get_by_role("checkbox").first.check()
    dialog.get_by_role("button", name="Add").click()
    expect(ines.get_by_role("status").filter(has_text="Vic Osei was added")).to_be_visible()
    expect(person(ines, "Vic Osei")).to_contain_text("Supervisor")


def test_an_engineer_gets_another_role_and_access_and_is_disabled(desk: OwnDesk) -> None:  # spec 2.10, 10.10
    desk.board("Network")
    tom, ines = desk.page("tom"), desk.page("ines", "/settings")
    person(ines, "Tom Baker").get_by_role("button", name="Change Tom Baker").click()
    dialog = ines.get_by_role("dialog", name="Change Tom Baker")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)

    person(ines, "Tom Baker").get_by_role("button", name="Change Tom Baker").click()
    dialog.get_by_role("combobox", name="Role").select_option("Admin")
    for choice in ("Only these companies", "All companies"):
        dialog.get_by_role("radio", name=choice).check()
        expect(dialog.get_by_role("checkbox", name="Northwind")).to_be_visible(visible=choice != "All companies")
    dialog.get_by_role("radio", name="Only these boards").check()
    dialog.get_by_role("checkbox", name="Network").check()
    expect(dialog.get_by_role("checkbox", name="Network")).to_be_checked()
    dialog.get_by_role("radio", name="All boards").check()
    dialog.get_by_role("radio", name="Only these boards").check()
    dialog.get_by_role("button", name="Save changes").click()
    expect(ines.get_by_role("status").filter(has_text="Tom Baker was changed")).to_be_visible()
    expect(person(ines, "Tom Baker")).to_contain_text("Admin")
    expect(tom.get_by_role("link", name="Settings")).to_be_visible()

    person(ines, "Tom Baker").get_by_role("button", name="Change Tom Baker").click()
    dialog.get_by_role("switch", name="Disabled").check()
    dialog.get_by_role("button", name="Save changes").click()
    expect(person(ines, "Tom Baker")).to_contain_text("Disabled")
    tom.wait_for_url("**/sign-in**")


def test_more_people_follow_and_ones_own_role_stays(desk: OwnDesk) -> None:  # spec 10.2, 10.10
    for number in range(12):
        desk.customer(f"more{number}", f"Quinn {number}")
    ines = desk.page("ines", "/settings")
    ines.get_by_role("searchbox", name="Find a person").fill("quinn")
    people = ines.get_by_role("list", name="People").get_by_role("listitem")
    expect(people.filter(has_text="Quinn")).to_have_count(10)
    ines.get_by_role("button", name="Show more people").click()
    expect(people).to_have_count(12)

    person(ines, "Ines Vega").get_by_role("button", name="Change Ines Vega").click()
    dialog = ines.get_by_role("dialog", name="Change Ines Vega")
    expect(dialog.get_by_role("combobox", name="Role")).to_be_disabled()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
