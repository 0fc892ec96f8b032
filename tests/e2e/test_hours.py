"""Outside office hours: the desk opens only in three days."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import messages, session_card, start_chat


def test_outside_office_hours_the_customer_sees_when_the_desk_opens(desk: OwnDesk) -> None:  # spec 4.6, 2.11, 3.3
    opens = datetime.now(UTC) + timedelta(days=3)
    span = {"day": opens.isoweekday(), "fromMinute": 540, "untilMinute": 1020}
    hours = {"zone": "UTC", "spans": [span], "holidays": []}
    desk.set(hours=hours)
    kim, ines = desk.page("kim", "/support"), desk.page("ines")
    when = f"We open {opens:%A}"
    expect(kim.get_by_role("main")).to_contain_text(when)

    at_kim = start_chat(kim, "Is anybody there?")
    expect(messages(at_kim)).to_contain_text(when)
    expect(at_kim.get_by_role("button", name="Call me back")).to_be_visible()
    at_kim.get_by_role("button", name="I'll try later").click()
    expect(at_kim).to_have_count(0)
    expect(session_card(ines, "Abandoned", "Is anybody there?")).to_be_visible()

    # The desk may also refuse chats then. An open page shows that when it gets the focus again, and also when chat is open again.
    desk.set(hoursMode="refuse")
    come_back_to(kim)
    start = kim.get_by_role("button", name="Start chat")
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(start).to_have_attribute("title", re.compile(f"Chat opens again {opens:%A}"))
    kim.goto(f"/portal/tickets/{desk.ticket('kim', 'Badge reader beeps')}")
    expect(kim.get_by_role("button", name="Chat about this ticket")).to_have_attribute("title", re.compile(f"Chat opens again {opens:%A}"))

    desk.set(hours={"zone": "UTC", "spans": [], "holidays": []})
    come_back_to(kim)
    expect(kim.get_by_role("button", name="Chat about this ticket")).not_to_have_attribute("aria-disabled", "true")


def come_back_to(page: Page) -> None:
    """Fires focus events repeatedly, because a headless browser's pages always have the focus."""
    page.evaluate("setInterval(() => dispatchEvent(new Event('focus')), 500)")
