"""Signing in at an identity provider by clicking, as in production: nobody signs in by name (spec 10.1)."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from stack.people import entries, upsert
from stack.services import Stack
from tests.e2e.own_desk import browser_context, until_connected
from tests.e2e.test_accessibility import faults
from tests.openid.running import OpenIdProvider, sign_in_at
from tests.openid.stack import stack_with_provider

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, OpenIdProvider]]:
    with stack_with_provider(tmp_path_factory.mktemp("parley"), env={"PARLEY_KAFKA_FETCH_WAIT": "0.2"}) as (stack, provider):
        # Playwright's event loop already runs in this thread.
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(asyncio.run, upsert(stack, entries())).result()
        yield stack, provider


@pytest.fixture
def opened(browser: Browser, production: tuple[Stack, OpenIdProvider]) -> Iterator[Open]:
    """`opened("/portal/")` opens that page in a new browser, in which nobody is signed in."""
    contexts = []

    def opened(path: str, *, phone: bool = False, dark: bool = False) -> Page:
        contexts.append(browser_context(browser, phone=phone, dark=dark, url=production[0].http_url))
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def sign_in_at_the_provider(page: Page, login: str) -> None:
    """Fills in the provider's form and consents."""
    expect(page.get_by_placeholder("Enter any login")).to_be_visible()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_customer_signs_in_lands_on_the_page_and_signs_out(opened: Open, shoot: Shoot) -> None:  # spec 10.1, 10.7
    page = opened("/portal/tickets")
    expect(page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    expect(page.get_by_role("region")).to_have_count(1)
    shoot(page, "portal")
    page.get_by_role("link", name="Sign in with Acme").click()
    sign_in_at_the_provider(page, "mia")

    expect(page).to_have_url(re.compile("/portal/tickets$"))
    until_connected(page)
    page.get_by_role("button", name=re.compile("Mia Torres")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    # The provider asks whether to end its own session too. It got the ID token by a form, so its address has none.
    expect(page.get_by_role("button", name="Yes, sign me out")).to_be_visible()
    expect(page).to_have_url(re.compile("/session/end$"))
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_role("link", name="Sign in with Acme")).to_be_visible()
    page.goto("/portal/")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_an_engineer_signs_in_by_keyboard(opened: Open) -> None:
    page = opened("/tech/")
    link = page.get_by_role("link", name="Sign in with Harbour IT")
    link.focus()
    page.keyboard.press("Enter")
    sign_in_at_the_provider(page, "ava@harbour.example")
    expect(page.get_by_role("button", name="Your presence: Online")).to_be_visible()


def test_an_unknown_person_sees_why_and_may_take_another_account(opened: Open, shoot: Shoot) -> None:
    page = opened("/portal/")
    page.get_by_role("link", name="Sign in with Acme").click()
    sign_in_at_the_provider(page, "eve")
    expect(page.get_by_role("alert")).to_contain_text("This account has no access here")
    shoot(page, "unknown")
    assert faults(page) == []
    page.get_by_role("link", name="Sign in with Acme").click()
    # The provider knows the browser and asks for the account all the same.
    sign_in_at_the_provider(page, "mia")
    until_connected(page)


def test_the_page_is_accessible_wide_and_on_a_phone(opened: Open, shoot: Shoot) -> None:  # WCAG 2.2 AA
    for name, phone, dark in (("wide", False, False), ("wide-dark", False, True), ("phone", True, False), ("phone-dark", True, True)):
        page = opened("/sign-in", phone=phone, dark=dark)
        expect(page.get_by_role("region", name="Engineers").get_by_role("link")).to_have_text("Sign in with Harbour IT")
        expect(page.get_by_role("region", name="Customers").get_by_role("link")).to_have_text("Sign in with Acme")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(page, name)
        assert faults(page) == []


def test_a_provider_that_is_down_leaves_a_way_to_try_later(
    opened: Open, production: tuple[Stack, OpenIdProvider], shoot: Shoot
) -> None:  # spec 10.1
    _, provider = production
    page = opened("/portal/")
    begun = page.context.request.get("/sign-in/api/begin?provider=acme&to=/portal/tickets", max_redirects=0)
    with ThreadPoolExecutor(1) as other_thread:
        callback = other_thread.submit(asyncio.run, sign_in_at(begun.headers["location"], "mia")).result()
    provider.stop()
    try:
        page.goto(callback)
        expect(page.get_by_role("alert")).to_contain_text("sign-in service is not responding")
        shoot(page, "down")
    finally:
        provider.start()
    page.get_by_role("link", name="Sign in with Acme").click()
    sign_in_at_the_provider(page, "mia")
    expect(page).to_have_url(re.compile("/portal/tickets$"))
