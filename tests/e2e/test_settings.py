"""The desk's settings as an admin changes them."""

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import chat_window, end_chat, session_card, start_chat


def offer_after(page: Page) -> str:
    return page.get_by_role("textbox", name="Offer a way out after").input_value()


def test_an_admin_changes_settings_and_nobody_is_overwritten(desk: OwnDesk) -> None:  # spec 1.3, 2.8, 3.5, 4.5, 4.8
    ines = desk.page("ines", "/settings")
    ines.get_by_role("textbox", name="Offer a way out after").fill("15")
    ines.get_by_role("radio", name="By invitation only").check()
    ines.get_by_role("textbox", name="Away after").fill("10")
    ines.get_by_role("switch", name="The desk has office hours").check()
    ines.get_by_role("combobox", name="Time zone").select_option("Pacific/Auckland")
    ines.get_by_role("combobox", name="Country").select_option("NZ")
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
    assert len(saved["hours"]["spans"]) == 5 and list(saved["customers"].values()) == [False]

    # Somebody else is quicker; what was typed here outlives even a reload.
    ines.get_by_role("textbox", name="Offer a way out after").fill("20")
    desk.set(callBack=False)
    ines.reload()
    told = ines.get_by_role("alert").filter(has_text="Somebody else changed this meanwhile: call-backs")
    expect(told).to_be_visible()
    assert offer_after(ines) == "20"
    told.get_by_role("button", name="Keep my changes").click()
    expect(ines.get_by_role("switch", name="Call-backs")).not_to_be_checked()
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()

    tom = desk.page("tom", "/settings")
    expect(tom.get_by_role("main")).to_contain_text("Only admins see the settings")
    expect(tom.get_by_role("link", name="Settings")).to_have_count(0)


def test_an_admin_gives_a_company_a_new_board_and_its_next_chat_counts_for_it(desk: OwnDesk) -> None:  # spec 2.10
    before = desk.page("ray")
    start_chat(before, "From before the change")
    ines = desk.page("ines", "/settings")
    ines.get_by_role("textbox", name="Name of board 1").fill("First line")
    ines.get_by_role("button", name="Add a board").click()
    ines.get_by_role("textbox", name="Name of board 2").fill("Network")
    ines.get_by_role("combobox", name="Default board of Northwind").select_option("Network")
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_role("status").filter(has_text="Saved at")).to_be_visible()

    title = "From after the change"
    start_chat(desk.page("kim"), title)
    for asked, board in ((title, "Network"), ("From before the change", "First line")):
        session_card(ines, "Waiting", asked).get_by_role("button", name="Join").click()
        chosen = end_chat(chat_window(ines, asked)).get_by_role("combobox", name="Board").locator("option:checked")
        expect(chosen).to_have_text(board)
        ines.keyboard.press("Escape")


def test_an_admin_ends_somebodys_connections(desk: OwnDesk) -> None:  # spec 1.15
    lea, ines = desk.page("lea"), desk.page("ines", "/settings")
    ines.get_by_role("searchbox", name="Find a person").fill("lea moss")
    ines.get_by_role("list", name="People").get_by_role("button", name="End connections of Lea Moss").click()
    dialog = ines.get_by_role("dialog", name="End connections of Lea Moss?")
    dialog.get_by_role("textbox", name="Reason").fill("A lost laptop")
    dialog.get_by_role("button", name="End connections").click()
    expect(ines.get_by_role("status").filter(has_text="Lea Moss was disconnected (1 connection)")).to_be_visible()
    lea.wait_for_url("**/sign-in**")
    lea.goto("/portal/")
    lea.wait_for_url("**/sign-in**")
