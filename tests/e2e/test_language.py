"""A person has the apps in German, in each of their browsers (spec 13.6)."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.own_desk import OwnDesk, browser_context
from tests.e2e.screens import chat_window, start_chat
from tests.e2e.test_accessibility import faults
from tests.e2e.test_direction import OUTSIDE, wrong

Shoot = Callable[[Page, str], None]
MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
GERMAN_DATE = re.compile(rf"^\w+tag, \d{{1,2}}\. ({MONTHS}) \d{{4}}|^Mittwoch, \d{{1,2}}\. ({MONTHS}) \d{{4}}")

# Parts below the box of a chat that need more than one row, or are wider than their place.
ONE_ROW = """() => [...document.querySelectorAll(".chat__connection, .chat__keys")]
    .filter((part) => part.getBoundingClientRect().height > 30 || part.scrollWidth > part.clientWidth)
    .map((part) => part.textContent)"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """Another browser, in the dark theme."""
    context = browser_context(browser, phone=True, dark=True)
    yield context
    context.close()


def choose(page: Page, opener: Locator, name: str, language: str) -> None:
    opener.click()
    page.get_by_role("menuitemradio", name=name, exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name, level=1)


def test_an_engineer_has_tech_in_german_in_each_page_and_device(desk: OwnDesk, phone: BrowserContext, shoot: Shoot) -> None:
    desk.ticket("kim", "Der Drucker brennt")
    ines = desk.page("ines")
    other = ines.context.new_page()
    other.goto(ines.url)
    expect(heading(other, "Tickets")).to_be_visible()
    status = ines.get_by_role("button", name="Your presence")
    choose(ines, status, "English", "en")
    choose(ines, status, "Deutsch", "de")
    expect(other.locator("html")).to_have_attribute("lang", "de")

    ines.reload()
    expect(heading(ines, "Tickets")).to_be_visible()
    nav = ines.get_by_role("navigation", name="Hauptmenü")
    ines.get_by_role("link", name="Der Drucker brennt").first.click()
    expect(ines.get_by_role("link", name="Alle Tickets", exact=True)).to_be_visible()
    expect(ines.get_by_role("main").locator("time[title]").first).to_have_attribute("title", GERMAN_DATE)
    shoot(ines, "ticket")
    for link, name in (("Verlauf", "Verlauf"), ("Teamleitung", "Teamleitung"), ("Einstellungen", "Einstellungen"), ("Tickets", "Tickets")):
        nav.get_by_role("link", name=link).click()
        expect(heading(ines, name)).to_be_visible()
        shoot(ines, link)

    start_chat(desk.page("ray"), "Lautsprecher")
    ines.get_by_role("article", name="Lautsprecher").get_by_role("button", name="Beitreten").click()
    chat = chat_window(ines, "Lautsprecher")
    expect(chat.get_by_text("Verbunden", exact=True)).to_be_visible()
    assert wrong(ines, ONE_ROW) == []
    shoot(ines, "chat")

    second = desk.open(phone, "ines", connected=False)
    expect(second.get_by_role("navigation", name="Hauptmenü")).to_be_attached()
    expect(second.locator("html")).to_have_attribute("lang", "de")
    expect(heading(second, "Tickets")).to_be_visible()
    shoot(second, "phone")
    second.set_viewport_size({"width": 320, "height": 640})
    for name in ("Teamleitung", "Einstellungen", "Verlauf", "Tickets"):
        second.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name=name).click()
        expect(heading(second, name)).to_be_visible()
        assert (name, wrong(second, OUTSIDE)) == (name, [])
        shoot(second, f"{name}-320")
    choose(second, second.get_by_role("button", name="Ihr Status"), "English", "en")
    expect(second.get_by_role("button", name="Your presence")).to_be_visible()


def test_a_customer_has_the_portal_and_the_sign_in_page_in_german(desk: OwnDesk, shoot: Shoot) -> None:
    kim = desk.page("kim")
    account = kim.get_by_role("button", name="Your account")
    choose(kim, account, "English", "en")
    choose(kim, account, "Deutsch", "de")
    expect(heading(kim, "Support anfragen")).to_be_visible()
    shoot(kim, "support")
    kim.get_by_role("navigation", name="Seiten").get_by_role("link", name="Tickets").click()
    expect(heading(kim, "Tickets")).to_be_visible()
    kim.emulate_media(color_scheme="dark", reduced_motion="reduce")
    kim.set_viewport_size({"width": 375, "height": 740})
    shoot(kim, "phone")
    assert faults(kim) == []

    kim.get_by_role("button", name="Ihr Konto").click()
    kim.get_by_role("menuitem", name="Abmelden").click()
    expect(heading(kim, "Bei Parley anmelden")).to_be_visible()
    shoot(kim, "sign-in")
    choose(kim, kim.get_by_role("button", name="Sprache"), "English", "en")
    expect(heading(kim, "Sign in to Parley")).to_be_visible()
    menu = kim.get_by_role("button", name="Language")
    choose(kim, menu, "English", "en")
    choose(kim, menu, "Deutsch", "de")
    expect(heading(kim, "Bei Parley anmelden")).to_be_visible()
