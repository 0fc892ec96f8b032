"""An engineer hands a chat over to another one."""

from collections.abc import Callable
from itertools import count

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, session_card, start_chat

TITLE = "Router is down"
Shoot = Callable[[Page, str], None]
_numbers = count()


def open_dialog(window: Locator) -> Locator:
    window.get_by_role("button", name="Chat menu").click()
    window.page.get_by_role("menuitem", name="Transfer chat").click()
    return window.page.get_by_role("dialog", name="Transfer chat")


def ask(desk: OwnDesk, by: str, whom: str) -> None:
    """Without the dialog."""
    cards = desk.api(by, "GET", "/start")["cards"]
    [session_id] = [card["sessionId"] for card in cards if card["title"] == TITLE]
    [engineer] = desk.api(by, "GET", f"/people?kind=PERSON_KIND_ENGINEER&search={whom}")["people"]
    body = {"commandId": f"ask-{next(_numbers)}", "engineerId": engineer["id"]}
    desk.api(by, "POST", f"/sessions/{session_id}/transfer", body)


def declined(page: Page, window: Locator, name: str, times: int) -> None:
    expect(messages(window).get_by_text(f"{name} declined to take over")).to_have_count(times)
    expect(alert_card(page, TITLE)).to_have_count(0)


def on_screen_of_a_phone(page: Page, card: Locator, shoot: Shoot) -> None:
    wide = page.viewport_size
    for width in (320, 375, 430):
        page.set_viewport_size({"width": width, "height": 740})
        for part in (card.get_by_role("button", name="Accept"), card.get_by_role("button", name="Decline"), card.get_by_role("timer")):
            expect(part).to_be_in_viewport(ratio=0.99)
        shoot(page, f"alert-{width}")
    assert wide
    page.set_viewport_size(wide)


def test_a_chat_is_handed_over_when_the_asked_engineer_accepts(desk: OwnDesk, shoot: Shoot) -> None:  # spec 3.10, 13.2
    desk.set(transferExpiresAfter=600)
    kim, ines, tom = desk.page("kim"), desk.page("ines"), desk.page("tom")
    at_kim = start_chat(kim, TITLE)
    alert_card(ines, TITLE).get_by_role("button", name="Join").click()
    at_ines = chat_window(ines, TITLE)
    expect(messages(at_kim)).to_contain_text("Ines Vega joined the chat")

    dialog = open_dialog(at_ines)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    ines.get_by_role("button", name="Search or jump").click()
    ines.get_by_role("option", name="Transfer chat").click()
    dialog.get_by_role("tab", name="Board").click()
    expect(dialog.get_by_role("button", name="Ask the engineers of Service desk")).to_be_visible()
    dialog.get_by_role("tab", name="Engineer").click()
    dialog.get_by_role("searchbox", name="Find an engineer").fill("tom")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    shoot(ines, "dialog")
    dialog.get_by_role("button", name="Ask Tom Baker").click()
    expect(dialog).to_have_count(0)
    expect(at_ines).to_contain_text("Asked Tom Baker to take over")
    expect(messages(at_ines)).to_contain_text("Ines Vega asked Tom Baker to take over")
    card = alert_card(tom, TITLE)
    expect(card).to_contain_text("Ines Vega asks you to take over")
    shoot(ines, "asked")
    shoot(tom, "alert")
    on_screen_of_a_phone(tom, card, shoot)
    at_ines.get_by_role("button", name="Withdraw").click()
    expect(card).to_have_count(0)
    expect(messages(at_ines)).to_contain_text("Ines Vega withdrew the request to take over")

    # A board asks its engineers. Noa is not connected.
    dialog = open_dialog(at_ines)
    dialog.get_by_role("tab", name="Board").click()
    dialog.get_by_role("button", name="Ask the engineers of Service desk").click()
    expect(at_ines).to_contain_text("Asked Service desk to take over")
    card.get_by_role("button", name="Decline").click()
    declined(tom, at_ines, "Tom Baker", 1)
    ask(desk, "ines", "tom")
    session_card(tom, "Waiting", TITLE).get_by_role("button", name="Decline").click()
    declined(tom, at_ines, "Tom Baker", 2)

    ask(desk, "ines", "tom")
    card.get_by_role("button", name="Accept").click()
    at_tom = chat_window(tom, TITLE)
    for window in (at_tom, at_ines, at_kim):
        expect(messages(window)).to_contain_text("Ines Vega handed the chat over to Tom Baker")
    expect(at_ines.get_by_role("button", name="Join")).to_be_visible()
    shoot(kim, "customer")
    expect(at_tom.get_by_role("textbox", name="Message")).to_be_enabled()
    for text in ("asked", "declined", "withdrew"):
        expect(messages(at_kim).get_by_text(text)).to_have_count(0)

    # The window that the first engineer still has open offers the answers too.
    ask(desk, "tom", "ines")
    at_ines.get_by_role("button", name="Decline").click()
    declined(ines, at_tom, "Ines Vega", 1)
    ask(desk, "tom", "ines")
    expect(at_ines).to_contain_text("Tom Baker asks you to take over")
    shoot(ines, "window")
    at_ines.get_by_role("button", name="Accept").click()
    expect(messages(at_kim)).to_contain_text("Tom Baker handed the chat over to Ines Vega")
    ask(desk, "ines", "tom")
    session_card(tom, "Waiting", TITLE).get_by_role("button", name="Accept").click()
    expect(messages(at_kim).get_by_text("Ines Vega handed the chat over to Tom Baker")).to_have_count(2)
