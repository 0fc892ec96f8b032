"""Replicas of chat come and go while the gateway runs."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import grpc
import pytest

from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.identity import TokenSigner
from servicekit.metrics import Metrics
from services.gateway.outbound.chat_replicas import ChatReplicas
from services.gateway.outbound.grpc_service import PersonTokens
from services.gateway.outbound.post_sender import PostSender
from stack.keys import key_of

SESSIONS = [f"session-{number}" for number in range(300)]


class Names:
    """A resolver: host -> its addresses; a host without any is not found."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        if host not in self.addresses:
            raise OSError("not found")
        return self.addresses[host]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def replicas(names: Names, tmp_path: Path) -> AsyncIterator[ChatReplicas]:
    """Nothing listens at the addresses, so a session's replica is the first one by hashing."""
    metrics, clock = Metrics("gateway"), SystemClock()
    posts = PostSender(PersonTokens(TokenSigner(key_of(tmp_path, "gateway"), clock), clock), metrics)
    made = ChatReplicas(
        ["chat:7102"], lambda address, name: grpc.aio.insecure_channel(address), posts, metrics, every=0.01, resolve=names.resolve
    )
    yield made
    await posts.stop()
    await made.stop()


def homes(replicas: ChatReplicas) -> dict[str, str]:
    return {session: replicas._posts.routes.of(session) for session in SESSIONS}


async def test_a_new_replica_gets_its_share_of_the_sessions_and_no_other_session_moves(
    replicas: ChatReplicas, names: Names
) -> None:  # spec 12.1
    names.addresses["chat"] = ["10.0.0.1", "10.0.0.2"]
    await replicas.look_up()
    before = homes(replicas)
    assert replicas.ready and set(before.values()) == {"10.0.0.1:7102", "10.0.0.2:7102"}

    names.addresses["chat"].append("10.0.0.3")
    await replicas.look_up()

    moved = {session: replica for session, replica in homes(replicas).items() if replica != before[session]}
    assert set(moved.values()) == {"10.0.0.3:7102"}
    assert 60 < len(moved) < 140


async def test_a_replica_that_is_gone_keeps_only_the_sessions_with_unanswered_commands(replicas: ChatReplicas, names: Names) -> None:
    names.addresses["chat"] = ["10.0.0.1", "10.0.0.2"]
    await replicas.look_up()
    routes = replicas._posts.routes
    here = next(session for session, replica in homes(replicas).items() if replica == "10.0.0.2:7102")
    routes.take(here)

    names.addresses["chat"] = ["10.0.0.1"]
    await replicas.look_up()
    assert {replica for session, replica in homes(replicas).items() if session != here} == {"10.0.0.1:7102"}
    assert routes.of(here) == "10.0.0.2:7102" and replicas.stub("10.0.0.2:7102")

    routes.release(here)
    await replicas.look_up()
    assert routes.of(here) == "10.0.0.1:7102"
    with pytest.raises(KeyError):
        replicas.stub("10.0.0.2:7102")


async def test_the_last_addresses_stay_while_the_name_is_not_found(replicas: ChatReplicas, names: Names) -> None:
    await replicas.look_up()
    assert not replicas.ready
    with pytest.raises(Unavailable):
        replicas._posts.routes.of("session-1")

    names.addresses["chat"] = ["fd00::1"]
    await replicas.look_up()
    del names.addresses["chat"]
    await replicas.look_up()

    assert replicas.ready and set(homes(replicas).values()) == {"[fd00::1]:7102"}
