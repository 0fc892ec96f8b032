"""Upgrades while people chat: of everything under many open sockets, and of a version that does not start."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.cluster import deployed
from tests.cluster.deployed import SERVICES, Directory, Failed, helm, pods
from tests.cluster.sockets import connections, held
from tests.cluster.talks import ARRIVES_WITHIN, Talks

# Seconds; presence counts the connection of a page that a stopping gateway sends away for 40 s (PARLEY_PRESENCE_HANDOVER), and knows of its
# next one some seconds after the page. On a busy machine a page may take longer.
COMES_BACK_WITHIN = 30


@pytest.fixture
async def sockets(request: pytest.FixtureRequest, people: Directory) -> AsyncIterator[int]:
    """The number of open sockets."""
    count = int(request.config.getoption("--sockets"))
    async with held(count, people):
        yield count


@pytest.mark.timeout(900)
async def test_a_rolling_upgrade_of_everything_loses_doubles_and_reorders_nothing(
    talks: Talks, sockets: int, capsys: pytest.CaptureFixture[str]
) -> None:  # spec 1.6, 3.6, 3.7, 3.8, 12.1
    before = {pod["metadata"]["name"] for service in SERVICES for pod in pods(service)}
    assert await asyncio.to_thread(connections) >= sockets
    await asyncio.to_thread(helm, "upgrade", "--set=podAnnotations.upgraded=once", "--wait")
    await asyncio.to_thread(deployed.wait_ready)
    after = [pod for service in SERVICES for pod in pods(service)]
    assert len(after) == 2 * len(SERVICES)
    assert not before & {pod["metadata"]["name"] for pod in after}
    await asyncio.to_thread(deployed.until, lambda: connections() >= sockets, "all sockets are back")
    await talks.go_on()
    # Those who took longer to come back may have been shown as offline.
    wrongly = [page for page in talks.shown_offline() if max(page.absences, default=0) <= COMES_BACK_WITHIN]
    assert not wrongly, {page.person_id: (page.absences, page.close_codes) for page in wrongly}
    delays = talks.delays
    p99, longest = delays[len(delays) * 99 // 100], delays[-1]
    with capsys.disabled():
        print(f"\n{len(delays)} messages under {sockets} sockets while all was upgraded: p99 {p99:.2f} s, longest {longest:.2f} s")
    assert longest < ARRIVES_WITHIN


# A version whose image can't be had fails before any service changes, and one whose chat does not start fails with a new pod.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("change", ["image.tag=absent", "chat.settings.PARLEY_CHAT_PUSH_EXPIRES_AFTER=none"])
async def test_an_upgrade_that_fails_is_rolled_back_while_chats_go_on(talks: Talks, change: str) -> None:
    before = {pod["metadata"]["name"] for service in SERVICES for pod in pods(service)}
    with pytest.raises(Failed, match="rolled back"):
        await asyncio.to_thread(helm, "upgrade", f"--set={change}", "--rollback-on-failure", timeout="30s")
    await asyncio.to_thread(deployed.wait_ready)
    after = [pod for service in SERVICES for pod in pods(service)]
    assert {pod["metadata"]["name"] for pod in after} == before
    await talks.go_on()
