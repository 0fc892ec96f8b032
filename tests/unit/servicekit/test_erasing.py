"""A service's part in erasing people: steps, reports and crashes; and what counts as the person's name in a text."""

from dataclasses import replace

import pytest

from servicekit.erasing import Erasing, ErasureTask, Step
from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from servicekit.text import without_parts

MIA = ErasureTask("mia", "harbour", True, ("Mia Torres", "mia@acme.example", "+442079460101"))
LEO = replace(MIA, person_id="leo")


class Owner:
    """The tasks of one service in memory."""

    def __init__(self, *tasks: ErasureTask) -> None:
        self.tasks = {task.person_id: task for task in tasks}

    async def waiting(self) -> list[ErasureTask]:
        return list(self.tasks.values())

    async def report(self, person_id: str, step: Step) -> None:
        if step.after:
            self.tasks[person_id] = replace(self.tasks[person_id], after=step.after)
        else:
            del self.tasks[person_id]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mia Torres wrote", "Erased person wrote"),
        ("MIA TORRES, mia@acme.example", "Erased person, Erased person"),
        ("call +442079460101.", "call Erased person."),
        ("Mia", "Mia"),
        ("Mia Torresson", "Mia Torresson"),
        ("", ""),
    ],
)
def test_whole_names_are_taken_out_in_any_case(text: str, left: str) -> None:  # spec 10.6
    assert MIA.redact(text) == left
    assert MIA.redact(left) == left


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Mia Torres", "Hi mia, or MRS TORRES", "Hi Erased person, or MRS Erased person"),
        ("Mia Torres", "Miami, Torreses and mia@acme.example", "Miami, Torreses and Erased person"),
        ("Will", "I will ask Will's boss", "I Erased person ask Erased person's boss"),
        ("Ludwig van Beethoven", "A van of Ludwig", "A van of Erased person"),
        ("J. Smith", "J. is here", "J. is here"),
        ("Prof. Dr. Mia Torres", "Dr. Lund, ask Mia", "Dr. Lund, ask Erased person"),
        ("Mia Torres, Ph.D.", "Mrs Torres has a Ph.D.", "Mrs Erased person has a Ph.D."),
        ("Mia Torres III", "Torres III", "Erased person III"),
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} Berg", "Ask Zoe\N{COMBINING DIAERESIS}.", "Ask Erased person."),
        ("Zoe\N{COMBINING DIAERESIS} Berg", "Ask Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}.", "Ask Erased person."),
    ],
)
def test_where_the_person_took_part_first_and_last_names_go_too(name: str, text: str, left: str) -> None:  # spec 10.6
    task = replace(MIA, texts=(name, *MIA.texts[1:]))
    assert task.redact(text, took_part=True) == left
    assert task.redact(left, took_part=True) == left


@pytest.mark.parametrize("name", ["Person", "erased", "Erased person", "Person Erased", "Erased Person Smith"])
def test_a_name_that_is_like_what_stays_is_taken_out_once(name: str) -> None:  # spec 10.6
    left = without_parts(f"I am {name}, the person", [name])
    assert without_parts(left, [name]) == left
    assert without_parts("Erased person wrote", [name]) == "Erased person wrote"


@pytest.mark.parametrize(("text", "left"), [("Will", "Erased person"), ("I will call +44 20", "I will call Erased person")])
def test_a_name_of_one_word_is_not_taken_out_of_sentences(text: str, left: str) -> None:  # spec 10.6
    will = replace(MIA, texts=("Will", "+44 20"))
    assert will.redact(text) == left
    assert will.may_name("Will: hello") and not will.may_name("Willow: hello")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("mia", True),
        ("Mia Torres", True),
        ('{"id":"mia"}', True),
        ("miami", False),
        ([{"a": ("x", "mia")}], True),
        ({"mia": 1}, True),
        (7, False),
    ],
)
def test_the_person_is_found_in_a_document(value: object, found: bool) -> None:  # spec 10.6
    assert MIA.is_in(value) is found
    assert MIA.has_id(value) is (found and value != "Mia Torres")


async def test_each_step_continues_after_the_one_before_and_a_crash_repeats_what_was_not_reported() -> None:  # spec 10.6
    steps, owner = list[str](), Owner(MIA)
    following = {"": "a", "a": "b", "b": ""}

    async def erase(task: ErasureTask) -> Step:
        steps.append(task.after)
        if steps == ["", "a"]:
            raise ConnectionError("crashed")
        return Step(1, following[task.after])

    with pytest.raises(ConnectionError):
        await Erasing(owner, erase, Metrics("test")).once()
    await Erasing(owner, erase, Metrics("test")).once()

    assert (steps, owner.tasks) == (["", "a", "a", "b"], {})


async def test_a_person_who_cannot_be_erased_stops_no_other() -> None:  # spec 10.6
    owner = Owner(MIA, LEO)

    async def erase(task: ErasureTask) -> Step:
        if task.person_id == "mia":
            raise ValueError("a defect")
        return Step(0, "")

    with pytest.raises(ValueError, match="a defect"):
        await Erasing(owner, erase, Metrics("test")).once()
    assert list(owner.tasks) == ["mia"]


async def test_a_step_that_cannot_end_is_logged_and_counted_and_others_are_erased(capsys: pytest.CaptureFixture[str]) -> None:  # spec 10.6
    owner, metrics, stuck = Owner(MIA, LEO), Metrics("test"), True

    async def erase(task: ErasureTask) -> Step:
        if task.person_id == "mia" and stuck:
            raise Unavailable("Kafka does not have the session s1.")
        return Step(0, "")

    erasing = Erasing(owner, erase, metrics)
    with pytest.raises(Unavailable):
        await erasing.once()
    assert list(owner.tasks) == ["mia"]
    logged = capsys.readouterr().out
    assert logged.count("erasure_step_failed") == 1 and "mia" in logged and "Kafka does not have the session s1." in logged
    assert b"parley_test_erasure_steps_failed_total 1.0" in metrics.page()

    stuck = False
    await erasing.once()
    assert owner.tasks == {}


async def test_the_first_step_waits_until_older_records_are_consumed() -> None:  # spec 10.6
    done = list[str]()
    owner, following = Owner(MIA, replace(LEO, after="a")), {"": "a", "a": ""}

    async def until_consumed() -> None:
        done.append("consumed")

    async def erase(task: ErasureTask) -> Step:
        done.append(f"{task.person_id}:{task.after}")
        return Step(1, following[task.after])

    await Erasing(owner, erase, Metrics("test"), until_consumed).once()

    assert done.count("consumed") == 1 and done.index("consumed") < done.index("mia:") < done.index("mia:a")
    assert "leo:a" in done and "leo:" not in done
