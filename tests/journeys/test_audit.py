"""The audit log of a desk: each change is in it once, whichever service made it (spec 10.5)."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from stack.page import Page
from stack.signed_in import ApiRefused
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

CREATED = "WEBHOOK_EVENT_TYPE_SESSION_CREATED"
SINCE = "since=2020-01-01T00:00:00Z&until=2099-01-01T00:00:00%2B02:00"


async def entries(admin: Page, query: str = "", size: int = 200) -> list[dict[str, Any]]:
    """All entries of the filters, page by page."""
    found, token = list[dict[str, Any]](), ""
    while True:
        page = await admin.api("GET", f"/audit?size={size}&{query}&page={httpx.QueryParams({'': token})['']}")
        found += page["entries"]
        if not (token := page["nextPageToken"]):
            return found


def kind_and_subject(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["kind"].removeprefix("AUDIT_KIND_").lower(), entry["subjectId"]


async def test_every_change_of_a_desk_is_in_its_audit_log_once(desk: TestDesk) -> None:  # spec 1.15, 2.10, 4.12, 5.13, 10.5, 10.6
    ava, mia, leo = await desk.pages("ava", "mia", "leo")
    for name, change in (("chat", {"noAnswerAfter": 45}), ("presence", {"awayAfter": 120}), ("alerts", {"first": 30})):
        settings = (await ava.api("GET", f"/settings/{name}"))["settings"] | change
        await ava.api("PUT", f"/settings/{name}", {"settings": settings, "version": 0})
    reply = {"replyId": "hello", "title": "Hello", "text": "Hello {customer}"}
    await ava.api("PUT", "/canned-replies", {"reply": reply, "ofDesk": True})
    hook = await ava.api("POST", "/webhooks", {"commandId": "w", "url": "https://hooks.invalid/secret", "events": [CREATED]})
    await ava.api("DELETE", f"/webhooks/{hook['webhook']['webhookId']}")
    await desk.limit_engineer("bo", "globex")
    session_id = await desk.chat(mia, "Printer is on fire")
    await mia.api("POST", f"/sessions/{session_id}/callback", {"commandId": "c", "wish": {"phone": "+442079460101"}})
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "e", "closingNote": {"note": "Rang her."}})
    await ava.api("POST", f"/sessions/{session_id}/note", {"commandId": "n", "note": "Rang her at home."})
    await ava.api("POST", f"/people/{leo.person_id}/end-connections", {"commandId": "lost", "reason": "Laptop lost"})
    expected = {
        *(("settings", service) for service in ("chat", "presence", "notify", "canned_replies")),
        ("settings", hook["webhook"]["webhookId"]),
        ("access", desk.id_of("bo")),
        ("close_note", session_id),
        ("connections", leo.person_id),
        *(("sign_in", person.person_id) for person in (ava, mia, leo)),
    }

    async def all_there() -> bool:
        return expected <= {kind_and_subject(entry) for entry in await entries(ava)}

    await until(all_there, seconds=60)
    found = await entries(ava, size=3)
    assert found == await entries(ava, SINCE) and len({entry["id"] for entry in found}) == len(found)
    by_kind = {kind_and_subject(entry): entry for entry in reversed(found)}

    access = by_kind["access", desk.id_of("bo")]
    assert access["action"] == "AUDIT_ACTION_CHANGED"
    assert {"field": "companies", "before": desk.id_of("acme"), "after": desk.id_of("globex")} in access["changes"]
    ended = by_kind["connections", leo.person_id]
    assert (ended["byName"], ended["subjectName"], ended["reason"]) == ("Ava Chen", "Leo Park", "Laptop lost")
    assert by_kind["settings", "presence"]["changes"] == [{"field": "away_after", "before": "300", "after": "120"}]
    assert len([one for one in found if one["kind"] == "AUDIT_KIND_CLOSE_NOTE"]) == 1
    assert "Rang her" not in str(found) and "/secret" not in str(found)

    about_leo = await entries(ava, f"person={leo.person_id}")
    assert {entry["kind"] for entry in about_leo} == {f"AUDIT_KIND_{kind}" for kind in ("ACCESS", "CONNECTIONS", "SIGN_IN")}
    assert [one["subjectId"] for one in await entries(ava, f"person={leo.person_id}&kind=connections")] == [leo.person_id]


async def test_an_admin_downloads_the_log_and_that_is_in_it(desk: TestDesk) -> None:  # spec 10.5
    ava = await desk.page("ava")

    async def signed_in() -> bool:
        return bool(await entries(ava, "kind=sign_in"))

    await until(signed_in, seconds=60)
    from_elsewhere = await ava.download("/audit/file?kind=sign_in", **{"Sec-Fetch-Site": "cross-site"})
    assert (from_elsewhere.status_code, from_elsewhere.json()["error"]["code"]) == (403, "wrong_origin")
    answer = await ava.download("/audit/file?kind=sign_in")
    heading, *rows = csv.reader(io.StringIO(answer.text))
    lines = [json.loads(line) for line in (await ava.download("/audit/file?kind=export&format=json_lines")).text.splitlines()]

    assert answer.headers["content-disposition"] == 'attachment; filename="audit_log.csv"'
    assert {row[heading.index("kind")] for row in rows} == {"sign_in"}
    assert [(line["kind"], line["byId"]) for line in lines] == [("AUDIT_KIND_EXPORT", ava.person_id)] * 2


async def test_nobody_else_reads_the_log(desk: TestDesk) -> None:  # spec 10.2, 10.5
    sam, bo = await desk.pages("sam", "bo")
    elsewhere = TestDesk(desk.stack, f"{desk.id}x")
    await elsewhere.make()
    stranger = await elsewhere.page("ava")
    try:
        for page in (sam, bo):
            for path in ("/audit", "/audit/file"):
                with pytest.raises(ApiRefused) as refused:
                    await page.api("GET", path)
                assert (refused.value.status, refused.value.code) == (403, "not_allowed")

        async def own_only() -> bool:
            return bool(await entries(stranger, "kind=sign_in"))

        await until(own_only, seconds=60)
        assert {entry["deskId"] for entry in await entries(stranger)} == {elsewhere.id}
        assert await entries(stranger, f"person={desk.id_of('sam')}") == []
    finally:
        await elsewhere.close()
