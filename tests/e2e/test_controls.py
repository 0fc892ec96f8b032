"""Every control that an app shows is activated by a test that checks its effect. This file runs last and evaluates all other tests.

The second test is left out when only some of the files run.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.controls import Controls

# Controls that are left out, with the reason.
LEFT_OUT = {
    "Call …": "a tel: link, which leaves the browser",
    "Write to …": "a mailto: link, which leaves the browser",
    "Parley": "the link to the first page, shown until the desk's name is loaded",
}
REPORT = Path(".parley/untested_controls.txt")
PAGE = """
<main>
  <button>Save</button> <button>Discard</button> <button aria-disabled=true>Leave</button> <button>Keep</button> <button>Close</button>
  <button onclick="document.querySelector('p').hidden = false">Menu</button> <p hidden><button>Sign out</button></p>
  <label><input type=checkbox> Call-backs</label> <label><input type=checkbox> Status</label>
</main>
"""


def test_a_control_counts_only_if_a_test_activates_it_and_checks_before_the_next_one(browser: Browser, watched_controls: Controls) -> None:
    context = browser.new_context()
    context.route("**/made-up/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page = context.new_page()
    page.goto("http://localhost/made-up/")

    def click(*names: str) -> None:
        for name in names:
            page.get_by_role("button", name=name).click(force=True)

    click("Save")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    click("Discard", "Leave", "Menu", "Sign out")
    page.get_by_role("checkbox", name="Call-backs").check()
    click("Keep")
    expect(page.get_by_role("checkbox", name="Call-backs")).to_be_checked()
    page.get_by_role("checkbox", name="Status").check()
    click("Discard", "Close")
    context.close()
    watched_controls.end()

    left = [line.partition("   ")[0] for line in watched_controls.untested("made-up")]
    buttons = [f'made-up: main /made-up/: button "{name}"' for name in ("Close", "Discard", "Leave", "Sign out")]
    assert left == [*buttons, 'made-up: main /made-up/: checkbox "Status"']


def test_each_control_of_both_apps_is_activated_by_some_test(request: pytest.FixtureRequest, watched_controls: Controls) -> None:
    links = [f'link "{name}"' for name in LEFT_OUT]
    left = [line for line in watched_controls.untested("tech", "portal", "sign-in") if not any(link in line for link in links)]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("".join(f"{line}\n" for line in left))
    assert not request.session.testsfailed, "failed tests may have activated the controls that are left; see the report"
    assert left == [], "no test activates:\n" + "\n".join(left)
