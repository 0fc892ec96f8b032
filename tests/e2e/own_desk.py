"""A desk for the tests of one file, with its own settings. The names of its people differ from those of the demo desk's people."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from parley.tickets.v1 import directory_pb2 as directory
from stack.people import EVERYTHING, upsert
from stack.services import Stack

Json = dict[str, Any]
ENGINEERS = {
    "ines": ("Ines Vega", directory.ROLE_ADMIN),
    "tom": ("Tom Baker", directory.ROLE_ENGINEER),
    "noa": ("Noa Stern", directory.ROLE_SUPERVISOR),
}
CUSTOMERS = {"kim": "Kim Lund", "ray": "Ray Cole", "lea": "Lea Moss", "pia": "Pia Holt"}


class OwnDesk:
    """`desk.page("kim")` opens a browser for that person. Ines is admin; all customers work at one company."""

    def __init__(self, stack: Stack, browser: Browser, id: str) -> None:
        self._stack, self._browser, self._id = stack, browser, id
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self._upsert(*self._entries())

    def page(self, word: str, path: str = "/", dark: bool = False, phone: bool = False, url: str = "") -> Page:
        """A page that is signed in and connected. `url` is another address of the gateway."""
        url = url or self._stack.http_url
        size = {"width": 375, "height": 740} if phone else {"width": 1280, "height": 800}
        context = self._browser.new_context(viewport=size, color_scheme="dark" if dark else "light", base_url=url)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        headers = {"Origin": url}
        response = context.request.post("/sign-in/api/sign-in", data={"personId": self._id_of(word)}, headers=headers)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{word}: {error}"))
        page.goto(response.json()["redirect"].rstrip("/") + path)
        page.get_by_role("status").filter(has_text="Connected").first.wait_for(state="attached")
        return page

    def api(self, word: str, method: str, path: str, body: Json | None = None) -> Json:
        """One call as that person; `path` is below their app's /api."""
        app = "tech" if word in ENGINEERS else "portal"
        with self._client(word) as client:
            response = client.request(method, f"/{app}/api{path}", json=body)
            response.raise_for_status()
            found: Json = response.json()
            return found

    @contextmanager
    def _client(self, word: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self._stack.http_url, headers={"Origin": self._stack.http_url}, timeout=20) as client:
            signed_in = client.post("/sign-in/api/sign-in", json={"personId": self._id_of(word)}).raise_for_status()
            client.headers["Parley-Sign-In"] = signed_in.json()["signInId"]
            yield client

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

    def tickets(self, word: str, summaries: Iterable[str]) -> None:
        """Creates many tickets as one customer."""
        with self._client(word) as client:
            for summary in summaries:
                client.post("/portal/api/tickets", json={"commandId": f"ticket-{summary}"[:64], "summary": summary}).raise_for_status()

    def close_pages(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()

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
            person = directory.DirectoryPerson(id=self._id_of(word), desk_id=desk, name=name, trial=True, company_id=company)
            person.kind = directory.PERSON_KIND_CUSTOMER
            yield directory.DirectoryEntry(person=person)
