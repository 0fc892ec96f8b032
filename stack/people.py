"""The demo desk: three engineers, four customers of two companies, two boards and some tickets.

Created through the public APIs: people by the directory's RPC, as a service account; tickets by their customers in the
Portal. Ids and command ids are fixed, so a repeat changes nothing, and the next start adds what a crash left out.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import grpc
import httpx

from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.clock import SystemClock
from servicekit.grpc_client import channel
from servicekit.grpc_errors import from_rpc_error
from servicekit.grpc_tls import TlsFiles
from servicekit.identity import TokenSigner
from servicekit.metrics import Metrics
from stack.keys import key_of
from stack.services import LAUNCHER, Stack

DESK = directory.Desk(id="harbour", name="Harbour IT")
BOARDS = [
    directory.Board(id="service-desk", desk_id=DESK.id, name="Service desk"),
    directory.Board(id="projects", desk_id=DESK.id, name="Projects"),
]
COMPANIES = [
    directory.Company(id="acme", desk_id=DESK.id, name="Acme Ltd", default_board_id="service-desk"),
    directory.Company(id="globex", desk_id=DESK.id, name="Globex", default_board_id="projects"),
]
ZONES = {"acme": "Europe/London", "globex": "America/New_York"}
EVERYTHING = directory.Access(all_companies=True, all_boards=True)
ONLY_ACME = directory.Access(company_ids=["acme"], all_boards=True)


def engineer(id: str, name: str, role: directory.Role.ValueType, access: directory.Access) -> directory.DirectoryPerson:
    email = f"{id}@harbour.example"
    kind = directory.PERSON_KIND_ENGINEER
    return directory.DirectoryPerson(id=id, desk_id=DESK.id, kind=kind, name=name, email=email, role=role, access=access, trial=True)


def customer(id: str, name: str, company_id: str, phone: str) -> directory.DirectoryPerson:
    made = directory.DirectoryPerson(id=id, desk_id=DESK.id, name=name, phone=phone, company_id=company_id, trial=True)
    made.kind, made.email, made.time_zone = directory.PERSON_KIND_CUSTOMER, f"{id}@{company_id}.example", ZONES[company_id]
    return made


PEOPLE = [
    engineer("ava", "Ava Chen", directory.ROLE_ADMIN, EVERYTHING),
    engineer("sam", "Sam Okafor", directory.ROLE_SUPERVISOR, EVERYTHING),
    engineer("bo", "Bo Lindqvist", directory.ROLE_ENGINEER, ONLY_ACME),
    customer("mia", "Mia Torres", "acme", "+442079460101"),
    customer("leo", "Leo Park", "acme", "+442079460102"),
    customer("zoe", "Zoe Adams", "globex", "+442079460103"),
    customer("max", "Max Weber", "globex", "+442079460104"),
]

# customer -> [(command id, summary, text)]; each goes to the default board of the customer's company.
TICKETS = {
    "mia": [
        ("demo-vpn", "VPN drops every afternoon", "Since Monday it disconnects at about three and needs two or three tries to come back."),
        (
            "demo-laptop",
            "New laptop for a colleague",
            "Jo Reyes starts on the first of next month and needs what I have: docking station and two screens.",
        ),
    ],
    "leo": [
        ("demo-invoice", "Invoices open as an empty page", "Only in the browser at the warehouse; at my own desk the same ones are fine.")
    ],
    "zoe": [
        ("demo-move", "Move of the file server", "Can we plan a weekend for it? The accountants can't be without it at the end of a month.")
    ],
    "max": [
        ("demo-scanner", "Badge scanner at gate 2 is slow", "It takes four or five seconds for each person, so there is a queue at eight.")
    ],
}


async def make_demo_desk(stack: Stack) -> None:
    """Adds what is missing. The tickets service and a gateway must be ready. Raises the errors of the calls."""
    await fill_demo_desk(stack.replicas["tickets-1"].grpc, key_of(stack.keys, LAUNCHER), stack.http_url, stack.tls)


async def fill_demo_desk(tickets: str, key: Path, http_url: str, tls: TlsFiles | None = None, *, tls_name: str = "") -> None:
    """As `make_demo_desk`, for services that run elsewhere. `key`: an account's that may write the directory. `tls_name`: the name in the
    certificate of tickets if it is not the host of its address."""
    await write_directory(tickets, key, entries(), tls, tls_name=tls_name)
    for person_id, written in TICKETS.items():
        await _write_tickets(http_url, person_id, written)


def entries() -> Iterator[directory.DirectoryEntry]:
    """In order: an entry comes after the entries that it names."""
    yield directory.DirectoryEntry(desk=DESK)
    yield from (directory.DirectoryEntry(board=board) for board in BOARDS)
    yield from (directory.DirectoryEntry(company=company) for company in COMPANIES)
    yield from (directory.DirectoryEntry(person=person) for person in PEOPLE)


async def upsert(stack: Stack, entries: Iterable[directory.DirectoryEntry]) -> None:
    """Creates or updates desks, boards, companies and people in the directory, as a service account."""
    await write_directory(stack.replicas["tickets-1"].grpc, key_of(stack.keys, LAUNCHER), entries, stack.tls)


async def write_directory(
    tickets: str, key: Path, entries: Iterable[directory.DirectoryEntry], tls: TlsFiles | None = None, *, tls_name: str = ""
) -> None:
    """As `upsert`, for services that run elsewhere. `key` and `tls_name`: as for `fill_demo_desk`."""
    async with channel(tickets, TokenSigner(key, SystemClock()), Metrics(LAUNCHER), tls, tls_name=tls_name) as connection:
        stub = DirectoryServiceStub(connection)
        for entry in entries:
            try:
                await stub.UpsertEntry(directory.UpsertEntryRequest(entry=entry))
            except grpc.aio.AioRpcError as error:
                # A demo person whom somebody erased stays erased.
                if from_rpc_error(error).code != "person_erased":
                    raise


async def _write_tickets(http_url: str, person_id: str, tickets: list[tuple[str, str, str]]) -> None:
    async with httpx.AsyncClient(base_url=http_url, headers={"Origin": http_url}, timeout=10) as portal:
        signed_in = await portal.post("/sign-in/api/sign-in", json={"personId": person_id})
        if signed_in.status_code == httpx.codes.NOT_FOUND:
            return
        portal.headers["Parley-Sign-In"] = signed_in.raise_for_status().json()["signInId"]
        for command_id, summary, text in tickets:
            body = {"commandId": command_id, "summary": summary, "text": text}
            (await portal.post("/portal/api/tickets", json=body)).raise_for_status()
        (await portal.post("/portal/api/sign-out")).raise_for_status()
