"""Parley as `make run` starts it, with its demo people, and a Chromium. The tests run in a separate process, without asyncio."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from stack.people import make_demo_desk
from stack.ports import HOST, free_port
from stack.services import Stack
from stack.setup.programs import find_chromium
from stack.unlimited import UNLIMITED
from tests.e2e.controls import Controls, watch_all
from tests.e2e.own_desk import OwnDesk, browser_context, open_signed_in, until_connected
from tests.e2e.proxy import CuttableProxy

ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
ARGS += ["--no-first-run", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]

PUSH_EXPIRES_AFTER = 15

expect.set_options(timeout=20_000)

CONTROLS = Controls()
LAST = "test_controls.py"
NEEDS_ALL = "test_each_control_of_both_apps_is_activated_by_some_test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs test_controls.py last. Its test of all controls runs only if all files run."""
    items.sort(key=lambda item: item.path.name == LAST)
    if {item.path.name for item in items} != {path.name for path in Path(__file__).parent.glob("test_*.py")}:
        items[:] = [item for item in items if item.name != NEEDS_ALL]


def pytest_runtest_logstart(nodeid: str) -> None:
    CONTROLS.begin(nodeid)


def pytest_runtest_logfinish(nodeid: str) -> None:
    CONTROLS.end()


@pytest.fixture(scope="session", autouse=True)
def watched_controls() -> Iterator[Controls]:
    """Every page of the run reports which controls it shows and which ones a test activates."""
    with watch_all(CONTROLS):
        yield CONTROLS


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": str(find_chromium()), "args": ARGS}


@pytest.fixture(scope="session")
def push_port() -> int:
    """Of the push service that notify may use beside the public ones."""
    return free_port()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, push_port: int) -> Iterator[Stack]:
    # A push chat expires late enough to be answered on a busy machine, and early enough to wait for it. Services poll the broker less
    # often than usual, because the browsers need the CPU.
    env = {"PARLEY_TICKETS_TRIAL": "true", "PARLEY_CHAT_PUSH_EXPIRES_AFTER": str(PUSH_EXPIRES_AFTER), "PARLEY_KAFKA_FETCH_WAIT": "0.2"}
    # The few people of the demo desk open as many chats and windows as a whole office; all other limits have their defaults.
    env |= {name: rate for name, rate in UNLIMITED.items() if name.endswith(("_OPENING", "_SOCKETS", "_SIGN_IN"))}
    # Webhooks reach receivers of the tests.
    env["PARLEY_NOTIFY_WEBHOOK_ALLOW"] = "127.0.0.1"
    env["PARLEY_NOTIFY_PUSH_HOSTS"] = f"{HOST}:{push_port}"
    # A disconnected person is offline after three seconds.
    env["PARLEY_PRESENCE_OFFLINE_GRACE"] = "3"
    with Stack(tmp_path_factory.mktemp("parley"), env=env) as stack:
        # Playwright's event loop already runs in this thread.
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(asyncio.run, make_demo_desk(stack)).result()
        yield stack


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """The full browser, which also shows notifications. It has the back/forward cache, which Playwright turns off by default."""
    program = str(find_chromium(whole=True))
    browser = playwright.chromium.launch(executable_path=program, args=ARGS, ignore_default_args=["--disable-back-forward-cache"])
    yield browser
    browser.close()


@pytest.fixture
def proxy(stack: Stack) -> Iterator[CuttableProxy]:
    """A proxy between one person's browser and the gateway."""
    with CuttableProxy(stack.replicas["gateway-1"].http_port) as proxy:
        yield proxy


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(browser: Browser, stack: Stack) -> Iterator[SignIn]:
    """`sign_in("mia")` opens a separate browser for that person of the demo desk. `url` is another address of the gateway."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def sign_in(person_id: str, url: str = "") -> Page:
        context = browser_context(browser)
        contexts.append(context)
        page = open_signed_in(context, person_id, url or stack.http_url, problems)
        until_connected(page)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="module")
def desk_of_the_module(request: pytest.FixtureRequest, stack: Stack, browser: Browser) -> OwnDesk:
    return OwnDesk(stack, browser, request.module.__name__.rpartition("_")[2])


@pytest.fixture
def desk(request: pytest.FixtureRequest, desk_of_the_module: OwnDesk, stack: Stack, browser: Browser) -> Iterator[OwnDesk]:
    """One desk for all tests of a file. Their settings don't conflict, and each test uses its own customers.

    A test that `.ci/run` repeats gets another desk, because its customers have chats from the first time."""
    repeated = getattr(request.node, "execution_count", 1) > 1
    desk = OwnDesk(stack, browser, f"again{uuid4().hex[:8]}") if repeated else desk_of_the_module
    yield desk
    desk.close_pages()
    assert desk.problems == []


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Saves a screenshot in .parley/screens, for manual review, if PARLEY_TEST_SCREENS is set."""
    folder = Path(".parley/screens")

    def shoot(page: Page, name: str) -> None:
        if "PARLEY_TEST_SCREENS" in os.environ:
            page.screenshot(path=str(folder / f"{request.node.name}-{name}.png"))

    return shoot
