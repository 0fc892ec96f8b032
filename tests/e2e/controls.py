"""Which controls both apps show while the browser tests run, and which of them a test activates with a look at the outcome.

A control counts as tested when a test activates it by pointer or key (as a person does, not by a script) and looks before it activates
the next control of that page: by an `expect` on any page, by reading a download, or by using what was not there before, such as an item
of the menu that opened. A choice (of a list, a switch, a radio button) often shows in what a button then does with it: for it that button
may come between. That the look is at the control's own outcome is not checked.
Names that people type (titles, names of people, numbers) stand for each other: the texts of the apps say which words are fixed.
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
    place: str
    role: str
    name: str

    def __str__(self) -> str:
        return f'{self.app}: {self.place}: {self.role} "{self.name}"'


class Controls:
    """The journal of one run."""

    def __init__(self) -> None:
        # With the test that showed it first, and the test that activated it first.
        self.shown: dict[Control, str] = {}
        self.tested: dict[Control, str] = {}
        self._test = ""
        self._activated: dict[Page, list[tuple[float, Control]]] = defaultdict(list)
        self._looked_at: list[float] = []

    def watch(self, context: BrowserContext) -> BrowserContext:
        context.expose_binding("tellControls", self._told)
        context.add_init_script(path=SCRIPT)
        return context

    def looked(self) -> None:
        """A test looks at what it sees now."""
        self._looked_at.append(time.time() * 1000)

    def begin(self, test: str) -> None:
        self._test = test
        self._activated.clear()
        self._looked_at.clear()

    def end(self) -> None:
        """When the test is over and its pages are closed: all that they told is here."""
        for activated in self._activated.values():
            activated.sort()
            for number, (at, control) in enumerate(activated, 1):
                later = iter(activated[number:])
                if control.role in CHOICES:
                    next((other for _, other in later if other.role not in CHOICES), None)
                until = next((at for at, _ in later), math.inf)
                # Both clocks are this machine's, and one of them knows whole milliseconds only.
                if any(at <= looked_at < until + 1 for looked_at in self._looked_at):
                    self.tested.setdefault(control, self._test)

    def untested(self, *apps: str) -> list[str]:
        left = sorted(control for control in self.shown if control.app in apps and control not in self.tested)
        return [f"{control}   (shown by {self.shown[control]})" for control in left]

    def _told(self, source: Any, what: str, facts: list[list[str]], at: float) -> None:
        if what == "looked":
            self._looked_at.append(at)
        for app, place, role, name in facts:
            control = Control(app, fixed(_screen(place)), role, name if role == "option" and is_command(name) else fixed(name))
            self.shown.setdefault(control, self._test)
            if what == "activated":
                self._activated[source["page"]].append((at, control))


@contextmanager
def watch_all(controls: Controls) -> Iterator[None]:
    """Watches every context that a test opens meanwhile, and each look of the test itself."""
    openers = ((Browser, "new_context"), (BrowserType, "launch_persistent_context"))
    before = {owner: getattr(owner, name) for owner, name in openers}
    looks: dict[type, Callable[..., Any]] = {type(expect): type(expect).__call__, Download: Download.path}

    def noted(look: Callable[..., Any]) -> Callable[..., Any]:
        def looked(self: Any, *args: Any, **kwargs: Any) -> Any:
            controls.looked()
            return look(self, *args, **kwargs)

        return looked

    def watched(make: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
        return lambda *args, **kwargs: controls.watch(make(*args, **kwargs))

    for owner, make in before.items():
        setattr(owner, make.__name__, watched(make))
    for looking, look in looks.items():
        setattr(looking, look.__name__, noted(look))
    try:
        yield
    finally:
        for owner, make in before.items():
            setattr(owner, make.__name__, make)
        for looking, look in looks.items():
            setattr(looking, look.__name__, look)


def _screen(place: str) -> str:
    """`main /tech/tickets/4f2a` and `main /tech/tickets/77` are one screen; the root of an app is its first page."""
    place = {"main /tech/": "main /tech/tickets", "main /portal/": "main /portal/support"}.get(place, place)
    return re.sub(r"^(main /\w+/tickets/)(?!new$).+", r"\1ID", place)


@cache
def fixed(name: str) -> str:
    """The name with what people typed replaced by TYPED; the longest fixed text that fits wins."""
    name = re.sub(r"(, \d+( unread)?)+$", "", name)
    literals, templates = _texts()
    role, _, rest = name.partition(" ")
    if rest and role in ("log", "tabpanel", "menu", "listbox", "dialog", "alertdialog", "region", "complementary", "navigation", "search"):
        return f"{role} {fixed(rest)}"
    if name in literals or name.startswith("main "):
        return name
    for pattern, said in templates:
        if pattern.fullmatch(name):
            return said
    return TYPED if name not in ("page", "toasts", "dock", "header", "main") else name


@cache
def is_command(name: str) -> bool:
    """Whether it is a fixed text with a fixed word in it, such as a command of the palette that names a state."""
    literals, templates = _texts()
    words = {literal.lower() for literal in literals}
    return any((found := pattern.fullmatch(name)) and found[1].lower() in words for pattern, _ in templates)


@cache
def _texts() -> tuple[frozenset[str], list[tuple[re.Pattern[str], str]]]:
    source = "".join(path.read_text() for path in _catalogues())
    literals = frozenset(re.findall(r'"((?:[^"\\\n]|\\.)*)"', source))
    quoted = {text for text in re.findall(r"`([^`\n]*)`", source) if "${" in text}
    # The end of a template in which another one begins says only what is added now and then, such as a count.
    templates = {re.sub(r"\$\{[^}]*$", "", re.sub(r"\$\{[^}]*\}", "\0", text)) for text in quoted}
    told = [text for text in templates if len(re.sub(r"\W", "", text)) >= 3]
    told.sort(key=lambda text: (-len(text), text))
    return literals, [(re.compile(re.escape(text).replace("\0", "(.*)")), text.replace("\0", TYPED)) for text in told]


def _catalogues() -> Iterable[Path]:
    for app in ("ui", "tech", "portal", "signin"):
        yield from sorted((WEB / app).rglob("*texts.ts"))
        yield from sorted((WEB / app).rglob("words.ts"))
