"""An engineer invites another one."""

from playwright.sync_api import expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, start_chat


def test_an_invited_engineer_gets_an_alert_and_joins_and_then_the_other_may_leave(desk: OwnDesk) -> None:  # spec 3.9, 3.10, 4.9
    kim, ines, tom = desk.page("kim"), desk.page("ines"), desk.page("tom")
    title = "Database is slow"
    at_kim = start_chat(kim, title)
    alert_card(ines, title).get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, title)
    expect(at_ines.get_by_role("button", name="Leave chat")).to_have_attribute("aria-disabled", "true")
    expect(alert_card(tom, title)).to_have_count(0)

    at_ines.get_by_role("button", name="Add engineer").click()
    dialog = ines.get_by_role("dialog", name="Add engineer")
    dialog.get_by_role("button", name="Invite Tom Baker").click()
    expect(messages(at_ines)).to_contain_text("Ines Vega invited Tom Baker")
    ines.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    card = alert_card(tom, title)
    expect(card).to_contain_text("Ines Vega needs you")
    expect(card.get_by_role("button", name="Dismiss")).to_be_visible()
    card.get_by_role("button", name="Join").click()
    at_tom = chat_window(tom, title)
    for window in (at_tom, at_ines, at_kim):
        expect(messages(window)).to_contain_text("Tom Baker joined the chat")
    expect(messages(at_kim).get_by_text("invited")).to_have_count(0)

    at_ines.get_by_role("button", name="Leave chat").click()
    expect(at_ines).to_have_count(0)
    expect(messages(at_kim)).to_contain_text("Ines Vega left the chat")

    # The chat is in no list of the engineer who left. The palette shows it among the recent chats, and its window offers Join.
    ines.get_by_role("button", name="Search or jump").click()
    ines.get_by_role("option", name=title).click()
    at_ines.get_by_role("button", name="Join").click()
    expect(messages(at_ines)).to_contain_text("Ines Vega left the chat")
    expect(at_ines.get_by_role("textbox", name="Message")).to_be_enabled()
