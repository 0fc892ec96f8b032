"""A gateway without a trial lets no demo person in, whatever tickets says (spec 10.1)."""

from collections.abc import Callable

import httpx
import pytest

from tests.adapters.gateway.browser import Browser


@pytest.fixture
def gateway_env() -> dict[str, str]:
    return {"PARLEY_TICKETS_TRIAL": "false"}


async def test_nobody_is_listed_or_signed_in_by_name(url: str) -> None:  # spec 10.1
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
        listed = await http.get("/sign-in/api/people")
        answer = await http.post("/sign-in/api/sign-in", json={"personId": "mia"})
    assert [each.json()["error"]["code"] for each in (listed, answer)] == ["trial_off", "trial_off"]
    assert (listed.status_code, answer.status_code) == (409, 409)
    assert "set-cookie" not in answer.headers


async def test_a_sign_in_by_name_that_tickets_still_holds_is_refused(browser_of: Callable[[str], Browser]) -> None:  # spec 10.1
    answer = await browser_of("mia").http.get("/portal/api/start")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")
