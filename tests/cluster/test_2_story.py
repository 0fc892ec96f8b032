"""A chat in two browsers: one opens the Ingress by https, the other one the route of the Gateway API."""

from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from stack.setup.programs import find_chromium
from tests.cluster.deployed import Directory
from tests.cluster.ingress import BY_INGRESS, BY_ROUTE, contour
from tests.e2e.conftest import ARGS
from tests.e2e.own_desk import browser_context, open_signed_in, until_connected
from tests.e2e.screens import alert_card, chat_window, close_up, end_chat, messages, start_chat, write

TITLE = "Printer is on fire"


@pytest.mark.timeout(300)
def test_a_customer_and_an_engineer_chat_and_end(people: Directory, tmp_path: Path) -> None:  # spec 12.1
    problems: list[str] = []
    with contour(tmp_path), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=ARGS)
        urls = {"zoe": BY_INGRESS, "ava": BY_ROUTE}
        zoe, ava = (open_signed_in(browser_context(browser), id, url, problems) for id, url in urls.items())
        for page in (zoe, ava):
            until_connected(page)
        at_zoe = start_chat(zoe, TITLE)
        alert_card(ava, TITLE).get_by_role("button", name="Join").click()
        at_ava = chat_window(ava, TITLE)
        expect(messages(at_zoe)).to_contain_text("Ava Chen joined the chat")
        write(at_ava, "On my way. Is it the one in room 4?")
        expect(messages(at_zoe)).to_contain_text("Is it the one in room 4?")
        write(at_zoe, "Yes, and it smells")
        expect(messages(at_ava)).to_contain_text("Yes, and it smells")
        end_chat(at_ava).get_by_role("button", name="Create ticket and attach chat log").click()
        close_up(at_ava, at_zoe)
        browser.close()
    assert problems == []
