"""Presence: as a person chooses it, and as the page detects it."""

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.proxy import CuttableProxy
from tests.e2e.screens import alert_card, network_is_back, session_card, start_chat

AWAY_AFTER = 300


def presence(page: Page, state: str) -> None:
    expect(page.get_by_role("button", name=f"Your presence: {state}", exact=True)).to_be_visible()


def choose(page: Page, state: str) -> None:
    page.get_by_role("button", name="Your presence:").click()
    page.get_by_role("menuitemradio", name=state, exact=True).click()


def test_do_not_disturb_stays_chosen_and_suppresses_alerts_until_it_is_cleared(desk: OwnDesk) -> None:  # spec 1.7, 1.10, 1.13
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
    # Another device of the same person shows the same state.
    presence(desk.page("tom"), "Do Not Disturb")

    choose(tom, "Online")
    presence(tom, "Online")
    second = "The gate does not open either"
    start_chat(desk.page("ray"), second)
    expect(alert_card(tom, second)).to_be_visible()


def test_an_inactive_person_is_away_until_the_mouse_moves(desk: OwnDesk, proxy: CuttableProxy) -> None:  # spec 1.3, 1.4
    noa = desk.page("noa", url=proxy.url)
    presence(noa, "Online")
    # As after a long sleep of a laptop: the connection is dead, the clock has jumped, and the page reports how long it was idle.
    proxy.cut()
    noa.clock.install()
    noa.clock.fast_forward(AWAY_AFTER * 1000 + 60_000)
    noa.clock.resume()
    expect(noa.get_by_role("status").filter(has_text="Reconnecting").first).to_be_attached(timeout=30_000)
    proxy.restore()
    network_is_back(noa)
    expect(noa.get_by_role("button", name="Your presence: Away", exact=True)).to_be_visible(timeout=30_000)
    noa.mouse.move(400, 400)
    presence(noa, "Online")
