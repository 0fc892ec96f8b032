"""Whether one is there: as one says oneself, and as the page finds out."""

from playwright.sync_api import Page, expect

from tests.e2e.line import Line
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, network_is_back, session_card, start_chat

AWAY_AFTER = 300


def presence(page: Page, state: str) -> None:
    expect(page.get_by_role("button", name=f"Your presence: {state}", exact=True)).to_be_visible()


def choose(page: Page, state: str) -> None:
    page.get_by_role("button", name="Your presence:").click()
    page.get_by_role("menuitemradio", name=state, exact=True).click()


def test_who_chose_do_not_disturb_keeps_it_and_gets_no_card_until_it_is_cleared(desk: OwnDesk) -> None:  # spec 1.7, 1.10, 1.13
    kim, ines, tom = desk.page("kim"), desk.page("ines"), desk.page("tom")
    presence(tom, "Online")
    choose(tom, "Do Not Disturb")
    presence(tom, "Do Not Disturb")
    tom.mouse.move(300, 300)
    tom.reload()
    presence(tom, "Do Not Disturb")

    title = "The door does not open"
    start_chat(kim, title)
    expect(alert_card(ines, title)).to_be_visible()
    expect(session_card(tom, "Waiting", title)).to_be_visible()
    expect(alert_card(tom, title)).to_have_count(0)
    # Another device of the same person is told the same.
    presence(desk.page("tom"), "Do Not Disturb")

    choose(tom, "Online")
    presence(tom, "Online")
    again = "The gate does not open either"
    start_chat(desk.page("ray"), again)
    expect(alert_card(tom, again)).to_be_visible()


def test_who_does_nothing_is_away_and_back_with_the_first_move(desk: OwnDesk, line: Line) -> None:  # spec 1.3, 1.4
    noa = desk.page("noa", url=line.url)
    presence(noa, "Online")
    # As a laptop does that sleeps for so long: its line is dead, its clock has leapt, and it says since when nobody touched it.
    line.cut()
    noa.clock.install()
    noa.clock.fast_forward(AWAY_AFTER * 1000 + 60_000)
    noa.clock.resume()
    expect(noa.get_by_role("status").filter(has_text="Reconnecting").first).to_be_attached(timeout=30_000)
    line.mend()
    network_is_back(noa)
    expect(noa.get_by_role("button", name="Your presence: Away", exact=True)).to_be_visible(timeout=30_000)
    noa.mouse.move(400, 400)
    presence(noa, "Online")
