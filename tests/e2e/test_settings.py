"""An admin changes the desk's settings."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import chat_window, end_chat, session_card, start_chat

Shoot = Callable[[Page, str], None]


def offer_after(page: Page) -> str:
    return page.get_by_role("textbox", name="Offer a call-back or leaving after").input_value()


def test_an_admin_changes_settings_without_overwriting_changes_of_others(desk: OwnDesk) -> None:  # spec 1.3, 2.8, 3.5, 4.5, 4.8
    ines = desk.page("ines", "/settings")
    ines.get_by_role("textbox", name="Offer a call-back or leaving after").fill("15")
    ines.get_by_role("radio", name="By invitation only").check()
    ines.get_by_role("textbox", name="Away after").fill("10")
    largest = ines.get_by_role("textbox", name="Largest file, in MB")
    largest.fill("5")
    expect(largest).to_have_value("5")
    ines.get_by_role("switch", name="The desk has office hours").check()
    ines.get_by_role("combobox", name="Time zone").select_option("Pacific/Auckland")
    ines.get_by_role("combobox", name="Country").select_option("NZ")
    year = ines.get_by_role("combobox", name="Year").select_option(index=1)
    ines.get_by_role("button", name="Fill by country").click()
    expect(ines.get_by_role("list", name="Holidays").get_by_role("listitem").nth(5)).to_be_visible()
    ines.get_by_role("searchbox", name="Find a company or customer").fill("pia")
    ines.get_by_role("button", name="Pia Holt Northwind").click()
    expect(ines.get_by_role("status").filter(has_text="Unsaved changes")).to_be_visible()
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()
    saved = desk.api("ines", "GET", "/settings/chat")["settings"]
    assert (saved["noAnswerAfter"], saved["joinPolicy"], saved["hours"]["zone"]) == (15, "single_then_invite", "Pacific/Auckland")
    assert desk.api("ines", "GET", "/settings/presence")["settings"] == {"awayAfter": 600}
    assert desk.api("ines", "GET", "/places")["desk"]["maxFileMb"] == 5
    assert [*{day["date"][:4] for day in saved["hours"]["holidays"]}] == year
    assert len(saved["hours"]["spans"]) == 5 and list(saved["customers"].values()) == [False]

    # Someone else saves first; the text typed here survives even a reload.
    ines.get_by_role("textbox", name="Offer a call-back or leaving after").fill("20")
    desk.set(callBack=False)
    ines.reload()
    conflict = ines.get_by_role("alert").filter(has_text="Someone else changed this in the meantime: call-backs")
    expect(conflict).to_be_visible()
    assert offer_after(ines) == "20"
    conflict.get_by_role("button", name="Keep my changes").click()
    expect(ines.get_by_role("switch", name="Call-backs")).not_to_be_checked()
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()

    tom = desk.page("tom", "/settings")
    expect(tom.get_by_role("main")).to_contain_text("Only admins can see the desk's settings")
    expect(tom.get_by_role("main").get_by_role("region", name="Canned replies")).to_be_visible()
    expect(tom.get_by_role("main").get_by_role("region", name="Office hours")).to_have_count(0)


def test_an_admin_gives_a_company_a_new_board_and_its_next_chat_belongs_to_it(desk: OwnDesk, shoot: Shoot) -> None:  # spec 2.10, 9.4
    before = desk.page("ray")
    start_chat(before, "From before the change")
    ines = desk.page("ines", "/settings")
    ines.get_by_role("textbox", name="Name of board 1").fill("First line")
    ines.get_by_role("button", name="Add a board").click()
    expect(ines.get_by_role("textbox", name="Name of board 2")).to_be_focused()
    ines.get_by_role("button", name="Remove the new board").click()
    expect(ines.get_by_role("button", name="Add a board")).to_be_focused()
    ines.get_by_role("button", name="Add a board").click()
    ines.get_by_role("textbox", name="Name of board 2").fill("Network")
    ines.get_by_role("combobox", name="Default board of Northwind").select_option("Network")
    shared = ines.get_by_role("switch", name="Customers of Northwind see each other's tickets")
    for on in (True, False):
        shared.click()
        expect(shared).to_be_checked(checked=on)
    ines.get_by_role("button", name="Add a company").click()
    expect(ines.get_by_role("textbox", name="Name of the new company")).to_be_focused()
    ines.get_by_role("button", name="Remove the new company").click()
    expect(ines.get_by_role("button", name="Add a company")).to_be_focused()
    ines.get_by_role("button", name="Add a company").click()
    ines.get_by_role("textbox", name="Name of the new company").fill("northwind")
    expect(ines.get_by_text("Another company has this name")).to_be_visible()
    ines.get_by_role("textbox", name="Name of the new company").fill("Southwind")
    ines.get_by_role("combobox", name="Default board of the new company").select_option("First line")
    ines.get_by_role("switch", name="Customers of the new company see each other's tickets").check()
    shoot(ines, "companies")
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()
    stored = {company["name"]: company.get("sharedTickets", False) for company in desk.api("ines", "GET", "/places")["companies"]}
    assert (stored["Northwind"], stored["Southwind"]) == (False, True)

    # A colleague renames the company that this page renames as well.
    ines.get_by_role("textbox", name="Name of Southwind").fill("Southwind Co")
    [southwind] = [company for company in desk.api("ines", "GET", "/places")["companies"] if company["name"] == "Southwind"]
    desk.api("ines", "PUT", "/directory", {"entry": {"company": {**southwind, "name": "Southwind Inc"}}})
    ines.get_by_role("button", name="Save").click()
    conflict = ines.get_by_role("alert").filter(has_text=re.compile("name of .*Southwind.*theirs: .*Southwind Inc.*yours: .*Southwind Co"))
    shoot(ines, "conflict")
    conflict.get_by_role("button", name="Keep my changes").click()
    expect(conflict).to_have_count(0)
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()
    assert "Southwind Co" in {company["name"] for company in desk.api("ines", "GET", "/places")["companies"]}

    boards = ines.get_by_role("region", name="Boards")
    boards.get_by_role("button", name="Archive Network").click()
    expect(boards.get_by_role("button", name="Take Network back from the archive")).to_be_visible()
    boards.get_by_role("button", name="Take Network back from the archive").click()
    expect(boards.get_by_role("button", name="Archive Network")).to_be_visible()

    # Archived, Southwind is hidden until it is asked for.
    ines.get_by_role("button", name="Archive Southwind Co").click()
    expect(ines.get_by_role("button", name="Take Southwind Co back from the archive")).to_be_visible()
    shoot(ines, "archived")
    ines.get_by_role("button", name="Save").click()
    ines.get_by_role("button", name="Show 1 archived company").click()
    expect(ines.get_by_role("textbox", name="Name of Southwind Co")).to_be_visible()
    assert [one["name"] for one in desk.api("ines", "GET", "/places")["companies"] if one.get("archived")] == ["Southwind Co"]
    ines.get_by_role("button", name="Take Southwind Co back from the archive").click()
    expect(ines.get_by_role("button", name="Archive Southwind Co")).to_be_visible()
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()

    title = "From after the change"
    start_chat(desk.page("kim"), title)
    for asked, board in ((title, "Network"), ("From before the change", "First line")):
        session_card(ines, "Waiting", asked).get_by_role("button", name="Join").click()
        chosen = end_chat(chat_window(ines, asked)).get_by_role("combobox", name="Board").locator("option:checked")
        expect(chosen).to_have_text(board)
        ines.keyboard.press("Escape")


def test_links_lead_to_the_sections_of_the_settings(desk: OwnDesk, shoot: Shoot) -> None:
    ines = desk.page("ines", "/settings")
    ines.set_viewport_size({"width": 1600, "height": 900})
    links = ines.get_by_role("navigation", name="Sections").get_by_role("link")
    expect(links.first).to_have_attribute("aria-current", "true")
    for name in links.all_inner_texts():
        ines.get_by_role("navigation", name="Sections").get_by_role("link", name=name).click()
        expect(ines.get_by_role("heading", level=2, name=name)).to_be_focused()
        expect(ines.get_by_role("heading", level=2, name=name)).to_be_in_viewport()
        expect(links.and_(ines.locator("[aria-current=true]"))).to_have_text(name)
    shoot(ines, "last")
    ines.mouse.move(800, 500)
    ines.mouse.wheel(0, -20_000)
    expect(links.first).to_have_attribute("aria-current", "true")
    shoot(ines, "first")


def test_an_admin_ends_the_connections_of_a_person(desk: OwnDesk) -> None:  # spec 1.15
    lea, ines = desk.page("lea"), desk.page("ines", "/settings")
    ines.get_by_role("searchbox", name="Find a person").fill("lea moss")
    ines.get_by_role("list", name="People").get_by_role("button", name="End connections of Lea Moss").click()
    dialog = ines.get_by_role("dialog", name="End connections of Lea Moss?")
    for way in ("Cancel", "Close"):
        dialog.get_by_role("button", name=way).click()
        expect(dialog).to_have_count(0)
        ines.get_by_role("button", name="End connections of Lea Moss").click()
    dialog.get_by_role("textbox", name="Reason").fill("A lost laptop")
    dialog.get_by_role("button", name="End connections").click()
    expect(ines.get_by_role("status").filter(has_text="Lea Moss was disconnected (1 connection)")).to_be_visible()
    lea.wait_for_url("**/sign-in**")
    lea.goto("/portal/")
    lea.wait_for_url("**/sign-in**")


def test_every_control_of_the_settings_can_be_saved_or_discarded(desk: OwnDesk) -> None:  # spec 2.8, 3.5, 4.4, 4.6, 4.8
    for number in range(10):
        desk.company(f"Company {number}")
    ines = desk.page("ines", "/settings")
    state = ines.locator(".settings__head").get_by_role("status")
    switches = ("Chat from Request support", "Chat about a ticket", "Call-backs")
    before = desk.api("ines", "GET", "/settings/chat")["settings"]
    for name in switches:
        ines.get_by_role("switch", name=name).click()
    expect(state).to_contain_text("Unsaved changes")
    ines.get_by_role("button", name="Discard").click()
    expect(state).to_contain_text("All changes saved")

    for name in switches:
        ines.get_by_role("switch", name=name).click()
    for radio in (
        "By invitation only",
        "Any engineer with access",
        "By invitation only",
        "At any time",
        "When it is offered",
        "At any time",
    ):
        ines.get_by_role("radio", name=radio).click()
        expect(ines.get_by_role("radio", name=radio)).to_be_checked()
    for name in ("Offer a call-back or leaving after, unit", "Away after, unit"):
        ines.get_by_role("combobox", name=name).select_option("minutes")
    if not ines.get_by_role("switch", name="The desk has office hours").is_checked():
        ines.get_by_role("switch", name="The desk has office hours").check()
    hours = ines.get_by_role("region", name="Office hours")
    hours.get_by_role("button", name="Add a time on Monday").click()
    expect(hours.get_by_role("button", name="Remove this time on Monday")).to_have_count(2)
    hours.get_by_role("button", name="Copy Monday to Monday to Friday").click()
    hours.get_by_role("button", name="Remove this time on Friday").last.click()
    expect(hours.get_by_role("button", name="Remove this time on Friday")).to_have_count(1)
    for radio in ("Turn chats off", "Show a notice and accept chats", "Turn chats off"):
        hours.get_by_role("radio", name=radio).click()
        expect(hours.get_by_role("radio", name=radio)).to_be_checked()
    holidays = ines.get_by_role("region", name="Holidays")
    for _ in range(2):
        holidays.get_by_role("button", name="Add a day").click()
    holidays.get_by_role("button", name="Remove this day").last.click()
    expect(holidays.get_by_role("button", name="Remove this day")).to_have_count(1)
    day = holidays.get_by_role("list", name="Holidays").get_by_role("listitem").last
    day.get_by_label("Date").fill("2030-12-24")
    day.get_by_role("combobox", name="Closed").select_option("Part of the day")
    access = ines.get_by_role("region", name="Who can chat")
    for name in ("Company 3", "Kim Lund"):
        access.get_by_role("searchbox").fill(name)
        access.get_by_role("button", name=name).click()
    access.get_by_role("combobox", name="Chat for Company 3").select_option("Can chat")
    access.get_by_role("button", name="Remove the exception for Kim Lund").click()
    expect(access.get_by_role("button", name="Remove the exception for Kim Lund")).to_have_count(0)
    companies, stored = ines.get_by_role("region", name="Companies"), desk.api("ines", "GET", "/places")["companies"]
    companies.get_by_role("button", name=re.compile("Show . more")).click()
    expect(companies.get_by_role("combobox", name=re.compile("Default board of"))).to_have_count(len(stored))
    ines.get_by_role("button", name="Save").click()
    expect(state).to_contain_text("Saved at")

    saved = desk.api("ines", "GET", "/settings/chat")["settings"]
    for field in ("preTicketChat", "postTicketChat", "callBack"):
        assert saved.get(field, False) is not before.get(field, False)
    assert (saved["joinPolicy"], saved["customerLeave"], saved["hoursMode"]) == ("single_then_invite", "always", "refuse")
    assert [span["day"] for span in saved["hours"]["spans"]] == [1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert {"date": "2030-12-24", "name": "", "fromMinute": 720, "untilMinute": 1440}.items() <= saved["hours"]["holidays"][-1].items()
    assert list(saved["companies"].values()) == [True]

    # An admin may keep the changes that a colleague has saved meanwhile.
    ines.get_by_role("switch", name="Call-backs").click()
    desk.set(idleAfter=600)
    ines.get_by_role("button", name="Save").click()
    ines.get_by_role("button", name="Show theirs").click()
    expect(state).to_contain_text("All changes saved")
    expect(ines.get_by_role("textbox", name="Offer to leave an inactive chat after")).to_have_value("10")
