"""Lives one chat, to prove an installation: `helm test` runs it.

    python -m deploy.jobs.check_chat --account KEY.pem --gateway URL      by gRPC, as a service account, for people of a desk of its own
    python -m deploy.jobs.check_chat --gateway URL                        through the gateway's sockets, as two demo people of a trial

A customer asks for a chat, an engineer joins and answers, the customer has both messages, and the chat becomes a ticket with its log. So
gateway, chat, tickets, the store and Kafka work together. Nobody can sign in as the people of the first way. Exits with 1 and one line that
names what did not happen. A chat that a killed run left open is completed by the next one.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import grpc
import httpx

from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.clock import SystemClock
from servicekit.grpc_client import Channel, channel
from servicekit.grpc_tls import TlsFiles
from servicekit.identity import TokenSigner, new_id
from servicekit.metrics import Metrics
from stack.page import Page
from stack.signed_in import ApiRefused

T = TypeVar("T")
# Seconds for one step; a service that is being replaced answers again within it.
PATIENCE = 60.0
PAUSE = 1.0
RETRIED = (
    *(grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED),
    # A replica of chat learns of a new person a moment after the directory has them.
    grpc.StatusCode.NOT_FOUND,
)

DESK = directory.Desk(id="parley-check", name="Check of the installation")
BOARD = directory.Board(id="parley-check-board", desk_id=DESK.id, name="Checks")
COMPANY = directory.Company(id="parley-check-company", desk_id=DESK.id, name="Checks", default_board_id=BOARD.id)
CUSTOMER = directory.DirectoryPerson(
    id="parley-check-customer",
    desk_id=DESK.id,
    kind=directory.PERSON_KIND_CUSTOMER,
    name="Check, customer",
    email="customer@check.invalid",
    company_id=COMPANY.id,
)
ENGINEER = directory.DirectoryPerson(
    id="parley-check-engineer",
    desk_id=DESK.id,
    kind=directory.PERSON_KIND_ENGINEER,
    name="Check, engineer",
    email="engineer@check.invalid",
    role=directory.ROLE_ENGINEER,
    access=directory.Access(all_companies=True, all_boards=True),
)
ENTRIES = (
    directory.DirectoryEntry(desk=DESK),
    directory.DirectoryEntry(board=BOARD),
    directory.DirectoryEntry(company=COMPANY),
    directory.DirectoryEntry(person=CUSTOMER),
    directory.DirectoryEntry(person=ENGINEER),
)
SUMMARY = "Check of the installation"


class Failed(Exception):
    """What did not happen."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.jobs.check_chat")
    parser.add_argument("--gateway", required=True, help="URL of the gateway")
    parser.add_argument("--host", default="", help="Host header, where the gateway serves one host only")
    parser.add_argument("--account", type=Path, help="private key; PARLEY_CHAT, PARLEY_TICKETS, PARLEY_TLS_... as for services")
    given = parser.parse_args()
    began = time.monotonic()
    try:
        asyncio.run(_check(given.gateway, given.host, given.account))
    except (Failed, AssertionError, ApiRefused, httpx.HTTPError, grpc.aio.AioRpcError) as error:
        sys.exit(f"The check failed: {error}")
    print(f"A chat went from its request to its ticket in {time.monotonic() - began:.1f} s.")


async def _check(gateway: str, host: str, account: Path | None) -> None:
    await _pages_are_served(gateway, host)
    if account is None:
        await _live_by_sockets(gateway)
        return
    signer, metrics = TokenSigner(account, SystemClock()), Metrics("check")
    cert, key, ca = (os.environ.get(f"PARLEY_TLS_{name}", "") for name in ("CERT", "KEY", "CA"))
    tls = TlsFiles(cert, key, ca) if cert else None
    async with (
        channel(os.environ["PARLEY_CHAT"], signer, metrics, tls) as to_chat,
        channel(os.environ["PARLEY_TICKETS"], signer, metrics, tls) as to_tickets,
    ):
        for entry in ENTRIES:
            await _retried("UpsertEntry", partial(_upsert, to_tickets, entry))
        await _live_by_grpc(ChatServiceStub(to_chat))


