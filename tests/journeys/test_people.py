"""An admin manages people in TECH, and each change is in effect on everything that is open (spec 10.10)."""

from typing import Any

import pytest

from stack.page import Page
from stack.signed_in import ApiRefused, SignedIn
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk


async def entry_of(admin: Page, person_id: str) -> dict[str, Any]:
    """The person with the revision that a change names."""
    return await admin.api("GET", f"/people/{person_id}")


async def change(admin: Page, person_id: str, **fields: Any) -> None:
    found = await entry_of(admin, person_id)
    await admin.api("PUT", "/directory", {"entry": {"person": {**found["person"], **fields}}, "ifRevision": found["revision"]})


async def status_of(page: SignedIn, path: str) -> int:
    try:
        await page.api("GET", path)
    except ApiRefused as refused:
        return refused.status
    return 200


async def test_a_new_engineer_signs_in_and_a_disabled_one_is_out_at_once(desk: TestDesk) -> None:  # spec 10.1, 10.10
    ava, sam = await desk.pages("ava", "sam")
    kai: dict[str, Any] = {
        "id": desk.id_of("kai"),
        "deskId": desk.id,
        "kind": "PERSON_KIND_ENGINEER",
        "name": "Kai Moss",
        "role": "ROLE_ENGINEER",
    }
    kai |= {"access": {"allCompanies": True, "boardIds": [desk.id_of("projects")]}, "trial": True}
    await ava.api("PUT", "/directory", {"entry": {"person": kai}})
    page = SignedIn(desk.gateways[0], "tech", kai["id"])
    await page.sign_in()
    assert [board["id"] for board in (await page.api("GET", "/places"))["boards"]] == [desk.id_of("projects")]
    assert [one["id"] for one in (await ava.api("GET", "/people?search=kai%20moss"))["people"]] == [kai["id"]]

    await change(ava, sam.person_id, disabled=True)
    await sam.until(lambda: 4401 in sam.close_codes, "the socket closes", 60)
    elsewhere = SignedIn(desk.gateways[1], "tech", sam.person_id)
    with pytest.raises(ApiRefused) as refused:
        await elsewhere.sign_in()
    assert (refused.value.status, refused.value.code) == (404, "person_disabled")


async def test_a_role_is_given_and_taken_on_an_open_page(desk: TestDesk) -> None:  # spec 10.2, 10.10
    ava, bo = await desk.pages("ava", "bo")
    for role, status in (("ROLE_ADMIN", 200), ("ROLE_ENGINEER", 403)):
        await change(ava, bo.person_id, role=role, access={"allCompanies": True, "allBoards": True})

        async def in_effect(status: int = status) -> bool:
            return await status_of(bo, "/audit") == status

        await until(in_effect, seconds=60)


async def test_an_admin_whose_access_is_limited_changes_nothing_beyond_it(desk: TestDesk) -> None:  # spec 10.2, 10.10
    ava, bo = await desk.pages("ava", "bo")
    listed = await ava.api("GET", "/places")
    globex, acme = (next(one for one in listed["companies"] if one["id"] == desk.id_of(word)) for word in ("globex", "acme"))
    await change(ava, bo.person_id, role="ROLE_ADMIN", access={"companyIds": [acme["id"]], "allBoards": True})

    async def is_admin() -> bool:
        return bool((await bo.api("GET", "/start"))["me"]["person"]["role"] == "ROLE_ADMIN")

    await until(is_admin, seconds=60)
    await bo.api("PUT", "/directory", {"entry": {"company": {**acme, "name": "Acme Inc"}}})
    missing = {**globex, "id": desk.id_of("missing")}
    own = (await entry_of(bo, bo.person_id))["person"]
    answers = []
    for entry in (
        {"company": {**globex, "name": "Mine"}},
        {"company": missing},
        {"person": {**own, "access": {"allCompanies": True, "allBoards": True}}},
    ):
        with pytest.raises(ApiRefused) as refused:
            await bo.api("PUT", "/directory", {"entry": entry})
        answers.append((refused.value.status, str(refused.value.refusal["message"])))
    assert answers == [(403, "Your access does not cover this entry of the directory.")] * 3


