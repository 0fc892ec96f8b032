"""The main use: a customer's chat becomes a ticket with its log, through gateways, gRPC, Kafka and the store."""

import asyncio
import re

import pytest

from stack.conversation import PostRefused
from stack.page import Page
from stack.signed_in import ApiRefused
from tests.journeys.desk import TestDesk

TAKE, ALSO = {"mode": "JOIN_MODE_TAKE"}, {"mode": "JOIN_MODE_ALSO"}


async def wait_for_alert(page: Page, session_id: str) -> None:
    await page.until(lambda: any(alert["sessionId"] == session_id for alert in page.alerts.values()), "an alert")


async def test_a_chat_request_alerts_every_online_engineer_with_access_and_no_other(desk: TestDesk) -> None:  # spec 2.6, 2.7, 2.10, 5.1
    mia, zoe, ava, bo = await desk.pages("mia", "zoe", "ava", "bo")

    at_acme, at_globex = await desk.chat(mia, "Printer is on fire"), await desk.chat(zoe, "Badge does not open")

    await wait_for_alert(ava, at_acme)
    await wait_for_alert(ava, at_globex)
    await wait_for_alert(bo, at_acme)
    await bo.until(lambda: at_acme in bo.cards, "Acme's card")
    assert at_globex not in bo.cards
    assert all(alert["sessionId"] != at_globex for alert in bo.alerts.values())
    card = ava.cards[at_acme]
    assert (card["title"], card["status"], card["companyName"]) == ("Printer is on fire", "CHAT_STATUS_WAITING", "Acme Ltd")
    assert card["customer"]["name"] == "Mia Torres"


async def test_of_two_simultaneous_joins_one_succeeds_and_the_other_is_refused_with_the_winners_name(desk: TestDesk) -> None:  # spec 3.5
    mia, ava, sam = await desk.pages("mia", "ava", "sam")
    session_id = await desk.chat(mia)
    mia.session(session_id)

    async def join(page: Page) -> str:
        try:
            await page.api("POST", f"/sessions/{session_id}/join", {"commandId": "join-1", **TAKE})
        except ApiRefused as refused:
            assert refused.code == "joined_first"
            return str(refused.refusal["details"]["person_name"])
        return "won"

    outcomes = dict(zip(("Ava Chen", "Sam Okafor"), await asyncio.gather(join(ava), join(sam)), strict=True))

    winner = next(name for name, outcome in outcomes.items() if outcome == "won")
    loser = next(name for name in outcomes if name != winner)
    assert outcomes[loser] == winner
    await mia.until(lambda: mia.session(session_id).kinds.count("participantJoined") == 2, "NAME joined the chat")
    await ava.until(lambda: not ava.alerts, "the alert goes")
    await sam.until(lambda: not sam.alerts, "the alert goes")

    other = ava if loser == "Ava Chen" else sam
    await other.api("POST", f"/sessions/{session_id}/join", {"commandId": "join-2", **ALSO})
    await mia.until(lambda: mia.session(session_id).kinds.count("participantJoined") == 3, "join anyway")


async def test_messages_appear_once_and_in_one_order_in_every_tab(desk: TestDesk) -> None:  # spec 3.6, 3.7, 3.8
    mia, ava = await desk.pages("mia", "ava")
    second = await desk.page("mia", gateway=1)
    session_id = await desk.handled(mia, ava)
    for page in (mia, ava, second):
        page.session(session_id)

    posts = [(mia if number % 2 else ava).post(session_id, f"message {number}") for number in range(40)]
    await asyncio.gather(*(post.accepted for post in posts))

    for page in (mia, ava, second):
        await holds(page, session_id, 41)
    assert mia.session(session_id).messages == ava.session(session_id).messages == second.session(session_id).messages
    texts = [text for _, text in mia.session(session_id).messages]
    assert sorted(texts[1:]) == sorted(f"message {number}" for number in range(40))
    assert [text for by, text in mia.session(session_id).messages if by == ava.person_id] == [f"message {n}" for n in range(0, 40, 2)]
    fresh = await ava.api("GET", f"/sessions/{session_id}?after=0")
    assert [entry["hash"] for entry in fresh["session"]["entries"]] == [entry["hash"] for entry in ava.session(session_id).entries]


