"""The figures of a desk's day through the gateway (spec 13.4, 13.7)."""

from typing import Any

import pytest

from stack.page import Page
from stack.signed_in import ApiRefused
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

Json = dict[str, Any]


async def figures_with(page: Page, opened: int, query: str = "") -> Json:
    """The figures as soon as they count so many requests."""
    found: Json = {}

    async def counted() -> bool:
        found.clear()
        found.update(await page.retried(lambda: page.api("GET", f"/figures{query}")))
        return bool(found["total"].get("opened", 0) == opened)

    await until(counted)
    return found


async def test_a_supervisor_gets_the_figures_of_today_by_company_and_board(desk: TestDesk) -> None:  # spec 13.4
    mia, leo, zoe, ava, sam = await desk.pages("mia", "leo", "zoe", "ava", "sam")
    answered = await desk.handled(mia, ava)
    await ava.retried(lambda: ava.api("POST", f"/sessions/{answered}/complete", {"commandId": "end", "none": {}}))
    await desk.chat(leo)
    wish = {"wish": {"byChat": True}, "text": "Call me", "commandId": "call"}
    await zoe.retried(lambda: zoe.api("POST", "/callbacks", wish))

    found = await figures_with(sam, 3)
    await until(lambda: _completed(sam))

    total = found["total"]
    assert (total["answered"], total["waiting"], total["callbacks"]) == (1, 1, 1)
    assert total["waitMedianSeconds"] == total["waitLongestSeconds"] >= 0
    assert (found["zone"], found["promiseWait"], found["callbacksOpen"], found["callbacksDue"]) == ("UTC", 300, 1, 1)
    assert {one["companyId"]: one["figures"]["opened"] for one in found["companies"]} == {desk.id_of("acme"): 2, desk.id_of("globex"): 1}
    assert {one["boardId"]: one["figures"]["opened"] for one in found["boards"]} == {
        desk.id_of("service-desk"): 2,
        desk.id_of("projects"): 1,
    }
    assert sum(one["figures"]["opened"] for one in found["cells"]) == 3

    assert (await figures_with(sam, 1, f"?company={desk.id_of('globex')}"))["companies"][0]["companyId"] == desk.id_of("globex")
    await figures_with(sam, 2, f"?board={desk.id_of('service-desk')}")
    await figures_with(sam, 0, "?date=2026-01-01")


async def test_the_customers_answer_is_in_the_figures_and_in_the_history(desk: TestDesk) -> None:  # spec 4.15, 8.2
    mia, ava, sam = await desk.pages("mia", "ava", "sam")
    session_id = await desk.handled(mia, ava)
    await ava.retried(lambda: ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "none": {}}))
    answer = {"commandId": "answer", "solved": "SOLVED_NO", "comment": "It smokes."}
    await mia.retried(lambda: mia.api("POST", f"/sessions/{session_id}/feedback", answer))
    found: Json = {}

    async def counted() -> bool:
        found.update(await figures_with(sam, 1))
        return bool(found["total"].get("notSolved"))

    await until(counted)
    groups = [found["total"], *(one["figures"] for part in ("companies", "boards", "cells") for one in found[part])]
    assert [(one.get("solved", 0), one["notSolved"]) for one in groups] == [(0, 1)] * 4

    async def listed() -> bool:
        cards = (await sam.retried(lambda: sam.api("GET", "/history"))).get("cards", [])
        feedback = [card.get("feedback", {}) for card in cards if card["sessionId"] == session_id]
        return [(one.get("solved"), one.get("comment")) for one in feedback] == [("SOLVED_NO", "It smokes.")]

    await until(listed)


async def _completed(page: Page) -> bool:
    found = await page.retried(lambda: page.api("GET", "/figures"))
    return "durationMedianSeconds" in found["total"]


async def test_for_an_engineer_without_the_role_there_are_no_figures(desk: TestDesk) -> None:  # spec 13.4, 10.2
    page = await desk.page("bo")
    with pytest.raises(ApiRefused) as refused:
        await page.api("GET", "/figures")
    assert refused.value.status == 404


async def test_a_wrong_date_is_refused_by_its_field(desk: TestDesk) -> None:  # spec 11.1
    sam = await desk.page("sam")
    for date in ("2999-01-01", "yesterday"):
        with pytest.raises(ApiRefused) as refused:
            await sam.api("GET", f"/figures?date={date}")
        assert (refused.value.status, refused.value.refusal["field"]) == (400, "date")
