"""A new chat alerts the engineers whom the replica knows before it reads the store, and then those whom the store has."""

from dataclasses import replace
from datetime import timedelta

import pytest

from parley.presence.v1 import presence_pb2
from parley.tickets.v1 import directory_pb2
from servicekit.kafka_records import Received
from servicekit.kafka_topics import DIRECTORY, PRESENCE
from services.notify.domain.decision import PresenceFact
from services.notify.domain.session_alert import EngineerWithPresence
from services.notify.outbound.held_engineers import HeldEngineers
from tests.unit.notify.world import AVA, BO, DESK, SAM, START, World, card, engineer

ONLINE, AWAY = PresenceFact("online", 1, START), PresenceFact("away", 2, START)


@pytest.fixture
def world() -> World:
    return World()


async def test_held_engineers_are_alerted_before_the_store_is_read(world: World) -> None:  # spec 5.1
    world.engineers.in_memory = [EngineerWithPresence(AVA, ONLINE), EngineerWithPresence(SAM, ONLINE)]
    steps = list[str]()

    async def published() -> None:
        steps.extend(world.published())
        assert world.engineers.read == [], "the store is read after the alerts are published"

    world.alerting.published = published
    world.alerting.on_due = lambda due: steps.append("notify")
    await world.alerting.session_opened(card())

    assert steps[:3] == ["+s1:waiting:ava", "+s1:waiting:sam", "notify"]
    # Bo was not held.
    assert world.published() == ["+s1:waiting:bo"]


async def test_who_has_just_changed_loses_the_alert_when_the_store_is_read(world: World) -> None:  # spec 1.10, 5.1
    world.engineers.in_memory = [EngineerWithPresence(each, ONLINE) for each in (AVA, SAM, BO)]
    world.engineers.kept["ava"] = EngineerWithPresence(AVA, AWAY)
    world.engineers.kept["sam"] = EngineerWithPresence(replace(SAM, companies=frozenset({"globex"})), ONLINE)

    await world.alerting.session_opened(card())

    assert sorted(world.published()) == ["+s1:waiting:ava", "+s1:waiting:bo", "+s1:waiting:sam", "-s1:waiting:ava", "-s1:waiting:sam"]
    assert await world.alerts(AVA) == await world.alerts(SAM) == []
    await world.fire_due()
    assert [delivery.person_id for delivery in world.deliveries.kept.values()] == ["bo"]


async def test_a_repeated_record_does_not_alert_held_engineers_again(world: World) -> None:  # spec 5.4
    world.engineers.in_memory = [EngineerWithPresence(AVA, ONLINE)]
    await world.alerting.session_opened(card())
    assert len(world.published()) == 3

    await world.alerting.session_opened(card())
    assert world.published() == []


def presence_record(person_id: str, revision: int) -> Received:
    changed = presence_pb2.PersonPresence(desk_id=DESK, person_id=person_id, presence=presence_pb2.PRESENCE_AWAY, revision=revision)
    value = presence_pb2.PresenceChanged(presence=changed).SerializeToString()
    return Received(PRESENCE.name, 0, 0, person_id, value, {"desk": DESK, "people": person_id, "kind": "presence_changed"})


def person_record(person_id: str, revision: int) -> Received:
    entry = directory_pb2.DirectoryEntry(revision=revision, person=directory_pb2.DirectoryPerson(id=person_id))
    return Received(DIRECTORY.name, 0, 0, f"person:{person_id}", entry.SerializeToString(), {"desk": DESK, "kind": "person"})


def ids(held: HeldEngineers, company_id: str = "acme") -> list[str] | None:
    found = held.of(card(company_id=company_id))
    return None if found is None else [each.engineer.id for each in found]


@pytest.fixture
def held() -> HeldEngineers:
    held = HeldEngineers(lambda: True)
    held.read(card(), [EngineerWithPresence(each, ONLINE) for each in (AVA, BO)])
    return held


def test_only_online_engineers_with_access_to_the_company_are_held(held: HeldEngineers) -> None:  # spec 5.1, 2.10
    held.read(card(), [EngineerWithPresence(AVA, ONLINE), EngineerWithPresence(BO, ONLINE), EngineerWithPresence(SAM, AWAY, True)])
    assert (ids(held), ids(held, "globex")) == (["ava", "bo"], ["ava"])
    assert held.of(card(desk_id="quay")) is None


def test_a_record_of_a_change_removes_an_engineer_until_the_store_has_it(held: HeldEngineers) -> None:  # spec 1.10, 10.10
    for record in (presence_record("ava", 2), person_record("bo", 2)):
        held.consume(record)
    assert ids(held) is None

    # The store does not have the changes yet, then it has.
    held.read(card(), [EngineerWithPresence(AVA, ONLINE), EngineerWithPresence(BO, ONLINE)])
    assert ids(held) is None
    newer = [EngineerWithPresence(AVA, replace(ONLINE, revision=3)), EngineerWithPresence(replace(BO, revision=2), ONLINE)]
    held.read(card(), newer)
    assert ids(held) == ["ava", "bo"]


def test_a_record_of_what_is_held_removes_nobody(held: HeldEngineers) -> None:
    for record in (presence_record("ava", 1), person_record("bo", 1), presence_record("sam", 9)):
        held.consume(record)
    assert ids(held) == ["ava", "bo"]


def test_who_is_not_read_again_is_forgotten(held: HeldEngineers) -> None:  # spec 1.10
    held.read(card(company_id="globex"), [])
    assert ids(held) == ["bo"], "the read did not concern Bo"
    held.read(card(), [])
    assert ids(held) is None


def test_nobody_is_held_while_records_may_be_missed(held: HeldEngineers) -> None:  # spec 1.10
    held.subscribed = lambda: False
    assert ids(held) is None
    held.clear()
    held.read(card(), [EngineerWithPresence(AVA, ONLINE)])
    held.subscribed = lambda: True
    assert ids(held) is None


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notify.outbound.held_engineers.MAX_HELD", 2)
    monkeypatch.setattr("services.notify.outbound.held_engineers.MAX_RECORDS", 2)
    held = HeldEngineers(lambda: True)
    later = PresenceFact("online", 1, START + timedelta(seconds=1))
    held.read(card(), [EngineerWithPresence(engineer(f"e{number}"), later) for number in range(5)])
    assert ids(held) == ["e0", "e1"]
    for number in range(5):
        held.consume(presence_record(f"p{number}", 1))
    assert len(held._latest) == 2
