"""Tickets in both apps: lists, pages, and the ways to create one."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import broken, chat_window, end_chat, messages, session_card, try_chat_again

MANY = 52


def rows(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=re.compile("Request number"))


def test_the_lists_can_be_searched_filtered_and_extended(desk: OwnDesk) -> None:  # spec 9.1
    desk.tickets("kim", [f"Request number {number}" for number in range(MANY)])
    ines, kim = desk.page("ines"), desk.page("kim", "/tickets")
    expect(rows(ines)).to_have_count(50)
    for page in (ines, kim):
        page.get_by_role("button", name="Show more").click()
        expect(rows(page)).to_have_count(MANY)
        page.get_by_role("searchbox", name="Search tickets").fill("number 17")
        expect(rows(page)).to_have_count(1)
        rows(page).click()
        expect(page.get_by_role("heading", name="Request number 17")).to_be_visible()
        page.get_by_role("link", name="All tickets").click()
        expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()

    for shown, total in (("Closed", "No closed tickets"), ("Open", f"{MANY} tickets"), ("All", f"{MANY} tickets")):
        kim.get_by_role("radio", name=shown).click()
        expect(kim.get_by_role("radio", name=shown)).to_be_checked()
        expect(kim.get_by_role("main")).to_contain_text(total)

    search = ines.get_by_role("searchbox", name="Search tickets")
    expect(search).to_have_value("number 17")
    search.fill("")
    expect(rows(ines)).to_have_count(50)
    ines.get_by_role("combobox", name="Board").select_option("Service desk")
    expect(rows(ines)).to_have_count(50)
    ines.get_by_role("combobox", name="Status").select_option("Closed")
    expect(ines.get_by_role("main")).to_contain_text("No tickets match")
    ines.get_by_role("button", name="Clear filters").click()
    expect(rows(ines)).to_have_count(50)


def test_an_engineer_changes_a_ticket_and_adds_notes(desk: OwnDesk) -> None:  # spec 9.1, 9.2
    ines = desk.page("ines", f"/tickets/{desk.ticket('kim', 'Tablet is cracked')}")
    timeline = ines.get_by_role("list", name="Timeline")
    details = ines.get_by_role("complementary", name="Details")
    desk.board("Repairs")
    ines.reload()
    changes = {"Priority": "Urgent", "Assignee": "Tom Baker", "Board": "Repairs", "Status": "Waiting customer"}
    for name, value in changes.items():
        details.get_by_role("combobox", name=name).select_option(value)
        expect(timeline).to_contain_text(re.compile(f"{name.lower()}.* to {value}"))

    notes = {"Public reply": "We send another one.", "Internal note": "\n".join(f"Step {number}" for number in range(20))}
    for audience, text in notes.items():
        ines.get_by_role("radio", name=audience).click()
        ines.get_by_role("textbox", name="Note").fill(text)
        ines.get_by_role("button", name=re.compile("Add note|Send reply")).click()
        expect(timeline).to_contain_text(text.splitlines()[-1])
    timeline.get_by_role("button", name="Show all").click()
    expect(timeline.get_by_role("button", name="Show less")).to_be_visible()
    timeline.get_by_role("button", name="Show less").click()
    expect(timeline.get_by_role("button", name="Show all")).to_be_visible()

    # Typing in the box, which stays below what is shown of a long timeline, scrolls nothing.
    timeline.get_by_role("button", name="Show all").click()
    ines.get_by_role("textbox", name="Note").click()
    room = ines.evaluate("(page => { page.scrollTop = 0; return page.scrollHeight - page.clientHeight; })(document.getElementById('page'))")
    assert room > 100
    ines.keyboard.type("Shipped")
    expect(ines.get_by_role("textbox", name="Note")).to_have_value("Shipped")
    assert ines.evaluate("document.getElementById('page').scrollTop") == 0


def test_the_list_is_after_back_as_it_was(desk: OwnDesk, shoot: Callable[[Page, str], None]) -> None:  # spec 9.7
    names = [f"Old request {number}" for number in range(30)]
    ids = [desk.ticket("ray", name) for name in names]
    for id in ids:
        desk.api("ines", "PATCH", f"/tickets/{id}", {"commandId": f"urgent-{id}", "priority": "PRIORITY_URGENT"})
    ines_id = desk.api("ines", "GET", "/start")["me"]["person"]["id"]
    desk.api("ines", "PATCH", f"/tickets/{ids[3]}", {"commandId": "mine", "assigneeId": ines_id})
    ines = desk.page("ines")
    old = ines.get_by_role("main").get_by_role("link", name=re.compile("Old request"))
    ines.get_by_role("combobox", name="Priority").select_option("Urgent")
    expect(old).to_have_count(len(ids))
    old.last.scroll_into_view_if_needed()
    top = ines.evaluate("document.getElementById('page').scrollTop")
    assert top > 0
    shoot(ines, "list")
    old.last.click()
    expect(ines.get_by_role("heading", name=re.compile("Old request"), level=1)).to_be_visible()
    ines.go_back()
    expect(old).to_have_count(len(ids))
    expect(ines.get_by_role("combobox", name="Priority")).to_have_value("PRIORITY_URGENT")
    ines.wait_for_function("top => Math.abs(document.getElementById('page').scrollTop - top) < 2", arg=top)

    ines.get_by_role("combobox", name="Assignee").select_option("Assigned to me")
    expect(old).to_have_count(1)
    ines.reload()
    expect(old).to_have_count(1)
    expect(ines.get_by_role("combobox", name="Assignee").locator("option:checked")).to_have_text("Assigned to me")


@pytest.mark.main_path
def test_a_customer_creates_a_ticket_in_both_ways_and_works_on_it(desk: OwnDesk) -> None:  # spec 2.5, 9.1, 9.4
    lea, ines = desk.page("lea", "/support"), desk.page("ines")
    text = "My headset is broken"
    lea.get_by_role("textbox", name="How can we help?").fill(text)
    lea.get_by_role("button", name="Create a ticket").click()
    expect(lea.get_by_role("textbox", name="What is it about?")).to_have_value(text)
    lea.get_by_role("button", name="Cancel").click()
    expect(lea.get_by_role("textbox", name="How can we help?")).to_have_value(text)
    lea.get_by_role("button", name="Create a ticket").click()
    lea.get_by_role("button", name="Create ticket").click()
    expect(lea.get_by_role("heading", name=text, level=1)).to_be_visible()

    lea.get_by_role("link", name="All tickets").click()
    lea.get_by_role("button", name="Create a ticket").click()
    lea.get_by_role("link", name="All tickets").click()
    expect(lea.get_by_role("list", name="Tickets").get_by_role("listitem")).to_have_count(1)
    lea.get_by_role("button", name="Create a ticket").click()
    lea.get_by_role("textbox", name="What is it about?").fill("And the keyboard too")
    lea.get_by_role("textbox", name="Details (optional)").fill("The space bar")
    lea.get_by_role("button", name="Create ticket").click()
    timeline = lea.get_by_role("list", name="Timeline")
    expect(timeline).to_contain_text("The space bar")

    lea.get_by_role("textbox", name="Your note").fill("It works with another one")
    lea.get_by_role("button", name="Add note").click()
    expect(timeline).to_contain_text("It works with another one")
    lea.get_by_role("button", name="Close ticket").click()
    expect(lea.get_by_role("button", name="Chat about this ticket")).to_have_attribute("aria-disabled", "true")
    lea.get_by_role("button", name="Reopen ticket").click()
    expect(lea.get_by_role("button", name="Close ticket")).to_be_visible()
    about = lea.get_by_role("dialog", name="Chat about this ticket")
    for way in ("Close", "Cancel"):
        lea.get_by_role("button", name="Chat about this ticket").click()
        about.get_by_role("button", name=way).click()
        expect(about).to_have_count(0)
    lea.get_by_role("button", name="Chat about this ticket").click()
    about.get_by_role("textbox", name="What is it about?").fill("Is it on its way?")
    about.get_by_role("button", name="Start chat").click()
    at_lea = lea.get_by_role("region", name=re.compile("Is it on its way"))
    at_lea.get_by_role("button", name="Minimise").click()
    lea.get_by_role("button", name="Go to the chat").click()
    expect(at_lea.get_by_role("textbox", name="Message")).to_be_focused()

    session_card(ines, "Waiting", "Is it on its way?").get_by_role("button", name="Join").click()
    end_chat(ines.get_by_role("region", name=re.compile("Is it on its way"))).get_by_role("button", name="End and attach chat log").click()
    messages(at_lea).get_by_role("button", name="Leave", exact=True).click()
    expect(at_lea).to_have_count(0)
    with broken(lea, "**/portal/api/sessions/*"):
        timeline.get_by_role("button", name="Open the chat").click()
        try_chat_again(lea, "**/portal/api/sessions/*")
    at_lea.get_by_role("button", name="Close", exact=True).click()
    timeline.get_by_role("button", name="Open the chat").click()
    expect(messages(at_lea)).to_contain_text("The chat session is now closed")
    at_lea.get_by_role("button", name="Close", exact=True).click()
    expect(at_lea).to_have_count(0)


def test_a_chat_that_became_a_ticket_links_to_it(desk: OwnDesk) -> None:  # spec 4.1, 4.4
    desk.set(customerLeave="always")
    ray, ines = desk.page("ray", "/support"), desk.page("ines")
    title = "Mouse jumps"
    ray.get_by_role("textbox", name="How can we help?").fill(title)
    ray.get_by_role("button", name="Start chat").click()
    at_ray = chat_window(ray, title)
    at_ray.get_by_role("button", name="Minimise").click()
    at_ray.get_by_role("button", name="Restore").click()
    expect(at_ray.get_by_role("textbox", name="Message")).to_be_visible()
    at_ray.get_by_role("button", name="Close", exact=True).click()
    expect(at_ray).to_have_count(0)
    ray.get_by_role("button", name="Back to chat").click()
    expect(at_ray.get_by_role("textbox", name="Message")).to_be_focused()
    at_ray.get_by_role("button", name="Close", exact=True).click()
    ray.get_by_role("button", name="Go to your chat").click()
    expect(at_ray.get_by_role("textbox", name="Message")).to_be_focused()

    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    end_chat(chat_window(ines, title)).get_by_role("button", name="Create ticket and attach chat log").click()
    messages(at_ray).get_by_role("button", name="Open the ticket").click()
    expect(ray.get_by_role("heading", name=title, level=1)).to_be_visible()
    messages(at_ray).get_by_role("button", name="Leave", exact=True).click()
    expect(at_ray).to_have_count(0)

    ray.get_by_role("link", name="Request support").first.click()
    ray.get_by_role("textbox", name="How can we help?").fill("It still jumps")
    ray.get_by_role("button", name="Start chat").click()
    at_ray = chat_window(ray, "It still jumps")
    asked = ray.get_by_role("alertdialog", name="Leave this chat?")
    for answer, count in (("Stay", 1), ("Leave", 0)):
        at_ray.get_by_role("button", name="Leave chat").click()
        asked.get_by_role("button", name=answer).click()
        expect(asked).to_have_count(0)
        expect(at_ray).to_have_count(count)
