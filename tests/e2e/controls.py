"""Records which controls both apps show during the browser tests, and which of them a test activates and then checks.

A control counts as tested when a test activates it by pointer or key (as a person does, not by a script) and makes a check before it
activates the next control of that page: an `expect` on any page, reading a download, or using a control that was not there before, such
as an item of the menu that opened. The effect of a choice (in a list, a switch, a radio button) often shows only after a button was
pressed, so for a choice one button may be activated before the check. It is not verified that the check concerns the control's effect.
Typed names (titles, names of people, numbers) are treated as equal; the texts of the apps define which words are fixed.
"""

import math
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, BrowserType, Download, Page, expect

SCRIPT = Path(__file__).with_suffix(".js")
WEB = Path("web")
TYPED = "…"
CHOICES = ("combobox", "switch", "checkbox", "radio")


class Control(NamedTuple):
    app: str
    region: str
    role: str
    name: str

    def __str__(self) -> str:
        return f'{self.app}: {self.region}: {self.role} "{self.name}"'


class Controls:
    """The controls of one run."""

    def __init__(self) -> None:
        # Control -> the first test that showed it; control -> the first test that activated and checked it.
        self.shown: dict[Control, str] = {}
        self.tested: dict[Control, str] = {}
        self._test = ""
        self._activated: dict[Page, list[tuple[float, Control]]] = defaultdict(list)
        self._checked_at: list[float] = []

    def watch(self, context: BrowserContext) -> BrowserContext:
        context.expose_binding("reportControls", self._reported)
        context.add_init_script(path=SCRIPT)
        return context

    def checked(self) -> None:
        """A test makes a check now."""
        self._checked_at.append(time.time() * 1000)

    def begin(self, test: str) -> None:
        self._test = test
        self._activated.clear()
        self._checked_at.clear()

    def end(self) -> None:
        """Evaluates the activations of a test that has ended. Its pages are closed, so all their reports have arrived."""
        for activated in self._activated.values():
            activated.sort()
            for number, (at, control) in enumerate(activated, 1):
                later = iter(activated[number:])
                if control.role in CHOICES:
                    next((other for _, other in later if other.role not in CHOICES), None)
                until = next((at for at, _ in later), math.inf)
                # Both clocks are this machine's, and one of them counts only whole milliseconds.
                if any(at <= checked_at < until + 1 for checked_at in self._checked_at):
                    self.tested.setdefault(control, self._test)

    def untested(self, *apps: str) -> list[str]:
        left = sorted(control for control in self.shown if control.app in apps and control not in self.tested)
        return [f"{control}   (shown by {self.shown[control]})" for control in left]

    def _reported(self, source: Any, what: str, facts: list[list[str]], at: float) -> None:
        if what == "checked":
            self._checked_at.append(at)
        for app, region, role, name in facts:
            control = Control(app, fixed(_screen(region)), role, name if role == "option" and is_command(name) else fixed(name))
            self.shown.setdefault(control, self._test)
            if what == "activated":
                self._activated[source["page"]].append((at, control))


@contextmanager
def watch_all(controls: Controls) -> Iterator[None]:
    """Watches every browser context that a test opens in the block, and each check of the test."""
    openers = ((Browser, "new_context"), (BrowserType, "launch_persistent_context"))
    before = {owner: getattr(owner, name) for owner, name in openers}
    checks: dict[type, Callable[..., Any]] = {type(expect): type(expect).__call__, Download: Download.path}

    def recorded(check: Callable[..., Any]) -> Callable[..., Any]:
        def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
            controls.checked()
            return check(self, *args, **kwargs)

        return checked

    def watched(make: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
        return lambda *args, **kwargs: controls.watch(make(*args, **kwargs))

    for owner, make in before.items():
        setattr(owner, make.__name__, watched(make))
    for checker, check in checks.items():
        setattr(checker, check.__name__, recorded(check))
    try:
        yield
    finally:
        for owner, make in before.items():
            setattr(owner, make.__name__, make)
        for checker, check in checks.items():
            setattr(checker, check.__name__, check)


def _screen(region: str) -> str:
    """Maps the region of each ticket's and each session's page to one name, and the root of an app to the app's first page."""
    region = {"main /tech/": "main /tech/tickets", "main /portal/": "main /portal/support"}.get(region, region)
    return re.sub(r"^(main /\w+/(?:tickets|history)/)(?!new$).+", r"\1ID", region)


@cache
def fixed(name: str) -> str:
    """The name with typed text replaced by TYPED. Of several matching templates the longest one is used."""
    name = re.sub(r"(, \d+( unread| new)?)+$", "", name)
    literals, templates = _texts()
    role, _, rest = name.partition(" ")
    if rest and role in ("log", "tabpanel", "menu", "listbox", "dialog", "alertdialog", "region", "complementary", "navigation", "search"):
        return f"{role} {fixed(rest)}"
    if name in literals or name.startswith("main "):
        return name
    for pattern, template in templates:
        if pattern.fullmatch(name):
            return template
    return TYPED if name not in ("page", "toasts", "dock", "header", "main") else name


@cache
def is_command(name: str) -> bool:
    """Whether it is a template filled with a fixed word, such as a command of the palette that names a state."""
    literals, templates = _texts()
    words = {literal.lower() for literal in literals}
    return any((found := pattern.fullmatch(name)) and found[1].lower() in words for pattern, _ in templates)


@cache
def _texts() -> tuple[frozenset[str], list[tuple[re.Pattern[str], str]]]:
    source = "".join(path.read_text() for path in _catalogues())
    literals = frozenset(re.findall(r'"((?:[^"\\\n]|\\.)*)"', source))
    quoted = {text for text in re.findall(r"`([^`\n]*)`", source) if "${" in text}
    # A template that contains another one ends where that one begins; the rest is an optional addition, such as a count.
    templates = {re.sub(r"\$\{[^}]*$", "", re.sub(r"\$\{[^}]*\}", "\0", text)) for text in quoted}
    kept = [text for text in templates if len(re.sub(r"\W", "", text)) >= 3]
    kept.sort(key=lambda text: (-len(text), text))
    return literals, [(re.compile(re.escape(text).replace("\0", "(.*)")), text.replace("\0", TYPED)) for text in kept]


def _catalogues() -> Iterable[Path]:
    for app in ("ui", "tech", "portal", "signin"):
        yield from sorted((WEB / app).rglob("*texts.ts"))
    yield WEB / "languages" / "language.ts"
