"""What a page played and showed, and whether it is hidden. `listen` prepares a browser for it, which must be the full one, because
the headless shell shows no notifications."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

SCRIPT = Path(__file__).with_suffix(".js")
INSTALLED = """(() => {
  const real = matchMedia;
  const installed = (query) => Object.assign(new EventTarget(), { matches: true, media: query });
  window.matchMedia = (query) => (query.includes("standalone") ? installed(query) : real(query));
})();"""

OPEN = """async () => {
  const open = await (await navigator.serviceWorker.ready).getNotifications();
  return open.map(({ body, icon }) => (icon.startsWith("data:image/png;") ? body : `without a picture: ${body}`)).sort();
}"""


def listen(context: BrowserContext) -> None:
    context.add_init_script(path=SCRIPT)


def permit(context: BrowserContext) -> None:
    """The browser may show notifications."""
    context.grant_permissions(["notifications"])
    listen(context)


def permit_installed(context: BrowserContext) -> None:
    """The same for a browser whose windows are those of the installed app."""
    permit(context)
    context.add_init_script(INSTALLED)


def hide(*pages: Page, hidden: bool = True) -> None:
    for page in pages:
        page.evaluate("hidden => setHidden(hidden)", hidden)


def expect_heard(page: Page, *sounds: str) -> None:
    """Exactly these, since the page was loaded."""
    expect(page.locator("html")).to_have_attribute("data-heard", " | ".join(sounds))


def expect_shown(page: Page, *texts: str) -> None:
    """Exactly these, each "title: body", since the page was loaded. The notification may be closed by now."""
    expect(page.locator("html")).to_have_attribute("data-shown", " | ".join(texts))


def expect_open(page: Page, *bodies: str) -> None:
    """The notifications that the browser shows now, each with the drawn picture of a person (spec 5.5)."""
    until(page, lambda: page.evaluate(OPEN) == sorted(bodies))


def until(page: Page, holds: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"the condition was false for {seconds:.0f} s"
        page.wait_for_timeout(50)


def heard(*pages: Page) -> list[str]:
    """What all these pages played."""
    return _listed("heard", pages)


def shown(*pages: Page) -> list[str]:
    return _listed("shown", pages)


def _listed(name: str, pages: tuple[Page, ...]) -> list[str]:
    texts = [page.locator("html").get_attribute(f"data-{name}") or "" for page in pages]
    return [entry for text in texts for entry in re.split(re.escape(" | "), text) if entry]
