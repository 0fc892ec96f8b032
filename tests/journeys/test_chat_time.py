"""Deadlines of chat that fire when the test advances the clock, with two replicas that both try to fire them (spec 3.13)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.errors import Unavailable
from servicekit.kafka_group import GroupReader
from servicekit.outbox import OutboxRelay
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.people import Person, Side
from services.chat.outbound.mongo_settings import MongoSettings
from tests.adapters.chat.running import Calls, House
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until

ADMIN = Person("ava", "Ava", Side.ENGINEER)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str, clock: TurnedClock) -> AsyncIterator[House]:
    house = House(tmp_path, engine_settings, unique, clock)
    async with house.peers_up():
        yield house


async def count_of(calls: Calls, session_id: str, kind: str) -> int:
    return (await calls.kinds(session_id)).count(kind)


async def projected(calls: Calls, session_id: str, revision: int = 1) -> bool:
    return any(card.session_id == session_id and card.revision >= revision for card in await calls.listed())


async def test_an_offer_is_raised_once_when_two_replicas_fire_its_deadline(house: House, clock: TurnedClock) -> None:  # spec 3.13, 4.5
    async with house.replica() as one, house.replica() as other:
        session_id = (await one.request()).session.card.session_id
        await until(lambda: projected(one, session_id))
        assert await count_of(other, session_id, "offer_raised") == 0

        await clock.advance(seconds=41)

        async def offered() -> bool:
            return (await other.session(session_id)).card.offer == pb.OFFER_NOBODY_THERE

        await until(offered)
        await until(one.settled)
        entries = (await one.session(session_id)).entries
        assert [entry.command_id.partition(":")[0] for entry in entries] == ["open", "deadline"]


async def test_a_deadline_fires_after_the_process_that_set_it_has_crashed(house: House, clock: TurnedClock) -> None:  # spec 3.13
    async with house.replica() as crashing:
        session_id = (await crashing.request()).session.card.session_id
        await until(crashing.settled)
        await crashing.kill()
    await clock.advance(minutes=2)

    async with house.replica() as calls:

        async def offered() -> bool:
            return await count_of(calls, session_id, "offer_raised") == 1

        await until(offered)


async def test_a_transfer_expires_once_after_the_process_that_set_its_deadline_has_crashed(house: House, clock: TurnedClock) -> None:
    # spec 3.13, 13.2
    house.peers.online = {house.id("sam")}
    async with house.replica() as crashing:
        session_id = (await crashing.request()).session.card.session_id
        await crashing.take(session_id)
        await crashing.ask_transfer(session_id, "sam")
        await until(crashing.settled)
        await crashing.kill()
    await clock.advance(seconds=61)

    async with house.replica() as one, house.replica() as other:

        async def expired() -> bool:
            return await count_of(one, session_id, "transfer_expired") > 0

        await until(expired)
        await until(other.settled)
        assert await count_of(other, session_id, "transfer_expired") == 1
        assert not (await one.session(session_id)).card.HasField("transfer")


async def test_a_waiting_chat_is_abandoned_after_five_minutes_without_its_customer(house: House, clock: TurnedClock) -> None:  # spec 3.3
    async with house.replica() as calls:
        session_id = (await calls.request()).session.card.session_id
        house.peers.online = {house.id("mia")}
        await until(lambda: projected(calls, session_id))
        await clock.advance(seconds=301)
        await until(lambda: projected(calls, session_id, 2))
        assert (await calls.session(session_id)).card.status == pb.CHAT_STATUS_WAITING

        house.peers.online = set()

        async def abandoned() -> bool:
            await clock.advance(seconds=100)
            return (await calls.session(session_id)).card.status == pb.CHAT_STATUS_ABANDONED

        await until(abandoned)
        assert await count_of(calls, session_id, "status_changed") == 1


async def test_changed_settings_apply_at_every_replica_and_to_chats_that_already_wait(house: House, clock: TurnedClock) -> None:
    async with house.replica() as one, house.replica() as other:
        session_id = (await one.request()).session.card.session_id
        await until(lambda: projected(one, session_id))

        await other.settings(no_answer_after=5)

        async def offered() -> bool:
            await clock.advance(seconds=1)
            return (await one.session(session_id)).card.offer == pb.OFFER_NOBODY_THERE

        await until(offered)
        assert clock.now().timestamp() - (await one.session(session_id)).card.opened_at.seconds < 39


async def test_changed_settings_whose_event_was_lost_apply_after_a_restart(house: House, clock: TurnedClock) -> None:
    async with house.replica() as one:
        session_id = (await one.request()).session.card.session_id
        await until(one.settled)
    # The event is lost: its outbox is emptied before any replica publishes it.
    async with house.store() as store:
        await MongoSettings(store, clock).update(house.desk_id, ChatSettings(no_answer_after=5), 0, ADMIN, clock.now())
        await store.database["settings"].update_one({"_id": house.desk_id}, {"$set": {"outbox": []}, "$unset": {"outbox_pending": ""}})

    async with house.replica() as calls:

        async def offered() -> bool:
            await clock.advance(seconds=1)
            return await count_of(calls, session_id, "offer_raised") == 1

        await until(offered)
        assert clock.now().timestamp() - (await calls.session(session_id)).card.opened_at.seconds < 39


async def test_changed_settings_apply_to_waiting_chats_before_their_event_is_published(house: House, clock: TurnedClock) -> None:
    async with house.replica(left_out=(GroupReader, OutboxRelay)) as calls:
        session_id = (await calls.request()).session.card.session_id
        await until(lambda: projected(calls, session_id))
        await calls.settings(no_answer_after=5)

        async def offered() -> bool:
            await clock.advance(seconds=1)
            return await count_of(calls, session_id, "offer_raised") == 1

        await until(offered)
        assert clock.now().timestamp() - (await calls.session(session_id)).card.opened_at.seconds < 39


async def test_a_person_added_after_the_start_can_request_a_chat(house: House) -> None:  # spec 2.7
    async with house.replica() as calls:
        with pytest.raises(Unavailable):
            await calls.request(who="leo")
        house.person_joins("leo")
        await calls.request(who="leo")
        await until(calls.settled)
        (card,) = await calls.listed()
        assert (card.customer.name, card.company_name) == ("Leo", "Acme Ltd")
