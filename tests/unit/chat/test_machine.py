"""A state machine test of chat: random commands with races, clock jumps and crashes, compared with model.py (see machine.py)."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from servicekit.errors import Unavailable
from tests.fakes.clock import TurnedClock
from tests.unit.chat.machine import World
from tests.unit.chat.machine_commands import Asked
from tests.unit.chat.machine_connection import FakeStores, NoWaitLoop

# `make test` runs 80 examples and does not shrink a failure; the profile "long" runs its own number of examples and shrinks.
LONG = settings().max_examples > 80
SEQUENCES = settings(
    max_examples=settings().max_examples if LONG else 80,
    stateful_step_count=30,
    phases=list(Phase) if LONG else [Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# The index of the command, whether the model must accept it, and the replica.
ASKED = st.tuples(st.integers(0, 400), st.integers(0, 3).map(bool), st.integers(0, 1))
Drawn = tuple[int, bool, int]
FUSES = st.integers(0, 60)
SPANS = st.sampled_from([1, 31, 41, 119, 121, 301, 3601])


class Sequences(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop, self.stores = self.begin()
        self.world = World(self.stores, TurnedClock())

    def begin(self) -> tuple[asyncio.AbstractEventLoop, Any]:
        """Returns the event loop and the stores of this run."""
        return NoWaitLoop(), FakeStores()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def asked(self, drawn: list[Drawn]) -> list[Asked]:
        book, facts = self.world.book, self.world.facts
        asked = [replace(book.choose(number, sensible, facts), replica=replica) for number, sensible, replica in drawn]
        note(f"# asked: {asked}")
        return asked

    @rule(asked=ASKED)
    def a_command_is_sent(self, asked: Drawn) -> None:
        self.run(self.world.step(self.asked([asked])))

    @rule(asked=st.lists(ASKED, min_size=2, max_size=4), fuse=FUSES)
    def several_commands_are_sent_at_once_and_a_replica_may_crash(self, asked: list[Drawn], fuse: int) -> None:
        self.run(self.world.step(self.asked(asked), fuse=fuse))

    @rule(who=st.sampled_from(["mia", "zoe"]), act=st.sampled_from(["request", "callback"]), fuse=st.integers(0, 15))
    def one_person_sends_the_same_command_from_three_tabs(self, who: str, act: str, fuse: int) -> None:
        tabs = [Asked(who, act if replica else "request", replica=replica) for replica in (0, 1, 0)]
        self.run(self.world.step(tabs, fuse=fuse))

    @rule(seconds=SPANS, asked=st.lists(ASKED, max_size=2), fuse=FUSES)
    def time_passes_and_both_replicas_fire_deadlines(self, seconds: int, asked: list[Drawn], fuse: int) -> None:
        self.run(self.world.step(self.asked(asked), seconds, firing=2, fuse=fuse))

    @rule(asked=ASKED, written=st.booleans())
    def the_store_returns_an_error_for_a_command(self, asked: Drawn, written: bool) -> None:
        self.stores.hiccup(Unavailable("The store is away."), written)
        self.run(self.world.step(self.asked([asked])))
        self.stores.end_hiccups()

    @rule(who=st.sampled_from(["mia", "zoe", "ava", "sam"]), state=st.sampled_from(["online", "away", "offline"]))
    def a_person_changes_presence(self, who: str, state: str) -> None:
        self.world.is_now(who, state)

    @rule(seconds=SPANS, side=st.sampled_from([("ava", "sam", "bo"), ("mia", "leo", "zoe")]))
    def one_side_goes_offline(self, seconds: int, side: tuple[str, ...]) -> None:
        for who in side:
            self.world.is_now(who, "offline")
        self.run(self.world.step([], seconds, firing=1))

    @rule(word=st.sampled_from(["single", "always", "shut", "refuse"]))
    def the_desk_changes_a_setting(self, word: str) -> None:
        self.run(self.world.set(word))

    @precondition(lambda self: self.world.book.first)
    @rule(which=st.integers(0, 20), replica=st.integers(0, 1))
    def a_repeated_command_has_its_first_result(self, which: int, replica: int) -> None:
        asked, first = self.world.book.first[-1 - which % len(self.world.book.first)]
        (repeated,) = self.run(self.world.step([replace(asked, replica=replica)]))
        assert repeated == first

    @precondition(lambda self: self.world.book.first)
    @rule(which=st.integers(0, 20))
    def a_reused_command_id_is_refused(self, which: int) -> None:
        asked, first = self.world.book.first[-1 - which % len(self.world.book.first)]
        other = Asked(asked.who, "leave" if asked.act == "post" else "post", id=asked.id, session_id=first.session_id)
        assert self.run(self.world.reply_to(other)).code == "command_id_reused"
        self.run(self.world.step())

    def teardown(self) -> None:
        self.run(self.end())
        self.loop.close()

    async def end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@pytest.mark.timeout(600 if not LONG else 7200)
def test_no_sequence_of_commands_races_and_crashes_breaks_a_rule() -> None:  # spec 2.3, 3.3, 3.5, 3.7, 3.8, 3.13, 4.2
    run_state_machine_as_test(Sequences, settings=SEQUENCES)
