"""Invalid input gets a typed error and changes nothing. The socket stays open, or its close code gives the reason."""

import json
import time
from collections.abc import AsyncIterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.clock import SystemClock
from servicekit.errors import RemoteError, TypedError
from servicekit.grpc_client import channel
from servicekit.identity import TokenSigner
from servicekit.metrics import Metrics
from stack.conversation import PostRefused
from stack.keys import key_of
from stack.page import Page
from stack.services import LAUNCHER
from stack.signed_in import ApiRefused
from tests.fakes.patient import call
from tests.journeys.desk import TestDesk


@pytest.fixture
async def talk(desk: TestDesk) -> AsyncIterator[tuple[Page, Page, str]]:
    """Mia, Ava and their session. After the test, the session must have only one more message, sent here."""
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    revision = await ava.post(session_id, "before").accepted
    yield mia, ava, session_id
    assert await ava.post(session_id, "after").accepted == revision + 1


async def refusal(page: Page) -> dict[str, object]:
    await page.until(lambda: any(frame["t"] == "refused" for frame in page.frames), "a refusal")
    first: dict[str, object] = next(frame["refusal"] for frame in page.frames if frame["t"] == "refused")
    return first


async def test_an_unknown_frame_is_refused_and_the_socket_stays_open(talk: tuple[Page, Page, str]) -> None:
    mia, _, _ = talk
    mia.send({"t": "launchMissiles", "target": "moon"})

    assert (await refusal(mia))["kind"] == "invalid_argument"
    assert mia.connects == 1


@pytest.mark.parametrize(
    "change, field",
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": 7}, "text"),
        ({"commandId": ""}, "command"),
        ({"commandId": "x" * 65}, "command"),
        ({"sessionId": ""}, "session"),
    ],
)
async def test_an_invalid_post_names_its_field(talk: tuple[Page, Page, str], change: dict[str, object], field: str) -> None:  # spec 3.6
    mia, _, session_id = talk
    mia.send({"t": "post", "sessionId": session_id, "commandId": "bad", "previousCommandId": "", "text": "words", **change})

    refused = await refusal(mia)
    assert refused["kind"] in ("invalid_argument", "not_found")
    assert field in str(refused["field"]).lower()
    assert mia.connects == 1


@pytest.mark.parametrize(
    ("frame", "code"), [("{no json", 4400), (json.dumps({"t": "post", "text": "x" * 1_000_000}), 1009)], ids=["malformed", "a megabyte"]
)
async def test_a_frame_that_cannot_be_read_closes_the_socket(talk: tuple[Page, Page, str], frame: str, code: int) -> None:
    mia, _, _ = talk
    mia.send(frame)

    await mia.until(lambda: code in mia.close_codes and mia.connects == 2, f"closed with {code} and reconnected")


async def test_another_persons_session_gets_the_same_answer_as_a_missing_one(
    desk: TestDesk, talk: tuple[Page, Page, str]
) -> None:  # spec 10.2
    _, _, session_id = talk
    zoe = await desk.page("zoe")
    answers = []
    for id in (session_id, "s" * len(session_id)):
        with pytest.raises(ApiRefused) as refused:
            await zoe.api("GET", f"/sessions/{id}?after=0")
        answers.append((refused.value.status, refused.value.refusal["kind"], refused.value.code, refused.value.refusal["field"]))
        zoe.send({"t": "post", "sessionId": id, "commandId": f"c-{id}", "previousCommandId": "", "text": "let me in"})
    await zoe.until(lambda: sum(frame["t"] == "refused" for frame in zoe.frames) == 2, "both refusals")

    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert {frame["refusal"]["kind"] for frame in zoe.frames if frame["t"] == "refused"} == {"not_found"}


async def test_another_desk_cannot_see_or_join_a_session(desk: TestDesk, talk: tuple[Page, Page, str]) -> None:  # spec 10.2
    _, _, session_id = talk
    elsewhere = TestDesk(desk.stack, f"{desk.id}x")
    await elsewhere.make()
    stranger = await elsewhere.page("ava")
    try:
        with pytest.raises(ApiRefused) as refused:
            await stranger.api("POST", f"/sessions/{session_id}/join", {"commandId": "j", "mode": "JOIN_MODE_ALSO"})
        assert refused.value.status == 404
        assert session_id not in stranger.cards
    finally:
        await elsewhere.close()


