"""`make gallery`: opens each screen with the demo people and writes docs/screens. `python -m tests.gallery NAME ...` takes only these.

The screenshots in full size stay in .parley/screens.
"""

import argparse
import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from stack.people import make_demo_desk, upsert
from stack.services import ROOT, Stack
from stack.setup.programs import find_chromium
from stack.unlimited import UNLIMITED
from tests.e2e.own_desk import browser_context, open_signed_in, until_connected
from tests.gallery import german, new_desk, portal, tech, transfer
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen
from tests.gallery.shots import LOOKS, MORE, shoot, write_sheet

OF_DEMO = (*portal.SCREENS, *tech.SCREENS, *transfer.SCREENS, *german.SCREENS)
SCREENS = (*OF_DEMO, *new_desk.SCREENS)
SHEETS, SHOTS = ROOT / "docs" / "screens", ROOT / ".parley" / "screens"
WAIT_MS = 20_000
INTRODUCTION = """# Screens

Written by `make gallery`, which opens each screen of a running Parley with the demo people. Each picture has a screen in light and dark,
1440, 1024 and 390 pixels wide, in half size; some also at 320 pixels and in forced colours.
"""


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(screen.name for screen in SCREENS)}")
    expect.set_options(timeout=WAIT_MS)
    names = set(arguments.parse_args().names)
    # The push chat of the scene waits until its screen is taken.
    env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_CHAT_PUSH_EXPIRES_AFTER": "3600"}
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), env=env) as stack, sync_playwright() as playwright:
        scene = Scene()
        # Playwright's event loop already runs in this thread.
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(asyncio.run, _prepare(stack, scene)).result()
            browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=["--no-sandbox", "--disable-gpu"])
            problems = _take(browser, stack.http_url, scene, OF_DEMO, names)
            # The sign-in page, which is one of the screens before, lists the people of all desks.
            other_thread.submit(asyncio.run, upsert(stack, new_desk.entries())).result()
            problems += _take(browser, stack.http_url, scene, new_desk.SCREENS, names)
            browser.close()
    lines = [f"## {screen.title}\n\n![{screen.title}]({screen.name}.webp)\n" for screen in SCREENS]
    (SHEETS / "README.md").write_text("\n".join([INTRODUCTION, *lines]))
    if problems:
        raise SystemExit("\n".join(problems))


async def _prepare(stack: Stack, scene: Scene) -> None:
    await make_demo_desk(stack)
    await scene.prepare(stack.http_url)


def _take(browser: Browser, url: str, scene: Scene, screens: tuple[Screen, ...], names: set[str]) -> list[str]:
    """All screens are opened, since a later one of a person begins where an earlier one ended. Returns the errors of the pages."""
    SHEETS.mkdir(parents=True, exist_ok=True)
    pages: dict[str, Page] = {}
    problems: list[str] = []
    for screen in screens:
        page = pages.get(screen.person) or pages.setdefault(screen.person, _page(browser, url, screen.person, problems))
        page.set_viewport_size({"width": 1440, "height": 900})
        screen.open(page, scene)
        if not names or screen.name in names:
            print(screen.name, flush=True)
            taken = shoot(page, SHOTS / screen.name, LOOKS + (MORE if screen.more else ()), screen.part)
            write_sheet(browser, taken, SHEETS / f"{screen.name}.webp")
    return problems


def _page(browser: Browser, url: str, person_id: str, problems: list[str]) -> Page:
    """Signed in as this person; with an empty id not signed in."""
    context = browser_context(browser, url=url)
    context.set_default_timeout(WAIT_MS)
    if not person_id:
        return context.new_page()
    page = open_signed_in(context, person_id, url, problems)
    until_connected(page)
    return page


if __name__ == "__main__":
    main()
