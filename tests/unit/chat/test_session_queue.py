"""The session queue alternates between people (spec 10.4): many commands of one person do not delay others, and order is kept."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from services.chat.domain.people import Person, Side
from services.chat.handlers.session_command import QueuedCommand, ignore_outcome
from services.chat.handlers.session_queue import MAX_PER_PERSON, MAX_WAITING, Turns

SIDES = {"m": Side.CUSTOMER, "l": Side.CUSTOMER, "a": Side.ENGINEER, "s": Side.ENGINEER}


def command(person: str, kind: str, number: int = 0) -> QueuedCommand:
    by = Person(person, person, SIDES.get(person[:1], Side.NONE))
    return QueuedCommand("desk", "session", f"{person}{kind}{number}", kind, "", lambda session, now: [], on_outcome=ignore_outcome, by=by)


def taken(turns: Turns) -> list[str]:
    return [turns.next().command_id for _ in range(len(turns))]


def filled(*commands: QueuedCommand) -> Turns:
    turns = Turns()
    assert all(turns.add(each) for each in commands)
    return turns


def test_the_queue_alternates_between_people() -> None:
    turns = filled(*(command("mia", "post", n) for n in range(3)), *(command("leo", "post", n) for n in range(2)), command("ava", "post"))
    assert taken(turns) == ["miapost0", "leopost0", "avapost0", "miapost1", "leopost1", "miapost2"]


def test_an_engineers_step_and_a_deadline_overtake_posts_of_others_only() -> None:
    posts = [command("mia", "post", n) for n in range(50)]
    turns = filled(*posts, command("ava", "post"), command("ava", "complete"), command("sam", "leave"), command("", "no_answer"))
    assert [turns.next().command_id for _ in range(5)] == ["samleave0", "no_answer0", "miapost0", "avapost0", "avacomplete0"]


def test_a_customers_step_waits_for_its_turn() -> None:
    turns = filled(*(command("mia", "post", n) for n in range(50)), command("leo", "leave"))
    assert taken(turns)[:3] == ["miapost0", "leoleave0", "miapost1"]


def test_a_command_that_is_decided_again_goes_first() -> None:
    turns = filled(command("mia", "post", 0), command("mia", "post", 1))
    first = turns.next()
    assert turns.add(command("ava", "complete"))
    turns.put_back(first)
    assert taken(turns) == ["miapost0", "avacomplete0", "miapost1"]


def test_waiting_commands_are_bounded_per_person_and_in_total() -> None:
    turns = filled(*(command("mia", "post", n) for n in range(MAX_PER_PERSON)))
    assert not turns.add(command("mia", "post", 999))
    assert turns.add(command("ava", "complete"))
    assert turns.next().command_id == "avacomplete0"
    for n in range(MAX_WAITING):
        turns.add(command(f"l{n}", "post"))
    assert len(turns) == MAX_WAITING
    # A command that was in progress is never refused because the queue is full.
    turns.put_back(command("mia", "post", 1000))
    assert turns.next().command_id == "miapost1000"


@given(st.lists(st.tuples(st.sampled_from(["mia", "leo", "ava", "sam", ""]), st.sampled_from(["post", "leave", "complete"]) | st.none())))
def test_commands_of_a_person_keep_their_order_and_none_is_lost(steps: list[tuple[str, str | None]]) -> None:  # spec 3.6
    turns, put, got = Turns(), defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)

    def take() -> None:
        command = turns.next()
        got[command.by.id].append(command.command_id)

    for number, (person, kind) in enumerate(steps):
        if kind is not None:
            assert turns.add(command(person, kind, number))
            put[person].append(f"{person}{kind}{number}")
        elif turns:
            take()
    while turns:
        take()
    assert got == {person: ids for person, ids in put.items() if ids}