@pytest.mark.parametrize("cookie", ["", "forged-secret"], ids=["no cookie", "forged cookie"])
async def test_a_socket_needs_a_sign_in(desk: TestDesk, cookie: str) -> None:  # spec 10.2
    url = desk.gateways[0]
    headers = {"Origin": url, "Cookie": f"parley_portal={cookie}"}
    with pytest.raises((InvalidStatus, ConnectionClosed)) as closed:
        async with connect(f"{url.replace('http', 'ws', 1)}/portal/socket", additional_headers=headers) as socket:
            await socket.recv()
    error = closed.value
    if isinstance(error, InvalidStatus):
        assert error.response.status_code == 401
    else:
        assert isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code == 4401


async def test_a_page_of_another_site_can_neither_open_a_socket_nor_write(desk: TestDesk) -> None:  # spec 10.2
    mia = await desk.page("mia")
    headers = {"Origin": "https://evil.example", "Cookie": f"parley_portal={mia.cookie}"}
    with pytest.raises(InvalidStatus) as closed:
        async with connect(f"{mia.url.replace('http', 'ws', 1)}/portal/socket", additional_headers=headers) as socket:
            await socket.recv()
    assert closed.value.response.status_code == 403

    thief = Page(mia.url, "portal", mia.person_id, cookie=mia.cookie)
    thief.sign_in_id = mia.sign_in_id
    thief._http.headers["Origin"] = "https://evil.example"
    with pytest.raises(ApiRefused) as refused:
        await thief.api("POST", "/chats", {"commandId": "c", "text": "stolen"})
    assert refused.value.status == 403


def person_token(desk: TestDesk, key: object, kid: str, expires_in: int) -> str:
    """A token with the claims of a real one, so that only the key, the key id or the expiry is wrong."""
    signer = TokenSigner(key_of(desk.stack.keys, "gateway"), SystemClock())
    claims = jwt.decode(signer.service_token(), options={"verify_signature": False})
    claims.update(exp=int(time.time()) + expires_in, iat=int(time.time()) - 60)
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid})  # type: ignore[arg-type]


async def test_services_refuse_forged_and_expired_tokens(desk: TestDesk) -> None:  # spec 10.3
    real = load_pem_private_key(key_of(desk.stack.keys, "gateway").read_bytes(), password=None)
    forged = person_token(desk, Ed25519PrivateKey.generate(), "gateway-1", 60)
    expired = person_token(desk, real, "gateway-1", -1)
    unknown = person_token(desk, real, "nobody-1", 60)
    signer = TokenSigner(key_of(desk.stack.keys, LAUNCHER), SystemClock())
    async with channel(desk.stack.replicas["chat-1"].grpc, signer, Metrics("test")) as connection:
        for token in (forged, expired, unknown, "no token at all"):
            with pytest.raises(TypedError) as refused:
                await call(ChatServiceStub(connection).ListSessions, chat.ListSessionsRequest(), token=token)
            assert isinstance(refused.value, RemoteError)
            assert refused.value.kind == "unauthenticated"


async def test_a_chat_request_with_a_too_long_message_is_refused_and_opens_no_chat(desk: TestDesk) -> None:  # spec 3.6
    mia = await desk.page("mia")
    with pytest.raises(ApiRefused) as refused:
        await mia.api("POST", "/chats", {"commandId": "c", "text": "x" * 4001})
    assert (refused.value.status, refused.value.refusal["field"]) == (400, "text")
    assert (await mia.api("GET", "/start"))["cards"] == []


async def test_a_message_after_a_refused_one_is_delivered(desk: TestDesk) -> None:
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    bad, good = ava.post(session_id, "x" * 4001), ava.post(session_id, "good")
    with pytest.raises(PostRefused):
        await bad.accepted
    await good.accepted