async def test_changes_that_would_lock_the_desk_or_overwrite_others_are_refused(desk: TestDesk) -> None:  # spec 10.2, 11.1
    ava = await desk.page("ava")
    stale = await entry_of(ava, desk.id_of("bo"))
    await change(ava, desk.id_of("bo"), phone="+442079460101", email="bo@own.example")
    own = await entry_of(ava, ava.person_id)
    attempts = [
        ({**own["person"], "role": "ROLE_ENGINEER"}, own["revision"], (409, "own_admin_role", "entry.person.role")),
        ({**stale["person"], "email": "bo@x.example"}, stale["revision"], (409, "changed_meanwhile", "if_revision")),
        ({**own["person"], "email": "nobody"}, own["revision"], (400, "invalid_value", "entry.person.email")),
        ({**own["person"], "email": "BO@own.example"}, own["revision"], (409, "email_taken", "entry.person.email")),
    ]
    for person, revision, expected in attempts:
        with pytest.raises(ApiRefused) as refused:
            await ava.api("PUT", "/directory", {"entry": {"person": person}, "ifRevision": revision})
        assert (refused.value.status, refused.value.code, refused.value.refusal["field"]) == expected
    assert await entry_of(ava, ava.person_id) == own
    assert (await entry_of(ava, desk.id_of("bo")))["person"]["phone"] == "+442079460101"


async def test_the_second_of_two_admins_who_rename_a_company_is_refused(desk: TestDesk) -> None:  # spec 10.2, 11.1
    ava = await desk.page("ava")
    read = await ava.api("GET", "/places")
    [acme] = [company for company in read["companies"] if company["id"] == desk.id_of("acme")]

    async def rename(name: str, revisions: dict[str, int]) -> None:
        revision = revisions[f"company:{acme['id']}"]
        await ava.api("PUT", "/directory", {"entry": {"company": {**acme, "name": name}}, "ifRevision": revision})

    await rename("Acme Inc", read["revisions"])
    with pytest.raises(ApiRefused) as refused:
        await rename("Acme Co", read["revisions"])
    assert (refused.value.status, refused.value.code) == (409, "changed_meanwhile")
    now = await ava.api("GET", "/places")
    assert [company["name"] for company in now["companies"] if company["id"] == acme["id"]] == ["Acme Inc"]
    await rename("Acme Co", now["revisions"])


async def test_what_an_engineer_sees_of_a_customer_beside_a_chat(desk: TestDesk) -> None:  # spec 7.8, 10.2, 2.10
    ava, bo, mia, zoe = await desk.pages("ava", "bo", "mia", "zoe")
    contact = {"phone": "+442079460101", "email": f"mia@{desk.id}.example", "timeZone": "Pacific/Auckland"}
    await change(ava, mia.person_id, **contact)
    with pytest.raises(ApiRefused) as refused:
        await change(ava, mia.person_id, timeZone="Mars/Olympus")
    assert (refused.value.status, refused.value.refusal["field"]) == (400, "entry.person.time_zone")
    tickets = [await desk.ticket(mia) for _ in range(3)]
    await desk.ticket(zoe)
    await ava.api("PATCH", f"/tickets/{tickets[0]}", {"commandId": "close", "status": "TICKET_STATUS_CLOSED"})
    chats = [await desk.chat(mia), await desk.chat(mia, "VPN again", tickets[1])]
    await desk.chat(zoe, "Lantern is out")

    for page in (ava, bo):
        person = (await entry_of(page, mia.person_id))["person"]
        assert {field: person[field] for field in contact} == contact

        async def lists_all(page: Page = page) -> bool:
            opened = await page.api("GET", f"/tickets?customer={mia.person_id}&status=TICKET_STATUS_NEW&size=1")
            found = await page.api("GET", f"/history?customer={mia.person_id}&size=5")
            both = {card["sessionId"] for card in found.get("cards", [])} == set(chats)
            return both and len(opened["tickets"]) == 1 and opened["total"] == 2 and bool(opened["nextPageToken"])

        await until(lists_all)
    newest = await ava.api("GET", f"/history?customer={mia.person_id}&size=1")
    assert len(newest["cards"]) == 1 and newest["nextPageToken"]
    assert await status_of(bo, f"/people/{zoe.person_id}") == await status_of(bo, "/people/nobody") == 404
    assert not (await bo.api("GET", f"/tickets?customer={zoe.person_id}")).get("tickets")
    assert not (await bo.api("GET", f"/history?customer={zoe.person_id}")).get("cards")
