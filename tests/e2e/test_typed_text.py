"""Typed text is kept, is sent exactly once, and never blocks later messages."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import chat_window, end_chat, messages, start_chat, write


def create(portal: Page, summary: str) -> None:
    """Submits the open form and waits for the ticket's page."""
    portal.get_by_role("button", name="Create ticket").click()
    expect(portal.get_by_role("heading", name=summary, level=1)).to_be_visible()


def lose_response(route: Route) -> None:
    """The server handles a POST, but its response is lost."""
    if route.request.method == "POST":
        route.fetch()
        route.abort()
    else:
        route.continue_()


def test_a_customer_creates_a_ticket_from_the_request_page_and_from_the_list(desk: OwnDesk) -> None:  # spec 7.9, 9.1
    kim = desk.page("kim", "/support")
    kim.get_by_role("textbox", name="How can we help?").fill("My headset is broken")
    kim.get_by_role("button", name="Create a ticket").click()
    expect(kim.get_by_role("textbox", name="What is it about?")).to_have_value("My headset is broken")
    kim.get_by_role("textbox", name="Details (optional)").fill("It fell")
    kim.reload()
    expect(kim.get_by_role("textbox", name="Details (optional)")).to_have_value("It fell")
    create(kim, "My headset is broken")
    expect(kim.get_by_role("main")).to_contain_text("It fell")

    kim.get_by_role("link", name="Tickets").first.click()
    kim.get_by_role("button", name="Create a ticket").click()
    kim.get_by_role("textbox", name="What is it about?").fill("A second one")
    # The response is lost; the ticket is created exactly once.
    kim.route("**/portal/api/tickets", lose_response)
    kim.get_by_role("button", name="Create ticket").click()
    expect(kim.get_by_role("alert")).to_contain_text("cannot be reached", timeout=30_000)
    kim.unroute_all()
    create(kim, "A second one")
    kim.get_by_role("link", name="Tickets").first.click()
    expect(kim.get_by_role("main").get_by_role("link", name=re.compile("A second one"))).to_have_count(1)


def test_an_unsent_note_is_kept_across_other_pages_and_a_reload(desk: OwnDesk) -> None:  # spec 7.9
    ticket = desk.ticket("ray", "Dock is dead")
    ines = desk.page("ines", f"/tickets/{ticket}")
    box = ines.get_by_role("textbox", name="Note")
    box.fill("Sent a new one, it comes")
    ines.get_by_role("radio", name="Public reply").check()
    ines.get_by_role("link", name="Tickets").first.click()
    ines.get_by_role("link", name=re.compile("Dock is dead")).click()
    expect(box).to_have_value("Sent a new one, it comes")
    ines.reload()
    expect(box).to_have_value("Sent a new one, it comes")
    expect(ines.get_by_role("radio", name="Public reply")).to_be_checked()
    ines.get_by_role("button", name="Send reply").click()
    expect(ines.get_by_role("list", name="Timeline")).to_contain_text("Sent a new one, it comes")
    ines.reload()
    expect(box).to_have_value("")


@pytest.mark.main_path
def test_half_a_character_and_a_missing_script_do_not_block_later_work(desk: OwnDesk) -> None:  # spec 7.3, 7.9
    lea, ines = desk.page("lea"), desk.page("ines")
    at_lea = start_chat(lea, "Camera is dark")
    ines.get_by_role("region", name="Chat alerts").get_by_role("article", name="Camera is dark").get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, "Camera is dark")
    box = at_lea.get_by_role("textbox", name="Message")
    box.evaluate("box => { box.value = 'cut off \\ud83d'; box.dispatchEvent(new Event('input', {bubbles: true})); }")
    box.press("Enter")
    write(at_lea, "and a second one")
    expect(messages(at_ines)).to_contain_text("cut off \ufffd")
    expect(messages(at_ines)).to_contain_text("and a second one")

    # A new version was deployed while the page was open: it reloads by itself, once, and keeps what is typed.
    ines.route("**/assets/end_dialog*", lambda route: route.fulfill(status=404))
    ines.route("**/assets/tech-*.js", lambda route: route.fulfill(status=404) if route.request.method == "HEAD" else route.continue_())
    typed = at_ines.get_by_role("textbox", name="Message")
    typed.fill("One more thing")
    with ines.expect_event("load"):
        end_chat(at_ines)
    expect(typed).to_have_value("One more thing")
    typed.fill("")
    end_chat(at_ines)
    missing = ines.get_by_role("dialog", name="This part could not be loaded")
    expect(missing.get_by_role("button", name="Reload the page")).to_be_visible()
    ines.unroute_all()
    missing.get_by_role("button", name="Reload the page").click()
    expect(missing).to_have_count(0)
    end_chat(at_ines)
    ines.get_by_role("button", name="Close without a ticket").click()
    expect(messages(at_ines)).to_contain_text("The chat session is now closed")
