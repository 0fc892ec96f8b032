"""The batched stream of posts, over a real gRPC connection with real tokens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.errors import RemoteError
from servicekit.grpc_client import call, channel, stream
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from servicekit.moments import to_ms
from services.chat.domain.people import Side, Viewer
from services.chat.inbound import post_receiver
from services.chat.inbound.grpc_api import NAME, ChatApi
from stack.keys import key_of
from tests.fakes.chat.desk import AVA, MIA, ZOE, Desk
from tests.fakes.waiting import until


@dataclass
class Gateway:
    """A gateway that calls chat: `stub` for calls, `token(viewer)` for people, `send` for batches over one stream."""

    desk: Desk
    stub: Any  # the generated types know only the blocking kind of stream
    signer: TokenSigner
    server: GrpcServer

    def token(self, viewer: Viewer, seconds: int = 60) -> str:
        kind = "engineer" if viewer.person.side is Side.ENGINEER else "customer"
        person = Caller(
            kind,  # type: ignore[arg-type]
            viewer.person.id,
            viewer.person.name,
            viewer.desk_id,
            viewer.role,
            viewer.company_id,
            viewer.companies,
            viewer.boards,
        )
        return self.signer.token(person, seconds)

    def introduce(self, number: int, viewer: Viewer, seconds: int = 60) -> pb.TokenIntroduction:
        return pb.TokenIntroduction(number=number, token=self.token(viewer, seconds))

    async def send(self, *batches: pb.PostMessagesRequest) -> list[pb.PostResult]:
        """Returns all results after the server has closed the stream."""

        async def requests() -> AsyncIterator[pb.PostMessagesRequest]:
            for batch in batches:
                yield batch

        results: list[pb.PostResult] = []
        async for answer in self.stub.PostMessages(requests()):
            results += answer.results
        return results


@pytest.fixture
def access() -> dict[tuple[str, str], Caller]:
    """What chat's copy of the directory says of engineers, by desk and person."""
    return {}


@pytest.fixture
async def gateway(desk: Desk, access: dict[tuple[str, str], Caller], tmp_path: Path) -> AsyncIterator[Gateway]:
    signer, verifier = TokenSigner(key_of(tmp_path, "gateway"), desk.clock), TokenVerifier(tmp_path, desk.clock)
    api = ChatApi(desk.chats, verifier, desk.clock, lambda desk_id, person_id: access.get((desk_id, person_id)))
    server = GrpcServer("127.0.0.1:0", verifier, Metrics("chat"), services=[(NAME, api.add_to)], end_streams=api.end_streams)
    await server.start()
    async with channel(server.address, signer, Metrics("gateway")) as wire:
        yield Gateway(desk, ChatServiceStub(wire), signer, server)
    await server.stop()


def post(correlation: int, session_id: str, text: str = "Hello", token: int = 1, **more: object) -> pb.Post:
    return pb.Post(correlation=correlation, token=token, session_id=session_id, command_id=f"m{correlation}", text=text, **more)  # type: ignore[arg-type]


async def test_each_post_of_a_batch_gets_a_result_in_order(gateway: Gateway) -> None:  # spec 3.6
    session = await gateway.desk.waiting()
    posts = [post(number, session.id, f"{number}") for number in range(1, 201)]
    results = await gateway.send(pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)], posts=posts))
    assert [result.correlation for result in results] == list(range(1, 201))
    assert [result.revision for result in results] == list(range(2, 202))
    assert results[0].at.ToMilliseconds() == to_ms(gateway.desk.clock.now())


async def test_a_refused_post_has_a_reason_and_the_others_are_accepted(gateway: Gateway) -> None:  # spec 11.1
    own, foreign = await gateway.desk.waiting(MIA), await gateway.desk.waiting(ZOE)
    posts = [post(1, foreign.id), post(2, own.id, "x" * 4001), post(3, own.id, previous_command_id="m9"), post(4, own.id, token=7)]
    batch = pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)], posts=[*posts, post(5, own.id)])
    results = {result.correlation: result for result in await gateway.send(batch)}
    refusals = {number: (result.refusal.kind, result.refusal.code, result.refusal.field) for number, result in results.items()}
    assert refusals == {
        1: ("not_found", "session_not_found", "session_id"),
        2: ("invalid_argument", "too_long", "text"),
        3: ("failed_precondition", "out_of_order", "previous_command_id"),
        4: ("unauthenticated", "unauthenticated", ""),
        5: ("", "", ""),
    }
    assert (results[5].revision, len(gateway.desk.entries(own.id)), len(gateway.desk.entries(foreign.id))) == (2, 2, 1)
    assert results[2].refusal.details == {"most": "4000"}


