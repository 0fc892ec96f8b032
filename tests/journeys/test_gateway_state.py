"""The updates that a page receives lead to the same state as a fresh fetch, for engineers and customers."""

import asyncio

import pytest

from stack.page import Page
from stack.signed_in import ApiRefused
from tests.journeys.agreement import all_agree
from tests.journeys.desk import TestDesk


async def sees_online(page: Page, person_id: str) -> None:
    """Waits until presence has the connection of that person's new page."""
    page.send({"t": "watchPeople", "personIds": [person_id]})
    await page.until(lambda: page.presence.get(person_id) == "PRESENCE_ONLINE", f"{person_id} is online")


async def test_pages_hold_what_they_would_fetch_from_the_start_to_the_end_of_a_chat(desk: TestDesk) -> None:  # spec 3.7, 6.3
    mia, zoe, ava, bo = await desk.pages("mia", "zoe", "ava", "bo")
    everyone = (mia, zoe, ava, bo)
    await all_agree(*everyone)

    session_id = await desk.chat(mia)
    mia.session(session_id)
    await all_agree(*everyone)
    await mia.post(session_id, "anyone?").accepted
    await ava.api("POST", f"/sessions/{session_id}/join", {"commandId": "j", "mode": "JOIN_MODE_TAKE"})
    ava.session(session_id)
    await ava.post(session_id, "yes").accepted
    await all_agree(*everyone)

    await sees_online(ava, bo.person_id)
    await ava.api("POST", f"/sessions/{session_id}/invite", {"commandId": "i", "engineerId": bo.person_id})
    await all_agree(*everyone)
    await bo.api("POST", f"/sessions/{session_id}/join", {"commandId": "j", "mode": "JOIN_MODE_ALSO"})
    await bo.api("POST", f"/sessions/{session_id}/leave", {"commandId": "l"})
    await all_agree(*everyone)

    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "c", "none": {}})
    await all_agree(*everyone)
    await ava.api("POST", f"/sessions/{session_id}/leave", {"commandId": "l"})
    await all_agree(zoe, ava, bo)
    assert session_id in mia.cards
    assert session_id not in ava.cards


async def test_other_engineers_do_not_see_a_push_chat_until_it_is_accepted(desk: TestDesk) -> None:  # spec 2.9
    mia, ava, sam = await desk.pages("mia", "ava", "sam")
    body = {"commandId": "t", "summary": "Laptop", "text": "For Jo"}
    ticket = (await mia.api("POST", "/tickets", body))["ticket"]
    await sees_online(ava, mia.person_id)
    pushed = await ava.api("POST", f"/tickets/{ticket['id']}/push-chat", {"commandId": "p", "text": "Hello Mia"})
    session_id = pushed["session"]["card"]["sessionId"]
    await all_agree(mia, ava, sam)
    assert session_id in mia.cards and session_id in ava.cards and session_id not in sam.cards

    await mia.api("POST", f"/sessions/{session_id}/answer", {"commandId": "a", "answer": "PUSH_ANSWER_ACCEPT"})
    await all_agree(mia, ava, sam)
    assert session_id in sam.cards


async def test_a_customers_page_never_receives_what_only_engineers_may_see(desk: TestDesk) -> None:  # spec 4.12, 4.13
    mia, ava, sam = await desk.pages("mia", "ava", "sam")
    session_id = await desk.chat(mia)
    mia.session(session_id)
    await ava.api("POST", f"/sessions/{session_id}/join", {"commandId": "j", "mode": "JOIN_MODE_TAKE"})
    await sees_online(ava, sam.person_id)
    await ava.api("POST", f"/sessions/{session_id}/invite", {"commandId": "i", "engineerId": sam.person_id})
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "c", "none": {}})
    await mia.until(lambda: "sessionCompleted" in mia.session(session_id).kinds, "the end")

    seen = str([mia.frames, mia.session(session_id).entries])
    assert "engineerInvited" not in seen and "closeNoted" not in seen and "closeRecord" not in seen
    await all_agree(mia)


async def test_pages_agree_with_a_restarted_gateway_about_a_chat_that_was_ended_and_not_left(desk: TestDesk) -> None:  # spec 3.7, 4.3
    mia, ava = await desk.page("mia", 1), await desk.page("ava", 1)
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    await mia.post(session_id, "thanks").accepted
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "c", "none": {}})

    await asyncio.to_thread(desk.stack.kill, "gateway-2")
    await asyncio.to_thread(desk.stack.wait_ready, "gateway-2")
    await mia.until(lambda: mia.connects > 1 and ava.connects > 1, "both pages are back", seconds=30)

    await all_agree(mia, ava)
    assert session_id in mia.cards and session_id in ava.cards
    await ava.api("POST", f"/sessions/{session_id}/leave", {"commandId": "l"})
    await all_agree(mia, ava)
    assert session_id in mia.cards and session_id not in ava.cards


async def test_the_card_of_a_chat_moves_to_the_board_of_its_ticket(desk: TestDesk) -> None:  # spec 2.10
    await desk.add_engineer("kim", "projects")
    await desk.add_engineer("pat", "service-desk")
    mia, ava, kim, pat = await desk.pages("mia", "ava", "kim", "pat")
    session_id = await desk.handled(mia, ava)
    await pat.until(lambda: session_id in pat.cards, "the chat belongs to the service desk")
    assert session_id not in kim.cards
    ticket = (await mia.api("POST", "/tickets", {"commandId": "t", "summary": "Laptop", "text": "For Jo"}))["ticket"]
    on_it = (await mia.api("POST", "/chats", {"commandId": "o", "text": "Any news?", "ticketId": ticket["id"]}))["session"]["card"][
        "sessionId"
    ]
    await pat.until(lambda: on_it in pat.cards, "the chat on the ticket")

    # The first chat becomes a ticket on another board; the second chat's ticket is moved to that board.
    create = {"boardId": desk.id_of("projects"), "summary": "Printer", "priority": "high"}
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "c", "create": create})
    await ava.api("PATCH", f"/tickets/{ticket['id']}", {"commandId": "u", "boardId": desk.id_of("projects")})

    await pat.until(lambda: on_it not in pat.cards, "the chat on the ticket left the service desk")
    await kim.until(lambda: on_it in kim.cards, "the chat on the ticket is on the projects board")
    await ava.until(lambda: "placeChanged" in ava.session(session_id).kinds, "the ended chat has its ticket's board")
    await all_agree(mia, ava, kim, pat)
    assert (await kim.whole_session(session_id))["card"]["boardId"] == desk.id_of("projects")
    for of_another in (session_id, on_it):
        with pytest.raises(ApiRefused) as refused:
            await pat.whole_session(of_another)
        assert refused.value.status == 404
