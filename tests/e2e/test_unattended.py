"""The engineer of a chat is offline: the other engineers are alerted again."""

import re

from playwright.sync_api import expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import chat_window, messages, session_card, start_chat

GRACE_AND_MORE = 40_000


def test_of_two_engineers_who_join_an_unattended_chat_one_is_first_and_the_other_sees_it(desk: OwnDesk) -> None:  # spec 3.5, 3.12
    desk.set(unattendedAfter=1)
    kim, ines, tom, noa = desk.page("kim"), desk.page("ines"), desk.page("tom"), desk.page("noa")
    title = "The badge reader is dark"
    at_kim = start_chat(kim, title)
    session_card(ines, "Waiting", title).get_by_role("button", name="Join").click()
    expect(messages(at_kim)).to_contain_text("Ines Vega joined the chat")
    ines.context.close()

    buttons = []
    for page in (tom, noa):
        card = session_card(page, "Waiting", title)
        expect(card).to_contain_text("unattended for", timeout=GRACE_AND_MORE)
        buttons.append(card.get_by_role("button", name="Join").element_handle())
    for button in buttons:
        button.evaluate("button => { button.click() }")

    expect(messages(at_kim)).to_contain_text(re.compile("(Tom Baker|Noa Stern) joined the chat"))
    first = "Tom Baker" if "Tom Baker joined" in messages(at_kim).inner_text() else "Noa Stern"
    winner, loser = (tom, noa) if first == "Tom Baker" else (noa, tom)
    expect(loser.get_by_role("alert").filter(has_text=f"{first} joined first")).to_be_visible()
    expect(chat_window(winner, title)).to_be_visible()
    expect(chat_window(loser, title)).to_have_count(0)
    assert messages(at_kim).inner_text().count("joined the chat") == 2
