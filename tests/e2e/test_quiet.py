"""A chat without messages for longer than the desk's setting."""

from playwright.sync_api import expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, end_chat, messages, session_card, start_chat, write

QUIET = "Nobody has written for a while"


def test_a_customer_may_leave_a_quiet_chat_and_the_engineer_still_ends_it(desk: OwnDesk) -> None:  # spec 3.14, 4.7
    desk.set(idleAfter=3)
    kim, ines = desk.page("kim"), desk.page("ines")
    title = "Two questions about holidays"
    at_kim = start_chat(kim, title)
    alert_card(ines, title).get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, title)
    expect(messages(at_kim)).to_contain_text(QUIET)

    # A message from anyone withdraws the offer.
    write(at_ines, "I am looking it up")
    expect(messages(at_kim)).to_contain_text("I am looking it up")
    expect(messages(at_kim).get_by_text(QUIET)).to_have_count(0)
    expect(messages(at_kim)).to_contain_text(QUIET)
    at_kim.get_by_role("button", name="Leave", exact=True).click()
    expect(at_kim).to_have_count(0)
    expect(messages(at_ines)).to_contain_text("Kim Lund left the chat")

    # The customer may open a new chat, and the engineer must still end the old one.
    second_chat = start_chat(kim, "And one about parking")
    expect(messages(second_chat)).to_contain_text("And one about parking")
    at_ines.get_by_role("button", name="End chat session").click()
    ines.get_by_role("dialog", name="End chat session").get_by_role("button", name="Close without a ticket").click()
    expect(messages(at_ines)).to_contain_text("The chat session is now closed")

    # An engineer may leave with the end, or leave all ended chats at once.
    alert_card(ines, "And one about parking").get_by_role("button", name="Join").click()
    second_at_ines = chat_window(ines, "And one about parking")
    expect(messages(second_at_ines)).to_contain_text("Ines Vega joined the chat")
    dialog = end_chat(second_at_ines)
    dialog.get_by_role("switch", name="Leave the chat as well").click()
    expect(dialog.get_by_role("switch", name="Leave the chat as well")).to_be_checked()
    dialog.get_by_role("button", name="Close without a ticket").click()
    expect(second_at_ines).to_have_count(0)
    expect(session_card(ines, "My sessions", title)).to_be_visible()
    ines.get_by_role("button", name="Leave all ended").click()
    expect(at_ines).to_have_count(0)
    expect(session_card(ines, "My sessions", title)).to_have_count(0)
