"""The chats that wait for their files on their tickets are counted over all their tries (spec 10.9, 13.5)."""

from datetime import datetime, timedelta

from pytest import MonkeyPatch, fixture

from servicekit.metrics import Metrics
from services.tickets.handlers import waiting_chats
from services.tickets.handlers.waiting_chats import KEPT_FOR, WaitingChats
from tests.fakes.clock import TurnedClock


class Counted:
    def __init__(self) -> None:
        self.clock, self.metrics = TurnedClock(), Metrics("tickets")
        self.chats = WaitingChats(self.clock, self.metrics)

    def ago(self, minutes: int) -> datetime:
        return self.clock.now() - timedelta(minutes=minutes)

    def now(self) -> list[float | None]:
        """The age of the oldest in minutes, and how many there are."""
        value = self.metrics.registry.get_sample_value
        return [(value("parley_tickets_chat_files_oldest_seconds") or 0) / 60, value("parley_tickets_chat_files_waiting")]


@fixture
def counted() -> Counted:
    return Counted()


async def test_a_chat_waits_from_its_end_until_its_log_is_attached(counted: Counted) -> None:  # spec 10.9, 13.5
    assert counted.now() == [0, 0]
    counted.chats.begun("s1", counted.ago(minutes=3))
    counted.chats.begun("s2", None)
    assert counted.now() == [3, 2]

    counted.chats.failed("s1")
    await counted.clock.advance(minutes=10)
    # chat repeats its wish.
    counted.chats.begun("s1", counted.ago(minutes=13))
    await counted.clock.advance(minutes=20)
    assert counted.now() == [33, 2]

    counted.chats.attached("s1")
    assert counted.now() == [30, 1]
    counted.chats.attached("s2")
    assert counted.now() == [0, 0]


async def test_a_chat_that_another_replica_is_asked_for_is_forgotten(counted: Counted) -> None:  # spec 10.9
    counted.chats.begun("s1", None)
    counted.chats.failed("s1")
    await counted.clock.advance(seconds=KEPT_FOR.total_seconds())
    assert counted.now()[1] == 1
    await counted.clock.advance(seconds=1)
    assert counted.now() == [0, 0]


async def test_of_too_many_chats_the_first_are_counted(counted: Counted, monkeypatch: MonkeyPatch) -> None:  # spec 10.9
    monkeypatch.setattr(waiting_chats, "MOST", 1)
    counted.chats.begun("s1", counted.ago(minutes=9))
    counted.chats.begun("s2", counted.ago(minutes=8))
    counted.chats.failed("s2")
    counted.chats.begun("s1", counted.ago(minutes=9))
    assert counted.now() == [9, 1]
