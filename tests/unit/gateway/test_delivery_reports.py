"""Reports of pages about notifications, on their way to notify."""

import pytest

from parley.notify.v1 import delivery_pb2 as delivery
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from services.gateway.handlers.delivery_reports import MAX_WAITING, DeliveryReports
from services.gateway.ports import SignedIn
from tests.unit.gateway.facts import AVA
from tests.unit.gateway.fakes import FakeService, FakeSocket, until


class World:
    def __init__(self) -> None:
        self.notify, self.metrics = FakeService(ReportDelivery=delivery.ReportDeliveryResponse()), Metrics("gateway")
        self.reports = DeliveryReports(self.notify, self.metrics)
        self.socket = FakeSocket("secret")
        self.socket.identify(SignedIn(AVA, directory.SignIn()))

    def report(self, outcome: str, id: str = "d1", socket: FakeSocket | None = None) -> None:
        self.reports.report(socket or self.socket, delivery_id=id, outcome=f"DELIVERY_OUTCOME_{outcome}", reason="", place="page-1")

    def counted(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("parley_gateway_delivery_reports_total", {"outcome": outcome}) or 0

    @property
    def asked(self) -> list[str]:
        return [delivery.DeliveryOutcome.Name(request.outcome).removeprefix("DELIVERY_OUTCOME_") for _, request, _ in self.notify.asked]


@pytest.fixture
def world() -> World:
    return World()


async def test_reports_of_a_page_arrive_in_order_and_as_their_person(world: World) -> None:  # spec 5.9
    for outcome in ("RECEIVED", "SOUNDED", "SHOWN"):
        world.report(outcome)
    await until(lambda: world.counted("sent") == 3)

    assert world.asked == ["RECEIVED", "SOUNDED", "SHOWN"]
    assert {request.place for _, request, _ in world.notify.asked} == {"page-1"}
    assert {by for _, _, by in world.notify.asked} == {AVA}


async def test_a_failed_report_is_counted_and_the_next_one_is_sent(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.notify.down = Unavailable("notify is down")
    world.report("RECEIVED", id="what a page wrote")
    await until(lambda: world.counted("failed") == 1)
    logged = capsys.readouterr().out
    # The id comes from the page, so it may be any text.
    assert "delivery_not_reported" in logged and "what a page wrote" not in logged
    world.notify.down = None

    world.report("CLICKED")
    await until(lambda: world.counted("sent") == 1)


async def test_one_page_has_a_bounded_number_of_reports_and_delays_no_other(world: World) -> None:  # spec 10.9
    world.notify.hangs.set()
    for _ in range(MAX_WAITING + 5):
        world.report("RECEIVED")
    await until(lambda: len(world.notify.asked) == 1)
    other = FakeSocket("other")
    other.identify(SignedIn(AVA, directory.SignIn()))
    world.report("RECEIVED", "d2", other)
    await until(lambda: len(world.notify.asked) == 2)

    world.notify.hangs.clear()
    # The first report waited too until it was sent.
    await until(lambda: world.counted("sent") == MAX_WAITING + 1)
    assert world.counted("dropped") == 5


async def test_a_stop_ends_the_calls(world: World) -> None:
    world.notify.hangs.set()
    world.report("RECEIVED")
    await until(lambda: len(world.notify.asked) == 1)

    await world.reports.stop()

    world.notify.hangs.clear()
    world.report("CLICKED")
    await until(lambda: world.counted("sent") == 1)