async def test_a_message_sent_twice_with_the_same_id_returns_the_first_result(desk: TestDesk) -> None:  # spec 3.8
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    first = mia.post(session_id, "once")
    revision = await first.accepted

    mia.send(first.frame)

    answers = [frame for frame in mia.frames if frame["t"] == "refused"]
    after = mia.post(session_id, "after")
    assert await after.accepted == revision + 1
    assert answers == []
    changed = {**first.frame, "text": "twice"}
    mia.send(changed)
    await mia.until(lambda: any(f["t"] == "refused" and f["refusal"]["kind"] == "already_exists" for f in mia.frames), "the refusal")


async def test_messages_written_offline_arrive_once_and_in_order(desk: TestDesk) -> None:  # spec 3.7, 7.3
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    await ava.post(session_id, "before").accepted

    mia.cut()
    posts = [mia.post(session_id, f"offline {n}") for n in range(3)]
    await ava.post(session_id, "meanwhile").accepted
    await asyncio.gather(*(post.accepted for post in posts))

    await holds(mia, session_id, 6)
    await holds(ava, session_id, 6)
    assert mia.session(session_id).messages == ava.session(session_id).messages
    assert [text for by, text in ava.session(session_id).messages if by == mia.person_id][1:] == ["offline 0", "offline 1", "offline 2"]


async def holds(page: Page, session_id: str, count: int) -> None:
    await page.until(lambda: len(page.session(session_id).messages) == count, f"{count} messages")


async def end_with(engineer: Page, session_id: str, ending: dict[str, object]) -> None:
    await engineer.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", **ending})


async def leave(page: Page, session_id: str) -> None:
    await page.api("POST", f"/sessions/{session_id}/leave", {"commandId": "leave"})
    await page.until(lambda: session_id not in page.cards, "the card goes")


async def linked(page: Page, session_id: str) -> str:
    def ticket() -> str:
        card = page.cards.get(session_id, {})
        return str(card.get("ticketId", "")) if card.get("ticketLink") == "TICKET_LINK_ATTACHED" else ""

    await page.until(lambda: bool(ticket()), "the ticket is linked")
    return ticket()


async def test_ending_with_a_ticket_attaches_exactly_one_log(desk: TestDesk) -> None:  # spec 4.1, 4.2, 4.3, 9.2
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    long = "Zeile für Zeile " * 200
    await mia.post(session_id, long).accepted
    new = {"boardId": desk.id_of("projects"), "summary": "Printer on fire in room 4", "priority": "high"}

    await end_with(ava, session_id, {"create": new})

    ticket_id = await linked(ava, session_id)
    page = await ava.api("GET", f"/tickets/{ticket_id}")
    assert (page["ticket"]["summary"], page["ticket"]["priority"]) == ("Printer on fire in room 4", "PRIORITY_HIGH")
    assert page["ticket"]["boardId"] == desk.id_of("projects")
    notes = [entry for entry in page["timeline"] if entry.get("note")]
    assert len(notes) == 1 and notes[0]["internal"]
    file = notes[0]["note"]["attachments"][0]
    assert re.fullmatch(r"chat_log_\d{8}T?_?\d{6}Z?\.txt", file["name"])
    answer = await ava.download(f"/tickets/{ticket_id}/attachments/{file['id']}")
    log = answer.content.decode("utf-8")
    assert long.strip() in log and "Mia Torres" in log and "Ava Chen" in log
    assert "attachment" in answer.headers["content-disposition"]
    assert notes[0]["note"]["text"] == log[:3100]

    mine = await mia.api("GET", f"/tickets/{ticket_id}")
    assert [entry for entry in mine["timeline"] if entry.get("note")] == []
    chats = [entry["chat"]["sessionId"] for entry in mine["timeline"] if entry.get("chat")]
    assert chats == [session_id]
    listed = await mia.api("GET", "/tickets")
    assert [ticket["id"] for ticket in listed["tickets"]] == [ticket_id]

    await mia.until(lambda: "sessionCompleted" in mia.session(session_id).kinds, "the end")
    with pytest.raises(PostRefused) as refused:
        await mia.post(session_id, "too late").accepted
    assert refused.value.refusal["kind"] == "failed_precondition"
    for tab in (mia, ava):
        await leave(tab, session_id)


