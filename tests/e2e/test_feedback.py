"""What a customer may do after the end of a chat, and what the engineer sees of it."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import alert_card, chat_window, close_up, end_chat, messages, start_chat, write

Shoot = Callable[[Page, str], None]
QUESTION = "Did we solve your request?"


def ended_chat(customer: Page, engineer: Page, title: str) -> tuple[Locator, Locator]:
    """The windows of the customer and of the engineer, who has ended the chat."""
    at_customer = start_chat(customer, title)
    alert_card(engineer, title).get_by_role("button", name="Join").click()
    at_engineer = chat_window(engineer, title)
    write(at_engineer, "Try it now.\nIs it better?")
    expect(messages(at_customer)).to_contain_text("Is it better?")
    end_chat(at_engineer).get_by_role("button", name="Close without a ticket").click()
    expect(messages(at_customer)).to_contain_text("The chat session is now closed")
    return at_customer, at_engineer


def after(window: Locator) -> Locator:
    return window.get_by_role("region", name="After the chat")


def test_a_customer_answers_whether_it_was_solved_and_the_engineer_sees_it(desk: OwnDesk, shoot: Shoot) -> None:  # spec 4.15, 8.2
    kim, ines = desk.page("kim", phone=True), desk.page("ines", dark=True)
    at_kim, at_ines = ended_chat(kim, ines, "Printer is slow")
    shoot(kim, "asked")
    kim.reload()
    restore = kim.get_by_role("button", name="Restore chat Printer is slow")
    expect(restore).to_be_visible()
    expect(kim.get_by_role("textbox", name="How can we help?")).to_be_in_viewport()
    shoot(kim, "bar")
    restore.click()
    after(at_kim).get_by_role("button", name="No", exact=True).click()
    expect(after(at_kim)).to_contain_text("Thank you")
    expect(after(at_kim).get_by_text("Thank you")).to_be_focused()
    expect(messages(at_ines)).to_contain_text("Kim Lund marked this as not solved")

    after(at_kim).get_by_role("textbox", name="What should we know?").fill("It prints every page twice.")
    shoot(kim, "comment")
    after(at_kim).get_by_role("button", name="Send comment").click()
    expect(messages(at_ines)).to_contain_text("Kim Lund commented: It prints every page twice.")
    expect(after(at_kim).get_by_role("textbox")).to_have_count(0)
    shoot(ines, "engineer")
    close_up(at_ines)

    # The history has a chat seconds after it changed.
    ines.goto("/tech/history")
    link = ines.get_by_role("main").get_by_role("link", name="Open history: Printer is slow")
    for _ in range(60):
        ines.get_by_role("button", name="Refresh").click()
        if link.count():
            break
        ines.wait_for_timeout(1000)
    link.click()
    answer = ines.get_by_role("region", name="Customer's answer")
    expect(answer).to_contain_text("Solved: no")
    expect(answer).to_contain_text("It prints every page twice.")
    answer.scroll_into_view_if_needed()
    shoot(ines, "history")


def test_a_customer_saves_a_copy_and_starts_a_new_chat(desk: OwnDesk, shoot: Shoot) -> None:  # spec 4.15
    ray, ines = desk.page("ray"), desk.page("ines")
    at_ray, at_ines = ended_chat(ray, ines, "Scanner is slow")
    shoot(ray, "ended")
    with ray.expect_download() as saved:
        after(at_ray).get_by_role("button", name="Save a copy").click()
    text = Path(saved.value.path()).read_text()
    assert saved.value.suggested_filename.startswith("chat_20")
    assert text.startswith("Scanner is slow\nStory desk\nSaved ")
    for line in ("  Ray Cole: Scanner is slow\n", "  Ines Vega: Try it now.\n    Is it better?\n", "  The chat session is now closed\n"):
        assert line in text

    after(at_ray).get_by_role("button", name="Yes", exact=True).click()
    expect(messages(at_ines)).to_contain_text("Ray Cole marked this as solved")
    after(at_ray).get_by_role("button", name="Start a new chat").click()
    expect(at_ray).to_have_count(0)
    expect(ray.get_by_role("textbox", name="How can we help?")).to_be_focused()
    close_up(at_ines)