async def test_a_refused_post_is_logged_with_its_caller_and_without_its_text(gateway: Gateway) -> None:  # spec 12.2
    own, foreign = await gateway.desk.waiting(MIA), await gateway.desk.waiting(ZOE)
    tokens = [gateway.introduce(1, MIA), pb.TokenIntroduction(number=2, token="forged")]
    posts = [post(1, foreign.id, "Secret"), post(2, own.id, "Secret", token=2), post(3, own.id), post(4, own.id, previous_command_id="m9")]
    with capture_logs() as logs:
        await gateway.send(pb.PostMessagesRequest(tokens=tokens, posts=posts))
    refused = [entry for entry in logs if entry["event"] == "post_refused"]
    assert sorted((entry["kind"], entry["code"], entry.get("caller")) for entry in refused) == [
        ("not_found", "session_not_found", MIA.person.id),
        ("unauthenticated", "unauthenticated", None),
    ]
    assert "Secret" not in repr(logs) and foreign.id not in repr(refused)


async def test_posts_of_a_broken_stream_may_be_sent_again(gateway: Gateway) -> None:  # spec 3.8
    session = await gateway.desk.waiting()
    batch = pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)], posts=[post(1, session.id), post(2, session.id)])
    first, repeated = await gateway.send(batch), await gateway.send(batch)
    assert [result.revision for result in repeated] == [result.revision for result in first] == [2, 3]


async def test_a_token_is_valid_until_it_expires_and_its_number_may_be_reused(gateway: Gateway) -> None:  # spec 10.3
    session = await gateway.desk.waiting()
    going: asyncio.Queue[pb.PostMessagesRequest | None] = asyncio.Queue()

    async def requests() -> AsyncIterator[pb.PostMessagesRequest]:
        while (batch := await going.get()) is not None:
            yield batch

    answers = gateway.stub.PostMessages(requests()).__aiter__()
    going.put_nowait(pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA, seconds=60)], posts=[post(1, session.id)]))
    assert (await anext(answers)).results[0].revision == 2
    await gateway.desk.clock.advance(61)
    going.put_nowait(pb.PostMessagesRequest(posts=[post(2, session.id)]))
    assert (await anext(answers)).results[0].refusal.kind == "unauthenticated"
    going.put_nowait(pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)], posts=[post(2, session.id)]))
    assert (await anext(answers)).results[0].revision == 3
    going.put_nowait(None)


async def test_a_stream_that_sends_faster_than_the_store_commits_is_throttled(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_receiver, "MAX_UNANSWERED", 3)
    session = await gateway.desk.waiting()
    posts = [pb.PostMessagesRequest(posts=[post(number, session.id)]) for number in range(1, 30)]
    results = await gateway.send(pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)]), *posts)
    assert [result.correlation for result in results] == list(range(1, 30))


async def test_a_post_that_waits_past_its_deadline_is_not_written(gateway: Gateway) -> None:  # spec 11.1
    session, log = await gateway.desk.waiting(), gateway.desk.log
    log.hold()
    posts = [post(1, session.id, deadline_ms=1000), post(2, session.id, deadline_ms=1000)]
    sent = asyncio.ensure_future(gateway.send(pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)], posts=posts)))
    await until(lambda: bool(log.held))
    await gateway.desk.clock.advance(2)
    log.let_go()
    assert [(result.revision, result.refusal.kind) for result in await sent] == [(2, ""), (0, "deadline_exceeded")]


