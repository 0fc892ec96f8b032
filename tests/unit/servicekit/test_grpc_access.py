"""Permissions of service accounts, and calls on behalf of a person, over real calls on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from servicekit.errors import Kind, RemoteError, Unavailable
from servicekit.grpc_access import PERSON
from servicekit.grpc_client import call, channel, on_behalf
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from servicekit.refusal_log import MOST_OF_CALLER
from stack.keys import account_of, key_of
from tests.fakes.clock import TurnedClock
from tests.unit.servicekit.echo import NAME, Echo

MIA = Caller("customer", "mia", "Mia", "harbour", company_id="acme")


ENGINEERS: dict[str, Caller] = {}


async def people(desk_id: str, person_id: str) -> Caller | None:
    if person_id in ENGINEERS:
        return ENGINEERS[person_id]
    return MIA if person_id == "mia" and desk_id in ("", "harbour") else None


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def server(verifier: TokenVerifier, metrics: Metrics, echo: Echo) -> AsyncIterator[GrpcServer]:
    table = {NAME: {"Unary": "echo:write"}}
    server = GrpcServer("127.0.0.1:0", verifier, metrics, services=[(NAME, echo.add)], scopes=table, person_of=people)
    await server.start()
    yield server
    await server.stop()


async def ask(server: GrpcServer, signer: TokenSigner, rpc: str = "Unary", person: str = "", token: str = "", timeout: float = 5) -> bytes:
    metadata = on_behalf(token or signer.token(Caller("service", signer.service, "", "")))
    if person:
        metadata.add(PERSON, person)

    def made(request: bytes, **options: Any) -> Any:
        method: Any = line.unary_unary(f"/{NAME}/{rpc}")
        return method(request, **options | {"metadata": metadata})

    async with channel(server.address, signer, Metrics("client")) as line:
        answer: bytes = await call(made, b"who", timeout=timeout)
        return answer


def account(keys: Path, clock: TurnedClock, *grant: str) -> TokenSigner:
    return TokenSigner(account_of(keys, "crm", grant), clock)


async def refusal(asked: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(RemoteError) as raised:
        await asked
    return raised.value.kind, raised.value.field, raised.value.details


async def test_a_call_needs_its_scope(server: GrpcServer, keys: Path, clock: TurnedClock) -> None:  # spec 10.3, 11.1
    assert await ask(server, account(keys, clock, "echo:write")) == b"crm"


async def test_a_refusal_names_the_missing_scope(server: GrpcServer, keys: Path, clock: TurnedClock, echo: Echo) -> None:  # spec 10.3
    signer = account(keys, clock, "echo:read")
    assert await refusal(ask(server, signer)) == (Kind.PERMISSION_DENIED, "", {"scope": "echo:write"})
    assert await refusal(ask(server, signer, "Into")) == (Kind.PERMISSION_DENIED, "", {"scope": "internal"})
    assert echo.parents == []


async def test_a_refused_call_is_logged_with_its_caller_where_it_is_certain(
    server: GrpcServer, keys: Path, clock: TurnedClock
) -> None:  # spec 12.2
    with capture_logs() as logs:
        signer = account(keys, clock, "echo:write")
        await refusal(ask(server, signer, "Into"))
        await refusal(ask(server, signer, token="forged"))
        await refusal(ask(server, signer, person="nobody"))
    refused = [
        (entry["kind"], entry.get("caller"), entry["method"].rpartition("/")[2]) for entry in logs if entry["event"] == "call_refused"
    ]
    assert refused == [("permission_denied", "crm", "Into"), ("unauthenticated", None, "Unary"), ("not_found", "crm", "Unary")]


async def test_a_server_that_stops_logs_how_many_refusals_are_not_in_the_log(
    server: GrpcServer, keys: Path, clock: TurnedClock
) -> None:  # spec 12.2
    signer = account(keys, clock, "echo:read")
    for _ in range(MOST_OF_CALLER + 2):
        await refusal(ask(server, signer))
    with capture_logs() as logs:
        await server.stop()
    left_out = [(entry["of"], entry["kind"], entry["left_out"]) for entry in logs if entry["event"] == "refusals_left_out"]
    assert left_out == [("call_refused", "permission_denied", 2)]


async def test_parleys_own_services_and_people_need_no_scope(
    server: GrpcServer, keys: Path, clock: TurnedClock, gateway: TokenSigner
) -> None:
    assert await ask(server, TokenSigner(key_of(keys, "chat"), clock)) == b"chat"
    assert await ask(server, gateway, token=gateway.token(MIA)) == b"mia"


async def test_an_account_may_act_for_a_person_of_its_desk(server: GrpcServer, keys: Path, clock: TurnedClock) -> None:  # spec 10.2
    assert await ask(server, account(keys, clock, "echo:write"), person="mia") == b"mia"


@pytest.mark.parametrize(("grant", "person"), [("desk:elsewhere", "mia"), ("desk:harbour", "nobody")])
async def test_a_person_of_another_desk_looks_missing(
    server: GrpcServer, keys: Path, clock: TurnedClock, grant: str, person: str
) -> None:  # spec 10.2
    asked = ask(server, account(keys, clock, "echo:write", grant), person=person)
    assert await refusal(asked) == (Kind.NOT_FOUND, PERSON, {})


async def test_acting_for_a_person_needs_the_scope_as_well(server: GrpcServer, keys: Path, clock: TurnedClock) -> None:  # spec 10.3
    assert await refusal(ask(server, account(keys, clock), person="mia")) == (Kind.PERMISSION_DENIED, "", {"scope": "echo:write"})


async def test_a_person_cannot_act_for_another(server: GrpcServer, gateway: TokenSigner) -> None:  # spec 10.2
    ava = gateway.token(Caller("engineer", "ava", "Ava", "harbour", role="admin"))
    kind, field, _ = await refusal(ask(server, gateway, token=ava, person="mia"))
    assert (kind, field) == (Kind.PERMISSION_DENIED, PERSON)


async def test_a_call_past_its_deadline_is_not_started(server: GrpcServer, keys: Path, clock: TurnedClock, echo: Echo) -> None:  # spec 11.1
    signer = account(keys, clock, "echo:write")
    await ask(server, signer)
    for _ in range(20):
        with pytest.raises(Unavailable) as raised:
            await ask(server, signer, timeout=0.001)
        assert raised.value.kind is Kind.DEADLINE_EXCEEDED
    assert len(echo.parents) == 1


@pytest.mark.parametrize("key", ["authorization", PERSON])
async def test_a_repeated_identity_header_is_refused(server: GrpcServer, keys: Path, clock: TurnedClock, key: str) -> None:  # spec 10.3
    signer = account(keys, clock, "echo:write")
    token = f"Bearer {signer.token(Caller('service', signer.service, '', ''))}"
    good = [("authorization", token), (PERSON, "mia")]
    async with grpc.aio.insecure_channel(server.address) as line:
        asked: Any = line.unary_unary(f"/{NAME}/Unary")
        assert await asked(b"who", metadata=good, timeout=5) == b"mia"
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await asked(b"who", metadata=[*good, (key, dict(good)[key])], timeout=5)
    assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_an_access_that_is_too_long_for_a_token_is_read_from_the_directory(
    server: GrpcServer, gateway: TokenSigner, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 2.10, 10.3
    companies = frozenset(f"company-{n:04}-of-an-engineer" for n in range(2_000))
    ava = Caller("engineer", "ava", "Ava", "harbour", role="admin", companies=companies, sign_in_id="s1")
    with pytest.raises(Unavailable):
        await ask(server, gateway, token=gateway.token(ava))

    monkeypatch.setitem(ENGINEERS, "ava", Caller("engineer", "ava", "Ava", "harbour", companies=companies))
    assert await ask(server, gateway, token=gateway.token(ava)) == b"ava"
    assert echo.caller == ava
