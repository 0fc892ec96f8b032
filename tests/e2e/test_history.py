"""The history in TECH: the list with its filters, and the page of a chat."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import broken, chat_window, end_chat, messages, session_card, try_again, try_chat_again, write

Shoot = Callable[[Page, str], None]
TITLE = "The laminator eats paper"


def test_the_history_is_searched_and_opened(desk: OwnDesk, shoot: Shoot) -> None:  # spec 8.1, 8.2, 4.2, 5.11
    ines = desk.page("ines")
    desk.chat("kim", TITLE)
    desk.chat("ray", "Where is my badge?")
    session_card(ines, "Waiting", TITLE).get_by_role("button", name="Join").click()
    window = chat_window(ines, TITLE)
    write(window, "Please open the rear flap.")
    expect(messages(window)).to_contain_text("rear flap")
    end_chat(window).get_by_role("button", name="Create ticket and attach chat log").click()
    expect(messages(window).get_by_role("button", name="Open ticket")).to_be_visible()
    messages(window).get_by_role("button", name="Leave", exact=True).click()
    expect(window).to_have_count(0)

    ines.get_by_role("navigation", name="Main").get_by_role("link", name="History").click()
    search = ines.get_by_role("search", name="Search the history")
    main, apply = ines.get_by_role("main"), search.get_by_role("button", name="Apply")
    mine, other = (main.get_by_role("link", name=f"Open history: {title}") for title in (TITLE, "Where is my badge?"))
    # The search follows a chat within seconds.
    search.get_by_role("searchbox", name="Search").fill("FLAP laminator")
    for _ in range(60):
        apply.click()
        expect(main.get_by_role("status")).to_be_visible()
        if mine.count():
            break
        ines.wait_for_timeout(1000)
    expect(mine).to_be_visible()
    expect(other).to_have_count(0)
    shoot(ines, "list")

    ines.go_back()
    expect(other).to_be_visible()
    shoot(ines, "all")
    search.get_by_role("combobox", name="Company").select_option(index=1)
    search.get_by_role("combobox", name="Customer").select_option("Kim Lund")
    search.get_by_role("combobox", name="Status").select_option("Completed")
    search.get_by_role("combobox", name="Type").select_option("Request")
    search.get_by_label("From").fill("2026-01-01")
    search.get_by_label("Until").fill("2100-12-31")
    apply.click()
    expect(other).to_have_count(0)
    main.get_by_role("button", name="Refresh").click()
    expect(mine).to_be_visible()

    mine.click()
    expect(ines.get_by_role("region", name="Chat log")).to_contain_text("Please open the rear flap.")
    details = ines.get_by_role("complementary", name="Details")
    expect(details.get_by_role("region", name="Statuses").get_by_role("listitem")).to_have_count(3)
    shoot(ines, "session")
    details.get_by_role("button", name="Why did it not ring me?").click()
    why = ines.get_by_role("dialog", name="Why did it not ring me?")
    expect(why).to_contain_text("Ines Vega was alerted")
    why.get_by_role("button", name="Close").click()
    expect(why).to_have_count(0)
    details.get_by_role("button", name="Open chat window").click()
    window.get_by_role("button", name="Close", exact=True).click()
    expect(window).to_have_count(0)
    for way, note in (("Add a note", "Cleaned it"), ("Edit the note", "Cleaned it twice")):
        details.get_by_role("button", name=way).click()
        dialog = ines.get_by_role("dialog", name="Closing note")
        dialog.get_by_role("textbox").fill(note)
        dialog.get_by_role("button", name="Save note").click()
        expect(details).to_contain_text(note)
    details.get_by_role("link", name=re.compile("#")).click()
    timeline = ines.get_by_role("list", name="Timeline")
    timeline.get_by_role("link", name="Open history").click()
    expect(ines.get_by_role("region", name="Chat log")).to_contain_text("rear flap")
    ines.get_by_role("link", name="Back to the history").click()
    expect(mine).to_be_visible()
    search.get_by_role("button", name="Clear filters").click()
    expect(other).to_be_visible()


def test_the_history_of_a_call_back_and_a_hidden_chat(desk: OwnDesk, shoot: Shoot) -> None:  # spec 8.2, 10.2
    ines = desk.page("ines", "/history/no-such-chat")
    expect(ines.get_by_role("main")).to_contain_text("History")
    expect(ines.get_by_text("That chat does not exist, or you do not have access to it.")).to_be_visible()
    for dark, phone in ((True, False), (False, True), (True, True)):
        page = desk.page("ines", "/history", dark=dark, phone=phone)
        link = page.get_by_role("main").get_by_role("link", name=f"Open history: {TITLE}")
        expect(link).to_be_visible()
        shoot(page, f"list-{'dark' if dark else 'light'}-{'phone' if phone else 'wide'}")
        link.click()
        expect(page.get_by_role("region", name="Chat log")).to_contain_text("rear flap")
        shoot(page, f"session-{'dark' if dark else 'light'}-{'phone' if phone else 'wide'}")


def test_the_history_reports_a_failure_and_retries(desk: OwnDesk) -> None:
    ines = desk.page("ines")
    with broken(ines, "**/tech/api/history*"):
        ines.get_by_role("navigation", name="Main").get_by_role("link", name="History").click()
        expect(ines.get_by_role("main")).to_contain_text("The history could not be loaded")
    try_again(ines, "The history could not be loaded")
    link = ines.get_by_role("main").get_by_role("link", name=f"Open history: {TITLE}")
    expect(link).to_be_visible()
    pattern = "**/tech/api/sessions/*"
    with broken(ines, pattern):
        link.click()
        try_chat_again(ines, pattern)
    expect(ines.get_by_role("region", name="Chat log")).to_contain_text("rear flap")