async def test_a_person_cannot_open_the_stream(gateway: Gateway) -> None:  # spec 10.3
    metadata = (("authorization", f"Bearer {gateway.token(MIA)}"),)
    stream = gateway.stub.PostMessages(iter(()), metadata=metadata)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.read()
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_whole_chat_over_grpc(gateway: Gateway) -> None:  # spec 11.1
    mia, ava = gateway.token(MIA), gateway.token(AVA)
    opened = await call(gateway.stub.RequestChat, pb.RequestChatRequest(command_id="c1", text="Printer is on fire"), token=mia)
    id = opened.session.card.session_id
    assert opened.opened and not opened.session.card.HasField("contact")
    joined = await call(gateway.stub.JoinSession, pb.JoinSessionRequest(session_id=id, command_id="c1", mode=pb.JOIN_MODE_TAKE), token=ava)
    assert joined.session.card.contact.email == "mia@example.com"
    posted = await call(gateway.stub.PostMessage, pb.PostMessageRequest(session_id=id, command_id="c2", text="On my way"), token=ava)
    assert posted.revision == 3
    create = pb.NewTicket(board_id="service-desk", summary="Printer", priority="high")
    ended = await call(gateway.stub.CompleteSession, pb.CompleteSessionRequest(session_id=id, command_id="c3", create=create), token=ava)
    assert ended.session.card.status == pb.CHAT_STATUS_COMPLETED
    seen = await call(gateway.stub.GetSession, pb.GetSessionRequest(session_id=id, after_revision=2), token=mia)
    assert [(entry.revision, entry.hidden) for entry in seen.session.entries] == [(3, 0), (4, 1)]
    assert seen.session.hash == ended.session.hash
    log = [
        answer async for answer in stream(gateway.stub.GetChatLog, pb.GetChatLogRequest(session_id=id, desk_id="harbour", ticket_number=12))
    ]
    text = "".join(answer.text for answer in log[1:])
    assert (log[0].wish.create, log[0].card.session_id, log[0].text) == (create, id, "")
    assert "On my way" in text and "Ticket: 12\n" in text


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("JoinSession", pb.JoinSessionRequest(session_id="s", command_id="c"), "mode"),
        ("AnswerPushChat", pb.AnswerPushChatRequest(session_id="s", command_id="c"), "answer"),
        ("UpdateSettings", pb.UpdateSettingsRequest(), "settings"),
        ("UpdateSettings", pb.UpdateSettingsRequest(settings=pb.ChatSettings()), "settings.join_policy"),
        ("ListSessions", pb.ListSessionsRequest(statuses=[99]), "statuses"),  # type: ignore[list-item]
        ("LeaveSession", pb.LeaveSessionRequest(session_id="s"), "command_id"),
    ],
)
async def test_a_missing_or_unknown_value_is_refused_by_its_field(
    gateway: Gateway, method: str, request_: object, field: str
) -> None:  # spec 11.1
    with pytest.raises(RemoteError) as refused:
        await call(getattr(gateway.stub, method), request_, token=gateway.token(AVA))
    assert refused.value.field == field


async def test_a_stream_of_a_replica_that_stops_answers_what_it_has_read_and_ends(gateway: Gateway) -> None:  # spec 12.1
    session = await gateway.desk.waiting()
    held = asyncio.Event()

    async def requests() -> AsyncIterator[pb.PostMessagesRequest]:
        yield pb.PostMessagesRequest(tokens=[gateway.introduce(1, MIA)], posts=[post(1, session.id), post(2, session.id)])
        await held.wait()

    answers = gateway.stub.PostMessages(requests())
    results = list((await answers.read()).results)
    stopping = asyncio.create_task(gateway.server.stop())
    while (answer := await answers.read()) is not grpc.aio.EOF:
        results += answer.results

    assert [result.correlation for result in results] == [1, 2]
    assert (await answers.code()) is grpc.StatusCode.OK
    await stopping


async def test_an_engineer_of_two_thousand_companies_posts_with_the_access_of_the_directory(
    gateway: Gateway, access: dict[tuple[str, str], Caller]
) -> None:  # spec 2.10, 10.10
    session = await gateway.desk.handled()
    many = replace(AVA, companies=frozenset(f"company-{n:04}-of-many" for n in range(2_000)) | {session.company_id})
    introduced = gateway.introduce(1, many)
    assert len(introduced.token) < 1_000

    async def refusal(correlation: int) -> str:
        batch = pb.PostMessagesRequest(tokens=[introduced], posts=[post(correlation, session.id)])
        return (await gateway.send(batch))[0].refusal.code

    assert await refusal(1) == "unavailable"
    access[many.desk_id, many.person.id] = Caller("engineer", many.person.id, "Ava", many.desk_id, companies=many.companies)
    assert await refusal(2) == ""
    access[many.desk_id, many.person.id] = Caller("engineer", many.person.id, "Ava", many.desk_id, companies=frozenset())
    assert await refusal(3) == "session_not_found"
