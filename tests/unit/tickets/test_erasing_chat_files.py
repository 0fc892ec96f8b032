"""Erasing a person from tickets with the files of chats: theirs go, those of others stay (spec 10.6, 13.5)."""

import pytest

from servicekit.erasing import Step
from servicekit.faults import NoFaults
from services.tickets.domain.attaching import NewTicketWish
from services.tickets.handlers.chat_file_copies import PutOff
from tests.fakes.waiting import until
from tests.unit.tickets.desk import AVA, HARBOUR, TicketsDesk
from tests.unit.tickets.test_chat_files import SlowFiles
from tests.unit.tickets.test_erasing import OF_BO, OF_MIA, attached


async def a_ticket_with_files(desk: TicketsDesk, *names: str, sender_id: str = "") -> None:
    desk.ended_chat(NewTicketWish("service-desk", "Printer", "high"))
    for name in names:
        desk.chat_file(name, name.encode(), sender_id=sender_id)
    task = await desk.chat_logs.attach(HARBOUR, "s1", desk.chat_client.chats["s1"])
    assert task
    await task


def names_of(desk: TicketsDesk) -> list[str]:
    return [file.name for commit in desk.log.kept for _, file in commit.attachments if file.chat_file_id]


async def test_files_of_the_person_go_and_those_of_others_stay(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    await a_ticket_with_files(desk, "of Mia Torres", "plan of Mia Torres by Ava", "manual")
    before = {content: id for id, (_, content, _) in desk.files.kept.items()}
    # chat erases first.
    desk.chat_client.texts["s1"] = "Erased person: Erased\n"
    del desk.chat_client.files["s1"][0]

    await desk.erasures.begin(AVA, "mia")
    assert (await desk.erasing.erase(OF_MIA)).changed == 2

    assert names_of(desk) == ["plan of Erased person by Ava", "manual"]
    assert attached(desk) == desk.files.kept.keys() == desk.files.named
    assert before[b"of Mia Torres"] not in desk.files.kept
    assert {before[b"plan of Mia Torres by Ava"], before[b"manual"]} < desk.files.kept.keys()
    assert (await desk.erasing.erase(OF_MIA)).changed == 0


async def test_nothing_that_was_copied_before_chat_erased_a_person_is_attached(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    # A replica that was paused, and has lost its partition, copies on after the erasure.
    slow = SlowFiles(desk)
    desk.ended_chat(NewTicketWish("service-desk", "Printer", "high"), text="Mia Torres: hello\n")
    desk.chat_file("of Mia Torres")
    desk.chat_file("manual")
    paused = await desk.chat_logs.attach(HARBOUR, "s1", desk.chat_client.chats["s1"])
    await until(lambda: slow.asked == 1)
    desk.chat_client.texts["s1"] = "Erased person: Erased\n"
    await desk.clock.advance(minutes=1)
    await desk.erasures.begin(AVA, "mia")
    await desk.erasures.report("chat", "mia", Step(1, ""))
    await desk.erasing.erase(OF_MIA)

    slow.go.set()
    assert paused
    with pytest.raises(PutOff):
        await paused
    assert names_of(desk) == [] and not desk.files.kept

    # chat repeats its wish.
    del desk.chat_client.files["s1"][0]
    await desk.clock.advance(minutes=1)
    desk.begin(NoFaults())
    task = await desk.chat_logs.attach(HARBOUR, "s1", desk.chat_client.chats["s1"])
    assert task
    await task
    assert names_of(desk) == ["manual"]


async def test_a_file_goes_also_when_the_log_does_not_name_the_person(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    await a_ticket_with_files(desk, "first", "second")
    del desk.chat_client.files["s1"][1]

    await desk.erasures.begin(AVA, "bo")
    assert (await desk.erasing.erase(OF_BO)).changed == 1

    assert names_of(desk) == ["first"] and attached(desk) == desk.files.kept.keys()
    assert (await desk.erasing.erase(OF_BO)).changed == 0


async def test_the_sender_of_a_copy_decides_whether_it_goes_without_the_log(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    await a_ticket_with_files(desk, "plan", sender_id="mia")
    desk.chat_client.log_calls = 0
    await desk.erasures.begin(AVA, "bo")
    assert (await desk.erasing.erase(OF_BO)).changed == 0
    assert (names_of(desk), desk.chat_client.log_calls) == (["plan"], 0)

    desk.chat_client.texts["s1"], desk.chat_client.files["s1"] = "Erased person: hello\n", []
    await desk.erasures.begin(AVA, "mia")
    assert (await desk.erasing.erase(OF_MIA)).changed > 0
    assert names_of(desk) == [] and attached(desk) == desk.files.kept.keys()
    assert (await desk.erasing.erase(OF_MIA)).changed == 0


async def test_a_file_that_the_person_sent_goes_also_when_the_log_does_not_name_them(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    await a_ticket_with_files(desk, "plan", sender_id="bo")
    del desk.chat_client.files["s1"][0]

    await desk.erasures.begin(AVA, "bo")

    assert (await desk.erasing.erase(OF_BO)).changed == 1 and names_of(desk) == []


async def test_the_content_of_a_file_is_not_searched_for_names(desk: TicketsDesk) -> None:  # spec 10.6
    await a_ticket_with_files(desk, "first")
    (copy,) = [file.id for commit in desk.log.kept for _, file in commit.attachments if file.chat_file_id]
    stored, _, at = desk.files.kept[copy]
    desk.files.kept[copy] = (stored, b"Bo Lindqvist", at)

    await desk.erasures.begin(AVA, "bo")

    assert (await desk.erasing.erase(OF_BO)).changed == 0
