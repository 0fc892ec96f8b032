"""Transfers of a chat, through gateway, chat, notify and presence (spec 13.2)."""

import pytest

from stack.page import Page
from stack.signed_in import ApiRefused
from tests.journeys.agreement import all_agree
from tests.journeys.desk import TestDesk


async def see_online(watcher: Page, *others: Page) -> None:
    """Waits until presence has the connections of these people's pages."""
    watcher.watch(*(other.person_id for other in others))
    for other in others:
        await watcher.until(lambda id=other.person_id: watcher.presence.get(id) == "PRESENCE_ONLINE", f"{other.person_id} is online")  # type: ignore[misc]


async def long_transfers(ava: Page) -> None:
    """A transfer stays open for ten minutes, however slow the machine is. Call it before the first chat: no replica has older settings."""
    read = await ava.retried(lambda: ava.api("GET", "/settings/chat"))
    body = {"settings": {**read["settings"], "transferExpiresAfter": 600}, "version": read.get("version", 0)}
    await ava.retried(lambda: ava.api("PUT", "/settings/chat", body))


async def answers(page: Page, session_id: str, answer: str) -> None:
    body = {"commandId": f"transfer-{answer}", "answer": f"TRANSFER_ANSWER_{answer}"}
    await page.retried(lambda: page.api("POST", f"/sessions/{session_id}/transfer-answer", body))


def alert_of(page: Page, session_id: str) -> str:
    return f"{session_id}:transfer:{page.person_id}"


async def test_a_board_takes_a_chat_over_and_its_other_engineers_are_not_asked_any_more(desk: TestDesk) -> None:  # spec 2.10, 3.10, 13.2
    await desk.add_engineer("kim", "projects")
    mia, ava, sam, kim = await desk.pages("mia", "ava", "sam", "kim")
    await long_transfers(ava)
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    ava.session(session_id)
    await see_online(ava, sam, kim)
    asking = {"commandId": "ask", "boardId": desk.id_of("projects")}
    asked = await ava.retried(lambda: ava.api("POST", f"/sessions/{session_id}/transfer", asking))
    transfer = asked["session"]["card"]["transfer"]
    assert sorted(person["id"] for person in transfer["asked"]) == sorted([sam.person_id, kim.person_id])

    for page in (sam, kim):
        await page.until(lambda page=page: alert_of(page, session_id) in page.alerts, "the alert of the transfer")  # type: ignore[misc]
    alert = kim.alerts[alert_of(kim, session_id)]
    assert (alert["reason"], alert["invitedByName"], alert["expiresAt"]) == ("ALERT_REASON_TRANSFER", "Ava Chen", transfer["expiresAt"])
    assert alert["boardId"] == desk.id_of("projects") and session_id not in kim.cards
    await all_agree(mia, ava, sam, kim)

    await answers(kim, session_id, "ACCEPT")
    await sam.until(lambda: not sam.alerts, "nobody else is asked any more")
    await kim.until(lambda: session_id in kim.cards and not kim.alerts, "the chat is hers")
    with pytest.raises(ApiRefused) as late:
        await sam.api("POST", f"/sessions/{session_id}/transfer-answer", {"commandId": "late", "answer": "TRANSFER_ANSWER_ACCEPT"})
    assert late.value.code == "transfer_over"
    kim.session(session_id)
    await kim.post(session_id, "I know that printer").accepted
    await all_agree(mia, ava, sam, kim)
    card = kim.cards[session_id]
    assert [person["id"] for person in card["participants"]] == [mia.person_id, kim.person_id]
    assert card["boardId"] == desk.id_of("projects")
    seen = str([mia.frames, mia.session(session_id).entries])
    assert "transferAccepted" in seen and "transferAsked" not in seen and "'transfer'" not in seen


async def test_a_declined_and_a_withdrawn_transfer_leave_the_chat_as_it_was(desk: TestDesk) -> None:  # spec 13.2
    mia, ava, sam = await desk.pages("mia", "ava", "sam")
    await long_transfers(ava)
    session_id = await desk.handled(mia, ava)
    await see_online(ava, sam)
    for number, (page, answer) in enumerate(((sam, "DECLINE"), (ava, "WITHDRAW"))):
        asking = {"commandId": f"ask-{number}", "engineerId": sam.person_id}
        await ava.retried(lambda body=asking: ava.api("POST", f"/sessions/{session_id}/transfer", body))  # type: ignore[misc]
        await sam.until(lambda: alert_of(sam, session_id) in sam.alerts, "the alert of the transfer")
        await answers(page, session_id, answer)
        await sam.until(lambda: not sam.alerts, "the alert is withdrawn")
    await all_agree(mia, ava, sam)
    card = ava.cards[session_id]
    assert [person["id"] for person in card["participants"]] == [mia.person_id, ava.person_id] and "transfer" not in card
