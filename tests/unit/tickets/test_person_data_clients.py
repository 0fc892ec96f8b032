"""What the export does with the refusals of other services, over real calls on loopback."""

from pathlib import Path
from typing import Any

import pytest

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceServicer, add_ChatServiceServicer_to_server
from servicekit.errors import Kind, PermissionDenied, RemoteError, TypedError, Unavailable
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from services.tickets.outbound.person_data_clients import PersonDataClients
from stack.keys import key_of
from tests.fakes.clock import TurnedClock


class Chat(ChatServiceServicer):
    """Refuses each question for canned replies."""

    def __init__(self, refusal: TypedError) -> None:
        self._refusal = refusal

    async def ListCannedReplies(self, request: pb.ListCannedRepliesRequest, context: Any) -> pb.ListCannedRepliesResponse:
        raise self._refusal


@pytest.mark.parametrize(
    ("refusal", "raised"),
    [
        (PermissionDenied("Only people have canned replies."), Unavailable),  # a chat of the version before
        (TypedError.of(Kind.NOT_FOUND, "person_not_found", "Nobody has this id."), RemoteError),
    ],
)
async def test_a_chat_of_the_version_before_makes_the_export_unavailable(
    tmp_path: Path, refusal: TypedError, raised: type[TypedError]
) -> None:  # spec 10.6
    clock = TurnedClock()
    signer, chat = TokenSigner(key_of(tmp_path, "tickets"), clock), Chat(refusal)  # type: ignore[abstract]
    services = [("parley.chat.v1.ChatService", lambda server: add_ChatServiceServicer_to_server(chat, server))]
    server = GrpcServer("127.0.0.1:0", TokenVerifier(tmp_path, clock), Metrics("chat"), services=services)
    await server.start()
    async with channel(server.address, signer, Metrics("tickets")) as wire:
        with pytest.raises(raised) as refused:
            await anext(PersonDataClients(wire, wire, wire).canned_replies("harbour", "bo"))
    await server.stop()
    assert type(refused.value) is raised
