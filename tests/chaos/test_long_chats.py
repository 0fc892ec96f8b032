"""A conversation may be larger than the largest message between services."""

import asyncio

import pytest

from tests.journeys.desk import TestDesk

TEXT = "\N{FIRE}" * 3_990  # sixteen thousand bytes
MESSAGES = 560
LARGEST_MESSAGE = 8 * 1024 * 1024


@pytest.mark.timeout(400)
async def test_a_long_chat_is_fetched_completely_and_its_ticket_gets_the_complete_log(desk: TestDesk) -> None:  # spec 3.7, 4.2
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    await asyncio.gather(*(mia.post(session_id, f"{number} {TEXT}").accepted for number in range(MESSAGES)))

    fresh = await desk.page("ava")
    conversation = fresh.session(session_id)
    await fresh.until(lambda: conversation.revision == MESSAGES + 2, "the whole conversation", seconds=180)
    assert [text.split()[0] for _, text in conversation.messages[1:]] == [str(number) for number in range(MESSAGES)]

    create = {"boardId": desk.id_of("service-desk"), "summary": "Fire", "priority": "high"}
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "create": create})
    await fresh.until(lambda: "ticketLinked" in conversation.kinds, "the log is on its ticket", seconds=180)

    linked = next(event["ticketLinked"] for event in conversation.entries[-1]["events"])
    page = await ava.api("GET", f"/tickets/{linked['ticketId']}")
    (file,) = [file for entry in page["timeline"] for file in entry.get("note", {}).get("attachments", [])]
    log = (await ava.download(f"/tickets/{linked['ticketId']}/attachments/{file['id']}")).text
    assert len(log.encode()) == file["size"] > LARGEST_MESSAGE
    assert log.splitlines()[2] == f"Ticket: {linked['ticketNumber']}"
    assert [line.split()[4] for line in log.splitlines() if TEXT in line] == [str(number) for number in range(MESSAGES)]
