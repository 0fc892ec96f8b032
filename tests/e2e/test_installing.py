"""Both apps can be installed. An installed app may ask the browser whether the person is idle."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from stack.services import Stack
from stack.setup.programs import find_chromium
from tests.e2e.conftest import ARGS

IDLE = "Away when this computer is idle"


def own_browser(playwright: Playwright, folder: Path, *args: str) -> BrowserContext:
    return playwright.chromium.launch_persistent_context(str(folder), executable_path=str(find_chromium(whole=True)), args=[*ARGS, *args])


def sign_in(page: Page, stack: Stack, name: str) -> None:
    page.goto(f"{stack.http_url}/sign-in")
    page.get_by_role("button", name=f"Sign in as {name}").click()
    page.get_by_role("status").filter(has_text="Connected").first.wait_for(state="attached")


@pytest.mark.parametrize(("app", "name"), [("tech", "Ava Chen"), ("portal", "Mia Torres")])
def test_the_app_is_installable(playwright: Playwright, stack: Stack, tmp_path: Path, app: str, name: str) -> None:  # spec 1.5
    context = own_browser(playwright, tmp_path)
    page = context.new_page()
    sign_in(page, stack, name)
    cdp = context.new_cdp_session(page)
    manifest = cdp.send("Page.getAppManifest")
    problems = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
    context.close()

    assert manifest["errors"] == []
    parsed = json.loads(manifest["data"])
    assert (parsed["start_url"], parsed["scope"], parsed["display"]) == (f"/{app}/", f"/{app}/", "standalone")
    assert problems == []


def test_an_app_in_its_own_window_offers_idle_detection_and_a_tab_does_not(
    playwright: Playwright, stack: Stack, tmp_path: Path
) -> None:  # spec 1.5
    context = own_browser(playwright, tmp_path, f"--app={stack.http_url}/sign-in")
    [installed], tab = context.pages, context.new_page()
    sign_in(installed, stack, "Ava Chen")
    tab.goto(f"{stack.http_url}/tech/")

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
