"""One customer with two tabs has one chat."""

from playwright.sync_api import Route, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import messages


def test_two_tabs_that_start_a_chat_at_once_share_it_and_the_second_keeps_its_text(desk: OwnDesk) -> None:  # spec 2.3, 2.4
    first = desk.page("kim", "/support")
    second = first.context.new_page()
    second.goto(first.url)
    texts = {first: "The scanner is dead", second: "Scanner does not work"}
    held: list[Route] = []
    for page, text in texts.items():
        page.route("**/portal/api/chats", lambda route: held.append(route))
        page.get_by_role("textbox", name="How can we help?").fill(text)
        page.get_by_role("button", name="Start chat").click()
    while len(held) < 2:
        first.wait_for_timeout(20)
    for route in held:
        route.continue_()

    windows = {page: page.get_by_role("region", name="Chat: ") for page in texts}
    for window in windows.values():
        expect(window).to_have_count(1)
        expect(messages(window)).to_contain_text("canner")
    titles = {window.get_attribute("aria-label") for window in windows.values()}
    assert len(titles) == 1
    [winner] = [page for page, text in texts.items() if f"Chat: {text}" in titles]
    [loser] = set(texts) - {winner}
    expect(windows[loser].get_by_role("textbox", name="Message")).to_have_value(texts[loser])
    for page in texts:
        expect(page.get_by_role("button", name="Start chat")).to_have_attribute("aria-disabled", "true")
        expect(page.get_by_role("button", name="Go to your chat")).to_be_visible()