async def test_a_chat_is_attached_to_an_existing_ticket_of_this_customer_only(desk: TestDesk) -> None:  # spec 4.1
    mia, leo, ava = await desk.pages("mia", "leo", "ava")
    mine = await mia.api("POST", "/tickets", {"commandId": "t", "summary": "VPN drops", "text": "Each afternoon."})
    other = await leo.api("POST", "/tickets", {"commandId": "t", "summary": "Screen is black", "text": ""})
    session_id = await desk.handled(mia, ava)

    with pytest.raises(ApiRefused) as refused:
        await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "no", "attach": {"ticketId": other["ticket"]["id"]}})
    assert refused.value.refusal["field"].endswith("ticket_id")
    await end_with(ava, session_id, {"attach": {"ticketId": mine["ticket"]["id"]}})

    assert await linked(ava, session_id) == mine["ticket"]["id"]


async def test_the_customers_answer_after_the_end_reaches_the_engineer_once(desk: TestDesk) -> None:  # spec 4.15, 3.8
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    for page in (mia, ava):
        page.session(session_id)
    answer = {"commandId": "answer", "solved": "SOLVED_YES", "comment": "That was quick."}
    with pytest.raises(ApiRefused) as refused:
        await mia.api("POST", f"/sessions/{session_id}/feedback", answer)
    assert refused.value.code == "step_not_allowed"
    await end_with(ava, session_id, {"none": {}})

    for _ in range(2):
        await mia.api("POST", f"/sessions/{session_id}/feedback", answer)
    with pytest.raises(ApiRefused) as refused:
        await mia.api("POST", f"/sessions/{session_id}/feedback", {**answer, "commandId": "other", "solved": "SOLVED_NO"})
    assert (refused.value.code, refused.value.refusal["field"]) == ("feedback_given", "solved")

    for page in (mia, ava):
        session = page.session(session_id)
        await page.until(lambda session=session: "feedbackCommented" in session.kinds, "the comment")  # type: ignore[misc]
        assert session.kinds.count("feedbackGiven") == 1
    await ava.until(lambda: "feedback" in ava.cards[session_id], "the card's answer")
    feedback = ava.cards[session_id]["feedback"]
    assert (feedback["solved"], feedback["comment"]) == ("SOLVED_YES", "That was quick.")


async def test_a_chat_that_ends_without_a_ticket_creates_none(desk: TestDesk) -> None:  # spec 4.1
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)

    await end_with(ava, session_id, {"none": {}})

    await ava.until(lambda: ava.cards.get(session_id, {}).get("status") == "CHAT_STATUS_COMPLETED", "the end")
    assert (await mia.api("GET", "/tickets"))["tickets"] == []


async def test_a_chat_on_a_ticket_attaches_its_log_to_that_ticket_when_it_ends(desk: TestDesk) -> None:  # spec 2.1, 2.6, 4.1
    mia, ava = await desk.pages("mia", "ava")
    ticket = (await mia.api("POST", "/tickets", {"commandId": "t", "summary": "VPN drops", "text": "Each afternoon."}))["ticket"]
    opened = await mia.api("POST", "/chats", {"commandId": "c", "text": "Any news?", "ticketId": ticket["id"]})
    card = opened["session"]["card"]
    assert card["title"] == f"[Ticket {ticket['number']}] Any news?"
    await ava.api("POST", f"/sessions/{card['sessionId']}/join", {"commandId": "j", **TAKE})

    await end_with(ava, card["sessionId"], {"ownTicket": {}})

    assert await linked(ava, card["sessionId"]) == ticket["id"]
    timeline = (await ava.api("GET", f"/tickets/{ticket['id']}"))["timeline"]
    assert len([entry for entry in timeline if entry.get("chat")]) == 1
    assert len([entry for entry in timeline if entry.get("note") and entry["note"]["attachments"]]) == 1


async def test_two_tabs_that_request_a_chat_at_once_get_the_same_chat(desk: TestDesk) -> None:  # spec 2.3
    first, second = await desk.page("mia", 0), await desk.page("mia", 1)

    answers = await asyncio.gather(
        first.api("POST", "/chats", {"commandId": "tab-1", "text": "Printer"}),
        second.api("POST", "/chats", {"commandId": "tab-2", "text": "Drucker"}),
    )

    assert sorted(answer["opened"] for answer in answers) == [False, True]
    assert len({answer["session"]["card"]["sessionId"] for answer in answers}) == 1
