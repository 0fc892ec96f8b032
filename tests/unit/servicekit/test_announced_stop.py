"""A service announces that it stops before it stops."""

import asyncio

from servicekit.app import App
from servicekit.metrics import Metrics
from tests.fakes.waiting import until


class Server:
    """A part that serves until it is stopped, and keeps what health it was shown."""

    waits_for, ready = "", True

    def __init__(self) -> None:
        self.healthy, self.serving = False, False

    async def start(self) -> None:
        self.serving = True

    async def stop(self) -> None:
        self.serving = False

    async def show_health(self, healthy: bool) -> None:
        self.healthy = healthy


async def test_a_service_that_announces_its_stop_is_unhealthy_and_not_ready_but_serves_on() -> None:  # spec 12.1
    server = Server()
    app = App("test", parts=[server], metrics=Metrics("test"), metrics_address="127.0.0.1:0")
    async with app:
        await until(lambda: server.healthy)
        assert app.metrics.registry.get_sample_value("parley_test_ready") == 1
        announcing = asyncio.create_task(app.announce_stop(60))
        await until(lambda: not server.healthy)
        assert (app.not_ready(), server.serving) == (["stopping"], True)
        assert app.metrics.registry.get_sample_value("parley_test_ready") == 0
        announcing.cancel()
    assert not server.serving
