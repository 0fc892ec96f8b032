"""The main flow in a real browser: two engineers join at once, messages, a reload, a cut connection, a ticket with its log."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.proxy import CuttableProxy
from tests.e2e.screens import alert_card, chat_window, close_up, end_chat, messages, start_chat, write

Shoot = Callable[[Page, str], None]
JOINED_FIRST = re.compile("joined first")


@pytest.mark.main_path
def test_a_chat_becomes_a_ticket_with_its_log(
    sign_in: SignIn, shoot: Shoot
) -> None:  # spec 2.6, 2.7, 2.10, 3.5, 3.10, 4.1, 4.2, 4.3, 5.1, 6.1, 7.1
    zoe, ava, sam, bo = sign_in("zoe"), sign_in("ava"), sign_in("sam"), sign_in("bo")
    title = "Printer is on fire"

    at_zoe = start_chat(zoe, title)
    expect(messages(at_zoe)).to_contain_text(title)
    for tech in (ava, sam):
        card = alert_card(tech, title)
        expect(card).to_contain_text("Zoe Adams")
        expect(card).to_contain_text("Globex")
        expect(card.get_by_role("button", name="Dismiss")).to_be_visible()
        expect(tech.get_by_role("tab", name="Waiting, 1")).to_be_visible()
    # Bo has no access to this company.
    expect(alert_card(bo, title)).to_have_count(0)
    expect(bo.get_by_role("tab", name="Waiting", exact=True)).to_be_visible()
    bo.context.close()
    shoot(ava, "alert")

    # Both press Join before either page receives the other's join.
    buttons = [alert_card(tech, title).get_by_role("button", name="Join") for tech in (ava, sam)]
    handles = [button.element_handle() for button in buttons]
    for handle in handles:
        handle.evaluate("button => { button.click() }")
    winner, loser = (ava, sam) if wait_for_one(ava, sam, title) is ava else (sam, ava)
    name = "Ava Chen" if winner is ava else "Sam Okafor"
    lost = loser.get_by_role("alert").filter(has_text=JOINED_FIRST)
    expect(lost).to_contain_text(name)
    expect(chat_window(loser, title)).to_have_count(0)
    # The alert is removed after 30 s.
    loser.get_by_role("button", name="Join anyway").click()
    expect(messages(at_zoe)).to_contain_text(f"{name} joined the chat")
    chat_window(loser, title).get_by_role("button", name="Leave chat").click()
    expect(chat_window(loser, title)).to_have_count(0)

    at_engineer = chat_window(winner, title)
    write(at_engineer, "On my way. Is it the one in room 4?")
    expect(messages(at_zoe)).to_contain_text("On my way. Is it the one in room 4?")
    write(at_zoe, "Yes, and it smells")
    expect(messages(at_engineer)).to_contain_text("Yes, and it smells")
    second = zoe.context.new_page()
    second.goto(zoe.url)
    for page in (zoe, second):
        page.reload()
        window = chat_window(page, title)
        expect(messages(window).get_by_text("Yes, and it smells", exact=True)).to_have_count(1)
        expect(messages(window).get_by_text("On my way. Is it the one in room 4?", exact=True)).to_have_count(1)
    second.close()
    shoot(winner, "talk")
    shoot(zoe, "talk")

    dialog = end_chat(at_engineer)
    expect(dialog.get_by_role("textbox", name="Summary")).to_have_value(title)
    expect(dialog.get_by_role("combobox", name="Board")).to_have_value("projects")
    expect(dialog.get_by_role("combobox", name="Priority")).to_have_value("normal")
    shoot(winner, "end")
    dialog.get_by_role("button", name="Create ticket and attach chat log").click()
    close_up(at_engineer, chat_window(zoe, title))

    winner.get_by_role("link", name="Tickets").first.click()
    winner.get_by_role("link", name=re.compile(title)).first.click()
    timeline = winner.get_by_role("list", name="Timeline")
    expect(timeline.get_by_role("link", name=re.compile(r"chat_log_.*\.txt"))).to_have_count(1)
    expect(timeline).to_contain_text("Yes, and it smells")
    shoot(winner, "ticket")
    zoe.get_by_role("link", name="Tickets").first.click()
    zoe.get_by_role("link", name=re.compile(title)).first.click()
    expect(zoe.get_by_role("list", name="Timeline")).to_contain_text(title)
    expect(zoe.get_by_role("link", name=re.compile(r"chat_log_"))).to_have_count(0)

    # Another chat, on that ticket; its log is attached to the ticket automatically.
    zoe.get_by_role("button", name="Chat about this ticket").click()
    box = zoe.get_by_role("textbox", name=re.compile("How can we help|What is it about|Message")).first
    box.fill("It burns again")
    zoe.get_by_role("button", name=re.compile("Start chat")).click()
    second_chat = re.compile(r"Chat: \[Ticket \d+\] It burns again")
    alert_card(winner, re.compile("It burns again")).get_by_role("button", name="Join").click()  # type: ignore[arg-type]
    at_engineer, at_zoe = winner.get_by_role("region", name=second_chat), zoe.get_by_role("region", name=second_chat)
    expect(at_engineer).to_be_visible()
    dialog = end_chat(at_engineer)
    dialog.get_by_role("button", name="End and attach chat log").click()
    close_up(at_engineer, at_zoe)
    expect(winner.get_by_role("list", name="Timeline").get_by_role("link", name=re.compile(r"chat_log_.*\.txt"))).to_have_count(2)


def wait_for_one(first: Page, second: Page, title: str) -> Page:
    """The page whose chat window opened."""
    for _ in range(100):
        for page in (first, second):
            if chat_window(page, title).count():
                return page
        first.wait_for_timeout(100)
    raise AssertionError("no chat window opened")


@pytest.mark.timeout(120)
@pytest.mark.main_path
def test_a_cut_connection_is_shown_and_messages_written_meanwhile_arrive_once_in_order(
    sign_in: SignIn, proxy: CuttableProxy, shoot: Shoot
) -> None:  # spec 7.3, 7.4
    leo, ava = sign_in("leo", url=proxy.url), sign_in("ava")
    title = "Mail does not send"
    at_leo = start_chat(leo, title)
    alert_card(ava, title).get_by_role("button", name="Join").click()
    at_ava = chat_window(ava, title)
    expect(messages(at_leo)).to_contain_text("Ava Chen joined the chat")

    proxy.cut()
    write(at_leo, "first while away")
    write(at_ava, "said by Ava meanwhile")
    expect(at_leo.get_by_role("status").filter(has_text=re.compile("Reconnecting|Offline"))).to_be_visible(timeout=14_000)
    write(at_leo, "second while away")
    shoot(leo, "away")
    proxy.restore()

    for window in (at_leo, at_ava):
        for text in ("first while away", "second while away", "said by Ava meanwhile"):
            expect(messages(window).get_by_text(text, exact=True)).to_have_count(1, timeout=20_000)
    texts = messages(at_ava).inner_text()
    assert texts.index("first while away") < texts.index("second while away")
    assert order(messages(at_leo).inner_text()) == order(texts)
    dialog = end_chat(at_ava)
    dialog.get_by_role("button", name="Close without a ticket").click()
    close_up(at_ava, at_leo)


def order(text: str) -> list[str]:
    texts = ["first while away", "second while away", "said by Ava meanwhile"]
    return sorted(texts, key=text.index)
