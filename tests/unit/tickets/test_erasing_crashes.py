"""Erasing a person from tickets while replicas stop, and while two of them erase at once."""

from unittest.mock import AsyncMock

import pytest

from services.tickets.domain.directory import Person
from services.tickets.domain.erasure import begun
from services.tickets.domain.timeline import Commit
from tests.unit.tickets.desk import AVA, MIA, TicketsDesk
from tests.unit.tickets.test_erasing import OF_MIA, a_ticket_with_a_log, attached


async def test_after_a_crash_before_the_sign_out_the_person_is_signed_out_first(desk: TicketsDesk) -> None:  # spec 10.6, 10.10
    await desk.sign_ins.create("mia", "trial", "192.0.2.1")
    mia = await desk.directory_store.get(Person, "mia")
    assert mia is not None
    await desk.erasure_store.add(begun(mia, AVA, desk.clock.now()))
    await desk.clock.advance(60)

    assert await desk.erasures.tasks("chat") == []
    after = await desk.directory_store.get(Person, "mia")
    assert after and after.erased and len(desk.sign_in_store.published) == 1
    await desk.clock.advance(30)
    assert [task.texts for task in await desk.erasures.tasks("chat")] == [("Mia Torres",)]


async def test_after_a_crash_between_the_log_and_the_list_the_list_is_replaced(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 10.6
    own = await desk.create(MIA, "Printer of Mia Torres")
    await desk.relay.publish_all()
    await desk.erasures.begin(AVA, "mia")
    with monkeypatch.context() as stopped, pytest.raises(ConnectionError):
        stopped.setattr(desk.listed, "replace", AsyncMock(side_effect=ConnectionError))
        await desk.erasing.erase(OF_MIA)
    assert desk.listed.shown[own.id].summary == "Printer of Mia Torres"

    await desk.erasing.erase(OF_MIA)

    assert desk.listed.shown[own.id].summary == "Erased"
    await desk.relay.publish_all()
    assert desk.relay.published[-1].ticket.summary == "Erased"


async def test_of_two_replicas_one_replaces_the_log_and_no_other_file_stays(desk: TicketsDesk) -> None:  # spec 4.2, 10.6
    await a_ticket_with_a_log(desk)
    desk.chat_client.texts["s1"] = "Erased person: Erased\n" * 10
    await desk.erasures.begin(AVA, "mia")
    replaced = desk.log.replace

    async def after_another_replica(commit: Commit) -> bool:
        desk.log.replace = replaced  # type: ignore[method-assign]
        await desk.erasing.erase(OF_MIA)
        return await replaced(commit)

    desk.log.replace = after_another_replica  # type: ignore[method-assign]
    assert (await desk.erasing.erase(OF_MIA)).changed == 0

    assert attached(desk) == desk.files.kept.keys() == desk.files.named


async def test_files_that_a_crash_leaves_are_swept(desk: TicketsDesk) -> None:  # spec 4.2, 10.6
    await a_ticket_with_a_log(desk)
    desk.chat_client.texts["s1"] = "Erased person: Erased\n" * 10
    await desk.erasures.begin(AVA, "mia")
    replaced = desk.log.replace

    async def then_crash(commit: Commit) -> bool:
        won = await replaced(commit)
        if commit.attachments:
            raise ConnectionError("crashed")
        return won

    desk.log.replace = then_crash  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await desk.erasing.erase(OF_MIA)
    await desk.clock.advance(hours=2)
    await desk.sweep.once()

    assert attached(desk) == desk.files.kept.keys()
