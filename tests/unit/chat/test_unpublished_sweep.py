"""The sweep's gauge of unpublished entries, on which an alert depends."""

from servicekit.metrics import Metrics
from services.chat.outbound.mongo_unpublished import Sweep, Unpublished


class Marks:
    """The marked entries of the log; a test replaces them."""

    def __init__(self) -> None:
        self.marked: list[Unpublished] = []

    async def some_unpublished(self, limit: int, after_id: str = "") -> list[Unpublished]:
        return self.marked


def entry(number: int) -> Unpublished:
    return Unpublished("harbour", f"s{number}", 1)


async def test_entries_on_their_way_are_not_counted_as_unpublished_and_those_that_stay_are() -> None:  # spec 12.3
    marks, metrics = Marks(), Metrics("test")
    sweep = Sweep(marks, metrics)  # type: ignore[arg-type]
    counts = []
    for marked in ([1, 2], [3, 4], [4, 5], [4, 5], []):
        marks.marked = [entry(number) for number in marked]
        await sweep.left_behind(lambda session_id: False)
        counts.append(metrics.registry.get_sample_value("parley_test_unpublished_entries"))
    assert counts == [0, 0, 1, 2, 0]
