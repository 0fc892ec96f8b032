"""Both apps can be installed. An installed app may ask the browser whether the person is idle."""

import json
from pathlib import Path

from playwright.sync_api import Page, Playwright, expect

from stack.services import Stack
from stack.setup.programs import find_chromium
from tests.e2e.conftest import ARGS
from tests.e2e.own_desk import open_signed_in, until_connected

IDLE = "Away when this computer is idle"


def check_installable(page: Page, app: str) -> None:
    until_connected(page)
    cdp = page.context.new_cdp_session(page)
    manifest = cdp.send("Page.getAppManifest")
    assert manifest["errors"] == []
    parsed = json.loads(manifest["data"])
    assert (parsed["start_url"], parsed["scope"], parsed["display"]) == (f"/{app}/", f"/{app}/", "standalone")
    assert cdp.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_both_apps_are_installable_and_only_an_installed_one_offers_idle_detection(
    playwright: Playwright, stack: Stack, tmp_path: Path
) -> None:  # spec 1.5
    # The first window is that of an installed app.
    args = [*ARGS, f"--app={stack.http_url}/missing"]
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path), executable_path=str(find_chromium(whole=True)), args=args, reduced_motion="reduce"
    )
    [installed] = context.pages
    problems: list[str] = []
    portal = open_signed_in(context, "mia", stack.http_url, problems)
    check_installable(portal, "portal")
    portal.close()
    tab = open_signed_in(context, "ava", stack.http_url, problems)
    check_installable(tab, "tech")
    installed.goto(f"{stack.http_url}/tech/")

    entries = {}
    for page in (installed, tab):
        page.get_by_role("button", name="Your presence:").click()
        expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
        entries[page] = page.get_by_role("menuitemcheckbox", name=IDLE)
    expect(entries[tab]).to_have_count(0)
    expect(entries[installed]).not_to_be_checked()
    context.new_cdp_session(installed).send("Browser.grantPermissions", {"permissions": ["idleDetection"]})
    expect(entries[installed]).to_be_checked()
    entries[installed].click()
    expect(installed.get_by_role("status").filter(has_text="To turn it off")).to_be_visible()
    context.close()
    assert problems == []
