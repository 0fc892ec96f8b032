"""Sounds and browser notifications of chats and messages, in pages that are visible or hidden."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Playwright, expect

from stack.services import Stack
from stack.setup.programs import find_chromium
from tests.e2e.conftest import ARGS
from tests.e2e.notified import expect_heard, expect_open, expect_shown, heard, hide, listen, permit, permit_installed, shown, until
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, close_up, end_chat, messages, write

FREE_SOUND = "--autoplay-policy=no-user-gesture-required"
KIM, RAY, LEA, PIA = (f"{name} · Northwind" for name in ("Kim Lund", "Ray Cole", "Lea Moss", "Pia Holt"))


@pytest.fixture
def desk_of_the_module(request: pytest.FixtureRequest, stack: Stack, whole_browser: Browser) -> OwnDesk:
    """One for each test: a chat that waits would alert the engineers of the next one."""
    return OwnDesk(stack, whole_browser, request.node.name.replace("_", "-")[:40])


@pytest.fixture
def blocking_browser(playwright: Playwright) -> Iterator[Browser]:
    """It plays no sound before the first click in a page, as browsers do by default."""
    args = [arg for arg in ARGS if arg != FREE_SOUND]
    browser = playwright.chromium.launch(executable_path=str(find_chromium(whole=True)), args=args)
    yield browser
    browser.close()


def repetitions(desk: OwnDesk, first: int, every: int, until: int) -> None:
    version = desk.api("ines", "GET", "/settings/alerts").get("version", 0)
    body = {"settings": {"first": first, "every": every, "until": until}, "version": version}
    desk.api("ines", "PUT", "/settings/alerts", body)


def test_a_chat_rings_once_on_the_best_place_and_is_silenced_when_somebody_joins(desk: OwnDesk) -> None:  # spec 5.2, 5.3, 5.4, 5.7
    repetitions(desk, first=20, every=10, until=0)
    first = desk.page("tom", prepare=permit)
    second = first.context.new_page()
    second.goto(first.url)
    tabs = (first, second)
    hide(*tabs)
    desk.until_pages("tom", lambda pages: [(page.visible, page.sound_allowed) for page in pages] == [(False, True)] * 2)
    # Two hidden tabs: one of them plays and shows.
    desk.chat("kim", "Mail is slow")
    until(first, lambda: (len(heard(*tabs)), len(shown(*tabs))) == (1, 1))
    expect_open(first, "Mail is slow")

    # The installed app in another browser is better than a hidden tab.
    app = desk.page("tom", prepare=permit_installed)
    hide(app)
    desk.until_pages("tom", lambda pages: [page.visible for page in pages] == [False] * 3 and any(page.installed for page in pages))
    desk.chat("ray", "Scanner is dead")
    expect_heard(app, "chime")
    expect_shown(app, f"{RAY}: Scanner is dead")

    # A visible page only plays the sound.
    hide(second, hidden=False)
    desk.until_pages("tom", lambda pages: [page.visible for page in pages].count(True) == 1)
    before = heard(first)
    desk.chat("lea", "Phone is mute")
    until(second, lambda: len(heard(second)) == 2 - len(before))
    expect_heard(app, "chime")
    assert heard(first) == before
    assert shown(*tabs) == [f"{KIM}: Mail is slow"]
    expect_shown(app, f"{RAY}: Scanner is dead")

    # Somebody else joins, and it closes everywhere.
    noa = desk.page("noa")
    for title in ("Mail is slow", "Scanner is dead"):
        alert_card(noa, title).get_by_role("button", name="Join").click()
    expect_open(first)
    expect_open(app)


def test_a_waiting_chat_repeats_until_somebody_joins(desk: OwnDesk) -> None:  # spec 5.3
    repetitions(desk, first=5, every=5, until=10)
    ines, noa = desk.page("ines", prepare=permit), desk.page("noa")
    hide(ines)
    desk.until_pages("ines", lambda pages: [(page.visible, page.sound_allowed) for page in pages] == [(False, True)])
    desk.chat("pia", "Door is stuck")
    desk.chat("ray", "Gate is stuck")
    until(ines, lambda: f"again {PIA}: Door is stuck" in shown(ines))
    alert_card(noa, "Door is stuck").get_by_role("button", name="Join").click()
    expect(chat_window(noa, "Door is stuck")).to_be_visible()
    expect_open(ines, "Gate is stuck")
    of_door = [text for text in shown(ines) if "Door" in text]
    assert of_door[:2] == [f"{PIA}: Door is stuck", f"again {PIA}: Door is stuck"]

    # The chat that still waits repeats later than the other one would have.
    until(ines, lambda: shown(ines).count(f"again {RAY}: Gate is stuck") == 2)
    assert [text for text in shown(ines) if "Gate" in text] == [f"{RAY}: Gate is stuck", *[f"again {RAY}: Gate is stuck"] * 2]
    assert [text for text in shown(ines) if "Door" in text] == of_door
    expect_open(ines, "Gate is stuck")


def test_a_message_sounds_unless_its_chat_is_open_in_a_visible_page(desk: OwnDesk) -> None:  # spec 5.2
    repetitions(desk, first=20, every=10, until=0)
    title = "Keyboard types twice"
    lea, ines = desk.page("lea", "/support", prepare=permit), desk.page("ines", prepare=permit)
    desk.chat("lea", title)
    expect_heard(ines, "chime")
    alert_card(ines, title).get_by_role("button", name="Join").click()
    at_lea, at_ines = chat_window(lea, title), chat_window(ines, title)
    expect(messages(at_lea)).to_contain_text("Ines Vega joined the chat")

    def open_in(word: str, page: Page, visible: bool, windows: int) -> None:
        """Waits until presence knows it."""
        hide(page, hidden=not visible)
        desk.until_pages(word, lambda pages: [(page.visible, len(page.session_ids)) for page in pages] == [(visible, windows)])

    # Each message of a session is decided after the one before, so the next sound proves that an earlier message made none.
    open_in("ines", ines, True, 1)
    write(at_lea, "Every letter")
    open_in("lea", lea, False, 1)
    write(at_ines, "Do you have another one?")
    # Each message is noticed, although it replaces the notification of the one before ("again").
    expect_shown(lea, f"again Ines Vega: {title}")
    expect_heard(lea, "pulse")

    open_in("lea", lea, True, 1)
    expect_open(lea)
    write(at_ines, "One from the store room?")
    expect(messages(at_lea)).to_contain_text("One from the store room?")
    # The engineer's window is minimised in a visible page: a sound, and no notification.
    at_ines.get_by_role("button", name="Minimise").click()
    open_in("ines", ines, True, 0)
    write(at_lea, "No")
    expect_heard(ines, "chime", "pulse")
    expect_shown(ines)
    expect_heard(lea, "pulse")
    at_ines.get_by_role("button", name="Restore chat").click()
    end_chat(at_ines).get_by_role("button", name="Close without a ticket").click()
    close_up(at_ines, at_lea)


def test_a_blocked_sound_is_shown_and_one_click_enables_it(desk: OwnDesk, blocking_browser: Browser) -> None:  # spec 5.2, 5.9
    repetitions(desk, first=20, every=10, until=0)
    context = blocking_browser.new_context(viewport={"width": 1280, "height": 800})
    # Playwright's own scripts count as clicks. So nothing but this CDP session may look at the page before the click.
    context.add_init_script("delete window.reportControls")
    listen(context)
    page = desk.open(context, "noa", connected=False)
    cdp = context.new_cdp_session(page)
    until(page, lambda: "Sound is blocked" in read(cdp, "document.body.innerText"))
    desk.chat("kim", "Lamp is red")
    until(page, lambda: "Lamp is red" in read(cdp, "document.body.innerText"))
    x, y = read(cdp, "(({x, y}) => [x + 5, y + 5])(document.querySelector('.state-line button').getBoundingClientRect())")
    assert read(cdp, "document.documentElement.dataset.heard") == ""
    page.mouse.click(x, y)
    until(page, lambda: "Sound is blocked" not in read(cdp, "document.body.innerText"))
    desk.chat("ray", "Lamp is blue")
    until(page, lambda: read(cdp, "document.documentElement.dataset.heard") == "chime")
    context.close()


def read(cdp: CDPSession, expression: str) -> Any:
    return cdp.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})["result"]["value"]
