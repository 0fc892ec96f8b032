"""The batched stream to chat: posts arrive in order and once, and none is lost when a stream breaks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parley.chat.v1.chat_pb2 import CompleteSessionRequest, Refusal
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub, add_ChatServiceServicer_to_server
from servicekit.clock import SystemClock
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from services.gateway.outbound.grpc_service import PersonTokens
from services.gateway.outbound.post_sender import PostSender
from services.gateway.outbound.replica_routes import GrpcServiceBySession, ranked
from services.gateway.ports import Post
from stack.keys import key_of
from stack.ports import free_port
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.fake_chat import FakeChat
from tests.fakes.clock import TurnedClock

MIA = Caller(kind="customer", id="mia", name="Mia", desk_id="d", company_id="acme")
AVA = Caller(kind="engineer", id="ava", name="Ava", desk_id="d")


class Replica:
    """One replica of chat; `log` may be shared, as the store is."""

    def __init__(self, keys: Path, log: dict[str, list[tuple[str, str]]], port: int = 0) -> None:
        self.chat: Any = FakeChat()  # type: ignore[abstract]
        self.chat.log = log
        self.address = f"127.0.0.1:{port or free_port()}"
        self._keys = keys
        self._server: GrpcServer | None = None

    async def start(self) -> None:
        def add(server: Any) -> None:
            add_ChatServiceServicer_to_server(self.chat, server)

        self._server = GrpcServer(self.address, TokenVerifier(self._keys, SystemClock()), Metrics("chat"), services=[("chat", add)])
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None and self._server._server is not None:
            await self._server._server.stop(0)


class Sender:
    def __init__(self, posts: PostSender, metrics: Metrics) -> None:
        self._posts, self.metrics = posts, metrics
        self.routes, self.streams, self.renew = posts.routes, posts._streams, posts.renew
        self.answers: dict[str, tuple[int, Refusal | None]] = {}

    def post(self, session_id: str, command_id: str, text: str = "words", before: str = "", by: Caller = MIA) -> None:
        def answered(revision: int, refusal: Refusal | None) -> None:
            assert command_id not in self.answers, "answered twice"
            self.answers[command_id] = (revision, refusal)

        self._posts.send(Post(by, session_id, command_id, before, text, ""), answered)

    def counted(self) -> list[float | None]:
        """Posts that are unsent and unanswered, by the metrics."""
        return [self.metrics.registry.get_sample_value(f"parley_gateway_posts_{which}") for which in ("unsent", "unanswered")]

    async def all_answered(self, count: int) -> None:
        await until(lambda: len(self.answers) == count)


@pytest.fixture
def log() -> dict[str, list[tuple[str, str]]]:
    return {}


@pytest.fixture
async def replicas(keys: Path, log: dict[str, list[tuple[str, str]]]) -> AsyncIterator[list[Replica]]:
    both = [Replica(keys, log), Replica(keys, log)]
    for replica in both:
        await replica.start()
    yield both
    for replica in both:
        await replica.stop()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(SystemClock().now())


@pytest.fixture
async def sender(keys: Path, replicas: list[Replica], clock: TurnedClock) -> AsyncIterator[Sender]:
    signer = TokenSigner(key_of(keys, "gateway"), clock)
    metrics = Metrics("gateway")
    channels = {replica.address: channel(replica.address, signer, metrics) for replica in replicas}
    posts = PostSender(PersonTokens(signer, clock), metrics, deadline=1.0)
    for address, each in channels.items():
        await posts.add(address, each)
    posts.routes.use(list(channels))
    await posts.start()
    await until(lambda: all(stream.up for stream in posts._streams.values()))
    yield Sender(posts, metrics)
    await posts.stop()
    for each in channels.values():
        await each.close()


def home(session_id: str, replicas: list[Replica]) -> Replica:
    best = ranked(session_id, [replica.address for replica in replicas])[0]
    return next(replica for replica in replicas if replica.address == best)


async def test_posts_of_one_loop_iteration_share_a_batch_and_keep_their_order(
    sender: Sender, replicas: list[Replica], log: Any
) -> None:  # spec 3.6
    for n in range(300):
        sender.post("s", f"c{n:03}", f"text {n}", before=f"c{n - 1:03}" if n else "")
    assert sender.counted() == [300, 300]
    await sender.all_answered(300)

    assert sender.counted() == [0, 0]
    assert log["s"] == [(f"c{n:03}", f"text {n}") for n in range(300)]
    assert [sender.answers[f"c{n:03}"][0] for n in range(300)] == list(range(1, 301))
    assert len(home("s", replicas).chat.batches) <= 3


async def test_posts_of_a_session_go_to_the_replica_that_every_gateway_chooses(sender: Sender, replicas: list[Replica]) -> None:
    sessions = [f"s{n}" for n in range(20)]
    for session in sessions:
        sender.post(session, f"c-{session}")
    await sender.all_answered(20)
    for replica in replicas:
        assert sum(replica.chat.batches) == sum(home(session, replicas) is replica for session in sessions)


async def test_a_refusal_is_returned_with_all_fields_and_the_next_post_is_accepted(sender: Sender) -> None:
    sender.post("s", "bad", "refuse me")
    sender.post("s", "good")
    await sender.all_answered(2)
    refusal = sender.answers["bad"][1]
    assert refusal is not None
    assert (refusal.kind, refusal.code, refusal.field, dict(refusal.details)) == ("invalid_argument", "bad_text", "text", {"most": "4000"})
    assert sender.answers["good"] == (1, None)


@pytest.mark.parametrize("taken", [1, 7, 20])
async def test_unanswered_posts_of_a_broken_stream_are_sent_again_with_the_same_ids(
    sender: Sender, replicas: list[Replica], log: Any, taken: int
) -> None:  # spec 3.8
    home("s", replicas).chat.cut_after = taken
    for n in range(20):
        sender.post("s", f"c{n:02}", before=f"c{n - 1:02}" if n else "")
        await asyncio.sleep(0)
    await sender.all_answered(20)
    assert [command for command, _ in log["s"]] == [f"c{n:02}" for n in range(20)]
    assert [answer for answer in sender.answers.values() if answer[1] is not None] == []


async def test_another_replica_takes_over_in_order_when_one_stops(sender: Sender, replicas: list[Replica], log: Any) -> None:  # spec 3.8
    first = home("s", replicas)
    first.chat.answers = False
    for n in range(10):
        sender.post("s", f"c{n}", before=f"c{n - 1}" if n else "")
    await until(lambda: len(log.get("s", ())) == 10)
    await first.stop()
    sender.post("s", "c10", before="c9")
    await sender.all_answered(11)
    assert [command for command, _ in log["s"]] == [f"c{n}" for n in range(11)]
    assert sender.answers["c10"] == (11, None)


async def test_an_end_uses_the_replica_of_the_messages_before_it(
    keys: Path, sender: Sender, replicas: list[Replica], clock: TurnedClock, log: Any
) -> None:  # spec 3.6, 4.2
    signer, metrics = TokenSigner(key_of(keys, "gateway"), clock), Metrics("gateway")
    channels = {replica.address: channel(replica.address, signer, metrics) for replica in replicas}
    stubs = {address: ChatServiceStub(each) for address, each in channels.items()}
    service = GrpcServiceBySession(
        ChatServiceStub, channels[replicas[0].address], PersonTokens(signer, clock), stubs.__getitem__, sender.routes
    )
    # All gateways choose the first replica for this session. It was down at the time of the post, so the second has the unanswered post.
    first = home("s", replicas)
    [second] = [replica for replica in replicas if replica is not first]
    second.chat.answers = False
    streams = sender.streams
    streams[first.address].up = False
    sender.post("s", "last words")
    await until(lambda: bool(log.get("s")))
    streams[first.address].up = True

    await service.call("CompleteSession", CompleteSessionRequest(session_id="s", command_id="end"), AVA)

    assert [method for method, _, _ in second.chat.calls] == ["CompleteSession"]
    assert first.chat.calls == []
    for each in channels.values():
        await each.close()


async def test_a_waiting_post_is_sent_with_the_current_access_or_not_at_all(
    keys: Path, sender: Sender, replicas: list[Replica], log: Any
) -> None:  # spec 10.10
    globex = replace(AVA, companies=frozenset({"globex"}))
    sender.post("s", "ava", by=AVA)
    sender.post("s", "mia", by=MIA)
    sender.renew(lambda by: globex if by == AVA else None)
    assert sender.answers["mia"][1] is not None and sender.answers["mia"][1].kind == "unauthenticated"
    await sender.all_answered(2)
    tokens = home("s", replicas).chat.tokens
    assert [TokenVerifier(keys, SystemClock()).verify(token).companies for token in tokens] == [frozenset({"globex"})]
    assert [command for command, _ in log["s"]] == ["ava"]


async def test_a_post_whose_sender_lost_access_is_not_sent_again(sender: Sender, replicas: list[Replica]) -> None:  # spec 3.8, 10.10
    first = home("s", replicas)
    [second] = [replica for replica in replicas if replica is not first]
    first.chat.answers = False
    sender.post("s", "mia", by=MIA)
    sender.post("s", "ava", by=AVA)
    await first.chat.taken.wait()
    sender.renew(lambda by: None if by == MIA else by)
    assert sender.answers == {}
    await first.stop()
    await sender.all_answered(2)
    assert sender.answers["mia"][1] is not None and sender.answers["mia"][1].code == "not_signed_in"
    assert sum(second.chat.batches) == 1
    # Its session holds no replica any more.
    sender.post("s", "later", by=AVA)
    await sender.all_answered(3)


async def test_a_post_without_a_result_is_refused_as_retriable(sender: Sender, replicas: list[Replica], log: Any) -> None:
    for replica in replicas:
        replica.chat.answers = False
    sender.post("s", "c1")
    await sender.all_answered(1)
    refusal = sender.answers["c1"][1]
    assert refusal is not None and refusal.kind == "unavailable"

    for replica in replicas:
        replica.chat.answers = True
    del sender.answers["c1"]
    sender.post("s", "c1")
    await sender.all_answered(1)
    assert sender.answers["c1"] == (1, None)
    assert len(log["s"]) == 1


async def test_posts_wait_while_chat_is_down(keys: Path, sender: Sender, replicas: list[Replica]) -> None:
    for replica in replicas:
        await replica.stop()
    sender.post("s", "c1")
    returned = Replica(keys, replicas[0].chat.log, int(home("s", replicas).address.rpartition(":")[2]))
    await returned.start()
    await sender.all_answered(1)
    await returned.stop()
    # The back-off decides whether it succeeds in time. In both cases there is exactly one result.
    revision, refusal = sender.answers["c1"]
    assert revision == 1 or (refusal is not None and refusal.kind == "unavailable")


async def test_a_token_is_introduced_once_for_many_posts_and_again_when_it_is_renewed(
    keys: Path, sender: Sender, replicas: list[Replica], clock: TurnedClock
) -> None:  # spec 10.3
    chat = home("s", replicas).chat
    for n in range(5):
        sender.post("s", f"m{n}", by=MIA)
        sender.post("s", f"a{n}", by=AVA)
        await sender.all_answered(2 * n + 2)
    verifier = TokenVerifier(keys, SystemClock())
    assert sorted(verifier.verify(token).id for token in chat.tokens) == ["ava", "mia"]

    await clock.advance(50)
    sender.post("s", "later", by=MIA)
    await sender.all_answered(11)
    assert len(chat.tokens) == 3
    assert len(set(chat.tokens)) == 3
