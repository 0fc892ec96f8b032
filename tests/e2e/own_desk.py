"""A desk for the tests of one file, with its own settings. The names of its people differ from those of the demo desk's people."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from parley.presence.v1 import presence_pb2 as presence
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.grpc_client import channel
from servicekit.identity import TokenSigner
from servicekit.metrics import Metrics
from stack.keys import key_of
from stack.people import EVERYTHING, upsert
from stack.services import Stack
from stack.signed_in import NO_TLS
from tests.fakes.waiting import until

Json = dict[str, Any]
Prepare = Callable[[BrowserContext], object]
ENGINEERS = {
    "ines": ("Ines Vega", directory.ROLE_ADMIN),
    "tom": ("Tom Baker", directory.ROLE_ENGINEER),
    "noa": ("Noa Stern", directory.ROLE_SUPERVISOR),
}
CUSTOMERS = {"kim": "Kim Lund", "ray": "Ray Cole", "lea": "Lea Moss", "pia": "Pia Holt"}


def browser_context(browser: Browser, *, phone: bool = False, dark: bool = False, url: str = "") -> BrowserContext:
    """A separate browser for one person. Without motion, because each frame of an animation is drawn by the CPU."""
    size: Any = {"width": 375, "height": 740} if phone else {"width": 1280, "height": 800}
    scheme: Any = "dark" if dark else "light"
    # The certificates of tests are signed by no public authority.
    context = browser.new_context(
        viewport=size, color_scheme=scheme, has_touch=phone, base_url=url or None, reduced_motion="reduce", ignore_https_errors=True
    )
    context.set_default_timeout(20_000)
    return context


def open_signed_in(context: BrowserContext, person_id: str, url: str, problems: list[str], path: str = "/") -> Page:
    """Signs the person in in this browser context, and opens a page of their app. Its errors are added to `problems`, and so are what its
    Content-Security-Policy refused, and its requests to other hosts (spec 10.7)."""
    response = context.request.post(f"{url}/sign-in/api/sign-in", data={"personId": person_id}, headers={"Origin": url})
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(f"{person_id}: {error}"))

    def check_policy(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(f"{person_id}: {message.text}")

    def check_host(request: Request) -> None:
        # A person may follow a link to another host.
        if not request.is_navigation_request() and not request.url.startswith((f"{url}/", "data:", "blob:")):
            problems.append(f"{person_id}: request to {request.url}")

    page.on("console", check_policy)
    page.on("request", check_host)
    page.goto(url + response.json()["redirect"].rstrip("/") + path)
    return page


def until_connected(page: Page) -> None:
    page.get_by_role("status").filter(has_text="Connected").first.wait_for(state="attached")


class OwnDesk:
    """`desk.page("kim")` opens a browser for that person. Ines is admin; all customers work at one company."""

    def __init__(self, stack: Stack, browser: Browser, id: str) -> None:
        self._stack, self._browser, self._id = stack, browser, id
        self._contexts: list[BrowserContext] = []
        self._clients: dict[str, httpx.Client] = {}
        self.problems: list[str] = []
        self._upsert(*self._entries())

    def page(
        self, word: str, path: str = "/", dark: bool = False, phone: bool = False, url: str = "", prepare: Prepare | None = None
    ) -> Page:
        """A page that is signed in and connected. `url` is another address of the gateway. `prepare` changes the new browser context."""
        url = url or self._stack.http_url
        context = browser_context(self._browser, phone=phone, dark=dark, url=url)
        self._contexts.append(context)
        if prepare is not None:
            prepare(context)
        return self.open(context, word, path, url)

    def open(self, context: BrowserContext, word: str, path: str = "/", url: str = "", connected: bool = True) -> Page:
        """Signs the person in in this browser context, and opens a page. Without `connected` the page may not be connected yet."""
        page = open_signed_in(context, self._id_of(word), url or self._stack.http_url, self.problems, path)
        if connected:
            until_connected(page)
        return page

    def until_pages(self, word: str, holds: Callable[[list[presence.PageState]], bool]) -> None:
        """Waits until `holds` is true of the states that presence has of this person's pages."""

        async def found(stub: Any) -> bool:
            asked = presence.ListPagesRequest(desk_id=self._id, person_ids=[self._id_of(word)])
            return holds([page.state for page in (await stub.ListPages(asked)).pages])

        self._until(found)

    def until_offline(self, word: str) -> None:
        async def offline(stub: Any) -> bool:
            asked = presence.GetPresenceRequest(desk_id=self._id, person_ids=[self._id_of(word)])
            return [one.presence for one in (await stub.GetPresence(asked)).presences] == [presence.PRESENCE_OFFLINE]

        self._until(offline)

    def _until(self, holds: Callable[[Any], Awaitable[bool]]) -> None:
        async def wait() -> None:
            signer = TokenSigner(key_of(self._stack.keys, "notify"), SystemClock())
            async with channel(self._stack.replicas["presence-1"].grpc, signer, Metrics("test")) as connection:
                stub = PresenceServiceStub(connection)
                await until(lambda: holds(stub), seconds=30)

        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(asyncio.run, wait()).result()

    def api(self, word: str, method: str, path: str, body: Json | None = None) -> Json:
        """One call as that person; `path` is below their app's /api."""
        app = "tech" if word in ENGINEERS else "portal"
        response = self._client(word).request(method, f"/{app}/api{path}", json=body)
        response.raise_for_status()
        found: Json = response.json()
        return found

    def sign_in_anew(self, word: str) -> None:
        """The next call of this person signs in: the sign-in of the earlier ones has ended."""
        self._clients.pop(word).close()

    def _client(self, word: str) -> httpx.Client:
        """Signed in as that person; one for all calls of a test."""
        if word not in self._clients:
            url = self._stack.http_url
            client = self._clients[word] = httpx.Client(base_url=url, headers={"Origin": url}, timeout=20, verify=NO_TLS)
            signed_in = client.post("/sign-in/api/sign-in", json={"personId": self._id_of(word)}).raise_for_status()
            client.headers["Parley-Sign-In"] = signed_in.json()["signInId"]
        return self._clients[word]

    def set(self, **changes: Any) -> None:
        """Changes some of the desk's chat settings; names and values are proto JSON."""
        now = self.api("ines", "GET", "/settings/chat")
        body = {"settings": {**now["settings"], **changes}, "version": now["version"]}
        self.api("ines", "PUT", "/settings/chat", body)

    def ticket(self, word: str, summary: str) -> str:
        """Creates a ticket as this customer; returns its id."""
        body = {"commandId": f"ticket-{summary}"[:64], "summary": summary}
        return str(self.api(word, "POST", "/tickets", body)["ticket"]["id"])

    def chat(self, word: str, text: str, ticket: str = "") -> None:
        """Requests a chat as this customer, without a browser."""
        self.api(word, "POST", "/chats", {"commandId": f"chat-{text}"[:64], "text": text, "ticketId": ticket})

    def board(self, name: str) -> None:
        self._upsert(directory.DirectoryEntry(board=directory.Board(id=self._id_of(name.lower()), desk_id=self._id, name=name)))

    def company(self, name: str) -> None:
        made = directory.Company(id=self._id_of(name.lower().replace(" ", "-")), desk_id=self._id, name=name)
        made.default_board_id = self._id_of("board")
        self._upsert(directory.DirectoryEntry(company=made))

    def customer(self, word: str, name: str) -> None:
        """Adds a customer, or changes the name of one."""
        self._upsert(self._customer(word, name))

    def tickets(self, word: str, summaries: Iterable[str]) -> None:
        """Creates many tickets as one customer."""
        for summary in summaries:
            self.ticket(word, summary)

    def close_pages(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _upsert(self, *entries: directory.DirectoryEntry) -> None:
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(asyncio.run, upsert(self._stack, entries)).result()

    def _id_of(self, word: str) -> str:
        return f"{self._id}-{word}"

    def _entries(self) -> Iterator[directory.DirectoryEntry]:
        desk, board, company = self._id, self._id_of("board"), self._id_of("northwind")
        yield directory.DirectoryEntry(desk=directory.Desk(id=desk, name="Story desk"))
        yield directory.DirectoryEntry(board=directory.Board(id=board, desk_id=desk, name="Service desk"))
        made = directory.Company(id=company, desk_id=desk, name="Northwind", default_board_id=board)
        yield directory.DirectoryEntry(company=made)
        for word, (name, role) in ENGINEERS.items():
            person = directory.DirectoryPerson(id=self._id_of(word), desk_id=desk, name=name, trial=True)
            person.kind, person.role = directory.PERSON_KIND_ENGINEER, role
            person.access.CopyFrom(EVERYTHING)
            yield directory.DirectoryEntry(person=person)
        for word, name in CUSTOMERS.items():
            yield self._customer(word, name)

    def _customer(self, word: str, name: str) -> directory.DirectoryEntry:
        person = directory.DirectoryPerson(id=self._id_of(word), desk_id=self._id, name=name, trial=True)
        person.kind, person.company_id = directory.PERSON_KIND_CUSTOMER, self._id_of("northwind")
        return directory.DirectoryEntry(person=person)
