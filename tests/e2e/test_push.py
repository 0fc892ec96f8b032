"""An engineer requests a chat with a customer, from a ticket."""

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PUSH_EXPIRES_AFTER
from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import dismiss_toast, messages, session_card, write
from tests.e2e.test_dialogs import go_around

ASKED = "Chat request from Ines Vega"


def push(ines: Page, ticket_id: str, customer: str) -> Locator:
    """Pushes a chat from the ticket; returns the sender's window."""
    ines.goto(f"/tech/tickets/{ticket_id}")
    ines.get_by_role("complementary", name="Details").get_by_role("button", name="Push chat").click()
    return ines.get_by_role("region", name=f"Chat: Chat from Ines Vega to {customer}").last


def typed(box: Locator, seconds: int) -> None:
    """Makes the page believe that a key was pressed in `seconds`, which may be past. So it waits for a pause also on a slow machine."""
    box.evaluate(
        """(box, milliseconds) => {
            const now = Date.now;
            Date.now = () => now() + milliseconds;
            box.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true }));
            Date.now = now;
        }""",
        seconds * 1000,
    )


def test_a_push_chat_is_declined_accepted_or_expires(desk: OwnDesk) -> None:  # spec 2.1, 2.6, 2.9, 4.13, 5.6, 7.9
    kim, ray, ines = desk.page("kim"), desk.page("ray"), desk.page("ines")
    mail, laptop = desk.ticket("kim", "Mail is slow"), desk.ticket("ray", "Laptop is loud")

    # Ray does not answer.
    to_ray = push(ines, laptop, "Ray Cole")
    expect(to_ray).to_contain_text("Waiting for Ray Cole's answer")
    expect(ray.get_by_role("alertdialog", name=ASKED)).to_contain_text("Laptop is loud")

    # Kim is typing: a toast announces the request, the dialog waits for a pause, and no key meant for the text box reaches the dialog.
    box = kim.get_by_role("textbox", name="How can we help?")
    box.press_sequentially("I would ")
    typed(box, 60)
    to_kim = push(ines, mail, "Kim Lund")
    asked = kim.get_by_role("alertdialog", name=ASKED)
    expect(kim.get_by_role("status").filter(has_text="Ines Vega would like to chat with you")).to_be_visible()
    kim.keyboard.type("like to ask you about it")
    typed(box, 60)
    expect(asked).to_have_count(0)
    expect(box).to_have_value("I would like to ask you about it")
    typed(box, -60)
    expect(asked.get_by_role("heading", name=ASKED)).to_be_focused()
    kim.keyboard.press("Space")
    kim.keyboard.press("Enter")
    kim.keyboard.press("Escape")
    go_around(kim, ASKED)
    asked.get_by_role("button", name="Decline").press("Enter")
    expect(asked).to_have_count(0)
    expect(box).to_be_focused()
    expect(messages(to_kim)).to_contain_text("The customer declined")

    # Push again from the card of the abandoned chat.
    card = session_card(ines, "Abandoned", "Chat from Ines Vega to Kim Lund on ticket")
    typed(box, 60)
    card.get_by_role("button", name="Push chat").click()
    kim.get_by_role("button", name="Answer").click()
    asked.get_by_role("button", name="Accept").click()
    at_kim = kim.get_by_role("region", name="Chat: Chat from Ines Vega")
    to_kim = ines.get_by_role("region", name="Chat: Chat from Ines Vega to Kim Lund").filter(has_text="Kim Lund joined the chat")
    write(at_kim, "Yes, I have a minute")
    expect(messages(to_kim)).to_contain_text("Yes, I have a minute")

    expect(ray.get_by_role("alertdialog", name=ASKED)).to_have_count(0, timeout=(PUSH_EXPIRES_AFTER + 10) * 1000)
    dismiss_toast(ray, "The chat request from Ines Vega has ended")
    session_card(ines, "Abandoned", "Chat from Ines Vega to Ray Cole").get_by_role("button", name="View session").click()
    expect(messages(to_ray)).to_contain_text("The customer did not answer in time")
