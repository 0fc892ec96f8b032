"""A customer's laptop sleeps while the customer waits."""

from playwright.sync_api import expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.proxy import CuttableProxy
from tests.e2e.screens import close_with_note, messages, network_is_back, session_card, start_chat, write

TITLE, UNSENT = "The door lock blinks", "It blinks red now"


def test_a_customer_who_returns_too_late_keeps_the_unsent_text(desk: OwnDesk, proxy: CuttableProxy) -> None:  # spec 3.3, 7.3
    desk.set(waitingGoneAfter=1)
    kim, ines = desk.page("kim", url=proxy.url), desk.page("ines")
    at_kim = start_chat(kim, TITLE)
    expect(session_card(ines, "Waiting", TITLE)).to_be_visible()
    proxy.cut()
    write(at_kim, UNSENT)
    card = session_card(ines, "Abandoned", TITLE)
    expect(card).to_be_visible(timeout=60_000)

    proxy.restore()
    network_is_back(kim)
    expect(messages(at_kim)).to_contain_text("You were away, so this chat ended before anyone joined", timeout=30_000)
    expect(messages(at_kim)).to_contain_text(UNSENT)
    expect(at_kim).to_contain_text("Not sent because the chat had ended")
    at_kim.get_by_role("button", name="Start a new chat").click()
    expect(at_kim).to_have_count(0)
    expect(kim.get_by_role("textbox", name="How can we help?")).to_have_value(UNSENT)
    kim.get_by_role("button", name="Start chat").click()
    expect(session_card(ines, "Waiting", UNSENT)).to_be_visible()
    close_with_note(session_card(ines, "Abandoned", TITLE), "Opened another one")
