"""Nobody writes for longer than the desk's own time."""

from playwright.sync_api import expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, close_up, end_chat, messages, start_chat, write

QUIET = "It's been quiet here"


def test_a_quiet_chat_may_be_left_and_is_still_ended_by_the_engineer(desk: OwnDesk) -> None:  # spec 4.7
    desk.set(idleAfter=3)
    kim, ines = desk.page("kim"), desk.page("ines")
    title = "Two questions about holidays"
    at_kim = start_chat(kim, title)
    alert_card(ines, title).get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, title)
    expect(messages(at_kim)).to_contain_text(QUIET)

    # A message by anyone withdraws it.
    write(at_ines, "I am looking it up")
    expect(messages(at_kim)).to_contain_text("I am looking it up")
    expect(messages(at_kim).get_by_text(QUIET)).to_have_count(0)
    expect(messages(at_kim)).to_contain_text(QUIET)
    at_kim.get_by_role("button", name="Leave", exact=True).click()
    expect(at_kim).to_have_count(0)
    expect(messages(at_ines)).to_contain_text("Kim Lund left the chat")

    # Meanwhile a new chat may be opened, and the old one is still the engineer's to end.
    again = start_chat(kim, "And one about parking")
    expect(messages(again)).to_contain_text("And one about parking")
    end_chat(at_ines).get_by_role("button", name="Close without a ticket").click()
    close_up(at_ines)
