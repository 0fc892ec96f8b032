"""Unread counts belong to the person, and show wherever a chat can be hidden."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, messages, start_chat, write

Shoot = Callable[[Page, str], None]


def minimised(page: Page, title: str) -> Locator:
    chat_window(page, title).get_by_role("button", name="Minimise").click()
    return chat_window(page, title).get_by_role("button", name=f"Restore chat {title}")


@pytest.mark.main_path
def test_a_message_read_in_one_tab_is_read_in_every_tab_and_on_every_device(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.5, 7.6
    title = "The scanner is dead"
    kim, tab = desk.page("kim", "/support"), desk.page("ines")
    at_kim = start_chat(kim, title)
    alert_card(tab, title).get_by_role("button", name="Join").click()
    expect(messages(at_kim)).to_contain_text("Ines Vega joined the chat")
    second_tab = tab.context.new_page()
    second_tab.goto(tab.url)
    device = desk.page("ines", dark=True)
    pages = (tab, second_tab, device)
    bars = {page: minimised(page, title) for page in pages}

    for text in ("It beeps", "and blinks", "and smells"):
        write(at_kim, text)
    for page in pages:
        expect(bars[page]).to_have_attribute("aria-label", re.compile(r", 3 unread$"))
        expect(page.get_by_role("tab", name="My sessions, 1, 3 unread")).to_be_visible()
        expect(page).to_have_title(re.compile(r"^\(3\) "))
        shoot(page, f"three-{pages.index(page)}")
    delivered, seen = (messages(at_kim).get_by_text(mark, exact=True) for mark in ("Delivered", "Seen"))
    expect(delivered).to_be_visible()
    bars[second_tab].click()
    expect(messages(chat_window(second_tab, title))).to_contain_text("New")
    for page in pages:
        expect(page.get_by_role("tab", name="My sessions, 1", exact=True)).to_be_visible()
        expect(page).not_to_have_title(re.compile(r"^\("))
        expect(chat_window(page, title).get_by_text("3 unread")).to_have_count(0)

    # A customer sees that the messages were read, an engineer by whom, on each device.
    expect(seen).to_be_visible()
    expect(delivered).to_have_count(0)
    shoot(kim, "seen")
    write(chat_window(second_tab, title), "Is it plugged in?")
    expect(messages(chat_window(second_tab, title))).to_contain_text("Seen by Kim Lund")
    shoot(second_tab, "seen-by")

    # A message read later in the second tab is still read on the device after a reload.
    write(at_kim, "Hello?")
    expect(messages(chat_window(second_tab, title))).to_contain_text("Hello?")
    device.reload()
    bar = chat_window(device, title).get_by_role("button", name=f"Restore chat {title}")
    expect(bar).to_have_attribute("aria-label", f"Restore chat {title}")


def test_a_message_is_sent_then_delivered_then_seen(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.5
    title = "The projector is dim"
    # The customers of the other tests are in a chat, or are needed later.
    desk.customer("uma", "Uma Dahl")
    uma, ines = desk.page("uma", "/support", phone=True), desk.page("ines", dark=True)
    at_uma = start_chat(uma, title)
    alert_card(ines, title).get_by_role("button", name="Join").click()
    expect(messages(at_uma).get_by_text("Seen", exact=True)).to_be_visible()
    minimised(ines, title)
    address, context = ines.url, ines.context
    ines.close()

    write(at_uma, "Are you there?")
    expect(messages(at_uma).get_by_text("Sent", exact=True)).to_be_visible()
    # Longer than a page waits before it reports.
    uma.wait_for_timeout(2_500)
    expect(messages(at_uma).get_by_text("Sent", exact=True)).to_be_visible()
    shoot(uma, "sent")

    ines = context.new_page()
    ines.goto(address)
    at_ines = chat_window(ines, title)
    expect(messages(at_uma).get_by_text("Delivered", exact=True)).to_be_visible()
    expect(messages(at_uma).get_by_text("Sent", exact=True)).to_have_count(0)
    shoot(uma, "delivered")
    uma.reload()
    expect(messages(at_uma).get_by_text("Delivered", exact=True)).to_be_visible()

    at_ines.get_by_role("button", name=f"Restore chat {title}").click()
    expect(messages(at_uma).get_by_text("Seen", exact=True)).to_be_visible()
    expect(messages(at_uma).get_by_text("Delivered", exact=True)).to_have_count(0)

    chat_window(uma, title).get_by_role("button", name="Close").click()
    write(at_ines, "I am. Is it the lamp?")
    expect(messages(at_ines).get_by_text("Delivered", exact=True)).to_be_visible()
    shoot(ines, "delivered-to-customer")
    # The message has brought the window back, minimised.
    chat_window(uma, title).get_by_role("button", name="Restore chat").click()
    expect(messages(at_ines)).to_contain_text("Seen by Uma Dahl")


def test_a_customer_who_closed_the_window_sees_that_a_message_arrived(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.6
    title = "No mail since noon"
    for phone in (False, True):
        ray, ines = desk.page("ray", "/support", phone=phone), desk.page("ines")
        if not phone:
            start_chat(ray, title)
            alert_card(ines, title).get_by_role("button", name="Join").click()
        chat_window(ray, title).get_by_role("button", name="Close").click()
        back = ray.get_by_role("button", name="Back to chat")
        expect(back).to_be_visible()
        shoot(ray, f"closed-{'phone' if phone else 'wide'}")
        write(chat_window(ines, title), f"Is it better now? {phone}")
        expect(chat_window(ray, title).get_by_text("1 unread")).to_be_attached()
        expect(ray).to_have_title(re.compile(r"^\(1\) "))
        ray.reload()
        expect(chat_window(ray, title).get_by_text("1 unread")).to_be_attached()
        expect(ray).to_have_title(re.compile(r"^\(1\) "))
        expect(chat_window(ray, title).get_by_role("button", name="Restore chat")).to_be_visible()
        shoot(ray, f"back-{'phone' if phone else 'wide'}")
        chat_window(ray, title).get_by_role("button", name="Close").click()
        expect(back).to_have_attribute("aria-label", "Back to chat, 1 unread")
        shoot(ray, f"button-{'phone' if phone else 'wide'}")
        back.click()
        expect(messages(chat_window(ray, title))).to_contain_text(f"Is it better now? {phone}")
        expect(ray).not_to_have_title(re.compile(r"^\("))
        desk.close_pages()


def test_unread_messages_of_chats_that_do_not_fit_are_counted_on_their_chip(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.6
    ines, at = desk.page("ines"), dict[str, Locator]()
    ines.set_viewport_size({"width": 760, "height": 800})
    for word in ("lea", "pia"):
        at[word] = start_chat(desk.page(word, "/support"), f"Help for {word}")
        alert_card(ines, f"Help for {word}").get_by_role("button", name="Join").click()
        expect(chat_window(ines, f"Help for {word}")).to_be_visible()
    chip = ines.get_by_role("button", name=re.compile(r"^\d more chats?"))
    expect(chip).to_be_visible()
    for text in ("I need it", "in 10 minutes"):
        write(at["lea"], text)
    expect(chip).to_have_attribute("aria-label", re.compile(", 2 unread$"))
    chip.click()
    first = ines.get_by_role("menuitem").first
    expect(first).to_have_text("2 unread · Lea Moss · Northwind: Help for lea")
    shoot(ines, "chip")
    first.click()
    expect(messages(chat_window(ines, "Help for lea"))).to_contain_text("in 10 minutes")
    expect(chip).to_have_attribute("aria-label", re.compile(r"chats?$"))
