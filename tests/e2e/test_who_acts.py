"""A page acts only for the person that it shows: two people in one browser, the back button, a link opened before signing in."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from stack.services import Stack
from tests.e2e.conftest import SignIn
from tests.e2e.own_desk import OwnDesk, browser_context, until_connected
from tests.e2e.screens import alert_card, chat_window, session_card

OTHER = "Someone else signed in on this browser. Sign in again to continue."


def sign_in_as(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Sign in as {name}").click()
    until_connected(page)


@pytest.mark.main_path
def test_an_old_tab_does_not_act_as_a_person_who_signed_in_later(sign_in: SignIn, stack: Stack) -> None:  # spec 10.8
    mia = sign_in("mia")
    mia.get_by_role("textbox", name="How can we help?").fill("Half a question of Mia")
    zoe = mia.context.new_page()
    # Zoe's page can't notify Mia's page of the sign-in, so Mia's click detects it.
    zoe.add_init_script("Storage.prototype.setItem = () => undefined")
    zoe.goto(f"{stack.http_url}/sign-in")
    sign_in_as(zoe, "Zoe Adams")

    mia.get_by_role("button", name="Start chat").click()
    expect(mia.get_by_role("status").filter(has_text=OTHER)).to_be_visible()
    assert "Half a question of Mia" not in zoe.request.get(f"{stack.http_url}/portal/api/start").text()
    expect(zoe.get_by_role("textbox", name="How can we help?")).to_have_value("")
    sign_in_as(mia, "Mia Torres")
    expect(mia.get_by_role("textbox", name="How can we help?")).to_have_value("Half a question of Mia")
    expect(zoe.get_by_role("status").filter(has_text=OTHER)).to_be_visible()


def test_old_tabs_of_tech_do_nothing_for_an_engineer_who_signed_in_later(desk: OwnDesk) -> None:  # spec 10.8
    title, note = "The gate does not open", "Half a note of Ines"
    path = f"/tickets/{desk.ticket('kim', 'The gate is slow')}"
    desk.chat("kim", title)
    at_note = desk.page("ines", path)
    at_note.get_by_role("textbox", name="Note").fill(note)
    browser = at_note.context
    at_join = browser.new_page()
    at_join.goto(at_note.url)
    until_connected(at_join)
    # Her pages report nothing of an alert later, which would detect the other sign-in before her clicks do.
    alert_card(at_join, title).get_by_role("button", name="Dismiss").click()
    expect(alert_card(at_note, title)).to_have_count(0)
    join = session_card(at_join, "Waiting", title).get_by_role("button", name="Join")
    expect(join).to_be_enabled()
    # Tom's page can't notify Ines's pages of the sign-in, so her clicks detect it.
    browser.add_init_script("Storage.prototype.setItem = () => undefined")
    tom = desk.open(browser, "tom", path)

    join.click()
    expect(at_join.get_by_role("status").filter(has_text=OTHER)).to_be_visible()
    at_note.get_by_role("button", name=re.compile("Add note|Send reply")).click()
    expect(at_note.get_by_role("status").filter(has_text=OTHER)).to_be_visible()
    tom.reload()
    expect(tom.get_by_role("list", name="Timeline")).to_be_visible()
    expect(tom.get_by_role("list", name="Timeline")).not_to_contain_text(note)
    expect(session_card(tom, "Waiting", title)).to_be_visible()
    expect(chat_window(tom, title)).to_have_count(0)


def test_the_back_button_after_signing_out_shows_nothing(whole_browser: Browser, stack: Stack) -> None:  # spec 10.8
    context = browser_context(whole_browser, url=stack.http_url)
    page = context.new_page()
    # Runs before the page's own listeners: records whether the page came from the cache, and whether it was visible.
    page.add_init_script("""
        addEventListener('pageshow', (event) => {
            if (event.persisted) sessionStorage.setItem('kept', document.body.checkVisibility() ? 'seen' : 'unseen');
        });
    """)
    page.goto("/sign-in?app=tech")
    sign_in_as(page, "Ava Chen")
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()
    page.get_by_role("button", name="Your presence: Online").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()

    page.go_back(wait_until="commit")
    expect(page).to_have_url("/sign-in?app=tech&to=%2Ftech%2F")
    expect(page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('kept')") == "unseen"
    context.close()


def test_a_link_opens_its_page_after_signing_in(sign_in: SignIn, stack: Stack) -> None:  # spec 9.5, 10.1
    ava = sign_in("ava")
    ticket = ava.get_by_role("main").get_by_role("link").first
    address = ticket.get_attribute("href")
    assert address
    ava.context.clear_cookies()
    ava.goto(stack.http_url + address)
    sign_in_as(ava, "Ava Chen")
    expect(ava).to_have_url(stack.http_url + address)
    expect(ava.get_by_role("list", name="Timeline")).to_be_visible()

    ava.goto(f"{stack.http_url}/")
    expect(ava).to_have_url(f"{stack.http_url}/tech/")
    ava.goto(f"{stack.http_url}/tech/tickets/%")
    expect(ava.get_by_role("status").filter(has_text="There is no page at this address")).to_be_visible()
    expect(ava.get_by_role("heading", name="Tickets")).to_be_visible()
    ava.goto(f"{stack.http_url}/nowhere")
    ava.get_by_role("link", name="Go to Parley").click()
    expect(ava.get_by_role("heading", name="Tickets")).to_be_visible()