async def _pages_are_served(gateway: str, host: str) -> None:
    async with httpx.AsyncClient(base_url=gateway, headers={"Host": host} if host else {}, timeout=10) as browser:
        for path in ("/portal/", "/tech/"):
            answer = await browser.get(path, follow_redirects=True)
            if answer.status_code != 200:
                raise Failed(f"{gateway}{path} answered {answer.status_code}")


async def _upsert(tickets: Channel, entry: directory.DirectoryEntry) -> None:
    await DirectoryServiceStub(tickets).UpsertEntry(directory.UpsertEntryRequest(entry=entry))


async def _live_by_grpc(stub: Any) -> None:
    async def as_person(person: directory.DirectoryPerson, method: str, request: Any) -> Any:
        return await _retried(method, lambda: getattr(stub, method)(request, metadata=(("parley-person", person.id),)))

    def join(session_id: str, mode: chat.JoinMode.ValueType) -> chat.JoinSessionRequest:
        return chat.JoinSessionRequest(session_id=session_id, command_id=new_id(), mode=mode)

    async def complete(session_id: str) -> None:
        create = chat.NewTicket(board_id=BOARD.id, summary=SUMMARY, priority="low")
        request = chat.CompleteSessionRequest(session_id=session_id, command_id=new_id(), create=create)
        await as_person(ENGINEER, "CompleteSession", request)

    opened = await as_person(CUSTOMER, "RequestChat", chat.RequestChatRequest(command_id=new_id(), text=SUMMARY))
    if not opened.opened:  # of a run that was killed
        id = opened.session.card.session_id
        await as_person(ENGINEER, "JoinSession", join(id, chat.JOIN_MODE_ALSO))
        await complete(id)
        opened = await as_person(CUSTOMER, "RequestChat", chat.RequestChatRequest(command_id=new_id(), text=SUMMARY))
    id = opened.session.card.session_id
    await as_person(ENGINEER, "JoinSession", join(id, chat.JOIN_MODE_TAKE))
    await as_person(ENGINEER, "PostMessage", chat.PostMessageRequest(session_id=id, command_id=new_id(), text="It works."))
    session = (await as_person(CUSTOMER, "GetSession", chat.GetSessionRequest(session_id=id))).session
    texts = [event.message_posted.text for entry in session.entries for event in entry.events if event.HasField("message_posted")]
    if texts != [SUMMARY, "It works."]:
        raise Failed(f"the customer's chat has {len(texts)} messages, not the 2 that were accepted")
    await complete(id)
    ends = time.monotonic() + PATIENCE
    while session.card.ticket_link != chat.TICKET_LINK_ATTACHED:
        if time.monotonic() > ends:
            raise Failed(f"within {PATIENCE:.0f} s the chat had no ticket with its log attached")
        await asyncio.sleep(PAUSE)
        session = (await as_person(ENGINEER, "GetSession", chat.GetSessionRequest(session_id=id))).session


async def _live_by_sockets(gateway: str) -> None:
    async with Page(gateway, "portal", "mia") as customer, Page(gateway, "tech", "ava") as engineer:
        opened = await customer.api("POST", "/chats", {"commandId": new_id(), "text": SUMMARY})
        id = opened["session"]["card"]["sessionId"]
        await engineer.until(lambda: id in engineer.cards and bool(engineer.alerts), "the chat's card and alert")
        mode = "JOIN_MODE_TAKE" if opened["opened"] else "JOIN_MODE_ALSO"
        await engineer.api("POST", f"/sessions/{id}/join", {"commandId": new_id(), "mode": mode})
        customer.session(id)
        await engineer.post(id, "It works.").accepted
        await customer.until(lambda: len(customer.session(id).messages) >= 2, "the engineer's answer")
        create = {"boardId": "service-desk", "summary": SUMMARY, "priority": "low"}
        await engineer.api("POST", f"/sessions/{id}/complete", {"commandId": new_id(), "create": create})
        await engineer.until(lambda: engineer.cards[id].get("ticketLink") == "TICKET_LINK_ATTACHED", "the ticket with the chat's log")


async def _retried(what: str, made: Callable[[], Awaitable[T]]) -> T:
    """Repeats the call while the service is unavailable or does not have the person yet. The request has one command id, so a repeat
    changes nothing."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            return await made()
        except grpc.aio.AioRpcError as error:
            if error.code() not in RETRIED or time.monotonic() > ends:
                raise Failed(f"{what}: {error.code().name} {error.details()}") from error
        await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    main()
