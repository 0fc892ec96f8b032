"""Takes the screenshots of a screen, and puts them on one sheet."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

WIDE, NARROW, PHONE, SMALL = (1440, 900), (1024, 768), (390, 844), (320, 640)
SCALE, QUALITY, SHEET_WIDTH = 0.5, 60, 1500
STYLE = """body { margin: 0; padding: 12px; background: #8a8f98; font: 13px system-ui; display: flex; flex-wrap: wrap; gap: 12px }
    figure { margin: 0 } figcaption { color: #fff; padding: 0 0 4px } img { display: block; border-radius: 4px }"""


@dataclass(frozen=True)
class Look:
    """One way in which a screen is shown."""

    name: str
    size: tuple[int, int]
    theme: Literal["light", "dark"] = "light"
    forced: bool = False


LOOKS = tuple(
    Look(f"{name}, {theme}", size, theme)
    for name, size in (("1440", WIDE), ("1024", NARROW), ("390", PHONE))
    for theme in ("light", "dark")
)
MORE = (Look("320", SMALL), Look("forced colours", WIDE, forced=True))


def shoot(page: Page, folder: Path, looks: tuple[Look, ...], part: str = "") -> list[tuple[Look, Path]]:
    """The page as it is, in each look, or scrolled to the section `part` of the settings. The files are in `folder`, in full size."""
    folder.mkdir(parents=True, exist_ok=True)
    cdp = page.context.new_cdp_session(page)
    taken = []
    for look in looks:
        width, height = look.size
        cdp.send("Emulation.setTouchEmulationEnabled", {"enabled": width <= PHONE[0]})
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=look.theme, forced_colors="active" if look.forced else "none", reduced_motion="reduce")
        if part:
            page.get_by_role("navigation", name="Sections").get_by_role("link", name=part, exact=True).click()
        # What follows the size of the window (a text box, the windows that fit) has followed after two frames.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        file = folder / f"{look.name.replace(', ', '-').replace(' ', '-')}.png"
        page.screenshot(path=file)
        taken.append((look, file))
    cdp.detach()
    return taken


def write_sheet(browser: Browser, taken: list[tuple[Look, Path]], file: Path) -> None:
    """All screenshots of a screen in half size, as one WebP."""
    page = browser.new_page(viewport={"width": SHEET_WIDTH, "height": 100})
    page.set_content(f"<style>{STYLE}</style>" + "".join(_figure(look, shot) for look, shot in taken), wait_until="load")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": SHEET_WIDTH, "height": height})
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    file.write_bytes(base64.b64decode(shot["data"]))
    page.close()


def _figure(look: Look, shot: Path) -> str:
    data = base64.b64encode(shot.read_bytes()).decode()
    return f'<figure><figcaption>{look.name}</figcaption><img width="{look.size[0] * SCALE}" src="data:image/png;base64,{data}"></figure>'
