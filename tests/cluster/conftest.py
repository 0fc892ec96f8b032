"""Parley on a Kubernetes node, once for all tests, which run in the order of their files. `make test-cluster` starts the node."""

import asyncio
import os
from collections.abc import AsyncIterator

import grpc
import pytest

from tests.cluster import deployed, ingress
from tests.cluster.deployed import Directory
from tests.cluster.talks import Talks


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sockets", type=int, default=200, help="open sockets during the rolling upgrade")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first tests install what the later ones use."""
    if "PARLEY_TEST_NODE" not in os.environ:
        for item in items:
            if item.path.parent.name == "cluster":
                item.add_marker(pytest.mark.skip(reason="`make test-cluster` starts the node that this test needs"))


@pytest.fixture(scope="session")
def parley() -> Directory:
    """Installed and ready, with an account that may add people. A node that `--shell` keeps has it from an earlier run."""
    if not deployed.is_installed():
        deployed.start_engines()
        ingress.define()
        deployed.install()
    return Directory()


@pytest.fixture(scope="session")
def people(parley: Directory) -> Directory:
    """The account is accepted, and the demo desk's people are there."""
    asyncio.run(_accepted(parley))
    return parley


async def _accepted(people: Directory) -> None:
    """Fills the demo desk as soon as tickets accepts the new account."""
    async with asyncio.timeout(240):
        while True:
            try:
                await people.fill_demo_desk()
                return
            except grpc.aio.AioRpcError as error:
                if error.code() != grpc.StatusCode.UNAUTHENTICATED:
                    raise
            await asyncio.sleep(1)


@pytest.fixture
async def talks(people: Directory) -> AsyncIterator[Talks]:
    """Customers and engineers who write to each other until the test ends; then nothing may be lost, doubled or out of order."""
    async with Talks(people) as talks:
        yield talks
        await talks.check()
