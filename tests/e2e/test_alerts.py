"""What an engineer sees of alerts, and the answer to "Why did it not ring me?"."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, session_card

Shoot = Callable[[Page, str], None]
CABLE, SCREEN, MOUSE = "Cable is loose", "Screen is dark", "Mouse is slow"


def presence(page: Page, name: str) -> None:
    page.get_by_role("button", name="Your presence").click()
    page.get_by_role("menuitemradio", name=name, exact=True).click()


def test_alerts_move_nothing_and_are_off_while_the_engineer_is_away(desk: OwnDesk, shoot: Shoot) -> None:  # spec 1.10, 5.1
    ines = desk.page("ines")
    alerts = ines.get_by_role("region", name="Chat alerts")
    for width, height in ((1280, 800), (820, 800)):
        ines.set_viewport_size({"width": width, "height": height})
        heading = ines.get_by_role("heading", name="Tickets")
        before = heading.bounding_box()
        desk.chat("kim", CABLE) if width == 1280 else desk.chat("ray", SCREEN)
        expect(alerts.get_by_role("article")).to_have_count(1 if width == 1280 else 2)
        assert heading.bounding_box() == before
    # On a phone the open list of waiting chats is above the alerts, which do not repeat it.
    ines.set_viewport_size({"width": 390, "height": 800})
    expect(session_card(ines, "Waiting", CABLE)).to_be_visible()
    expect(alerts.get_by_role("article")).to_have_count(0)
    shoot(ines, "listed")
    ines.get_by_role("button", name="Collapse").click()
    expect(alerts.get_by_role("article")).to_have_count(2)
    presence(ines, "Do Not Disturb")
    expect(alerts).to_contain_text("2 waiting, alerts are off during Do Not Disturb")
    expect(alerts.get_by_role("article")).to_have_count(0)
    alerts.get_by_role("button", name="Go online").click()
    expect(alert_card(ines, CABLE)).to_contain_text("waits")


def test_a_supervisor_asks_why_it_did_not_ring(desk: OwnDesk) -> None:  # spec 5.11
    noa = desk.page("noa")
    desk.chat("lea", MOUSE)
    expect(alert_card(noa, MOUSE)).to_be_visible()
    session_card(noa, "Waiting", MOUSE).get_by_role("button", name="Session menu").click()
    noa.get_by_role("menuitem", name="Why did it not ring me?").click()
    dialog = noa.get_by_role("dialog", name="Why did it not ring me?")
    expect(dialog).to_contain_text("Noa Stern was alerted")
    expect(dialog.get_by_role("list", name="Notifications").get_by_role("listitem").first).to_contain_text("in a visible page")
    dialog.get_by_role("button", name="Choose an engineer").click()
    dialog.get_by_role("searchbox", name="Find an engineer").fill("Tom")
    expect(dialog.get_by_role("list", name="Engineers").get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="Show the explanation for Tom Baker").click()
    expect(dialog).to_contain_text("Tom Baker was not alerted")
    expect(dialog.get_by_role("list", name="How this was decided")).to_contain_text("offline")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)

    session_card(noa, "Waiting", MOUSE).get_by_role("button", name="Join").click()
    window = chat_window(noa, MOUSE)
    expect(messages(window)).to_contain_text("Noa Stern joined the chat")
    window.get_by_role("button", name="Chat menu").click()
    noa.get_by_role("menuitem", name="Why did it not ring me?").click()
    expect(dialog).to_contain_text("Noa Stern was alerted")


def test_an_admin_changes_how_often_alerts_repeat(desk: OwnDesk) -> None:  # spec 5.3
    ines = desk.page("ines", "/settings")
    for name, seconds in (("Repeat first after", "30"), ("Repeat every", "15"), ("Stop repeating after", "120")):
        ines.get_by_role("textbox", name=name).fill(seconds)
        expect(ines.get_by_text("Unsaved changes")).to_be_visible()
    ines.get_by_role("button", name="Save").click()
    expect(ines.get_by_text("Saved at")).to_be_visible()
    assert desk.api("ines", "GET", "/settings/alerts")["settings"] == {"first": 30, "every": 15, "until": 120}
    for name in ("Repeat first after", "Repeat every", "Stop repeating after"):
        ines.get_by_role("combobox", name=f"{name}, unit").select_option("hours")
        expect(ines.get_by_role("textbox", name=name)).to_have_attribute("aria-invalid", "true")


def test_a_customer_asks_to_be_called_instead_of_a_chat(desk: OwnDesk) -> None:  # spec 4.10, 5.6, 5.7
    pia, tom = desk.page("pia"), desk.page("tom")
    desk.api("tom", "POST", f"/tickets/{desk.ticket('pia', 'Phone is mute')}/push-chat", {"commandId": "push", "text": "Is it mute now?"})
    asked = pia.get_by_role("alertdialog", name="Chat request from Tom Baker")
    expect(asked).to_contain_text("Phone is mute")
    expect(asked).to_contain_text("Is it mute now?")
    asked.get_by_role("button", name="Not now, call me").click()
    form = pia.get_by_role("dialog", name="Call me back")
    form.get_by_role("textbox", name="Phone number").fill("+442079460199")
    form.get_by_role("button", name="Request call back").click()
    expect(form).to_have_count(0)
    expect(tom.get_by_role("tab", name="Callbacks, 1, 1 new")).to_be_visible()
    expect(session_card(tom, "Callbacks", "Call-back about ticket")).to_be_visible()
