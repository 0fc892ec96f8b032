"""A person who has signed in, and what they ask by HTTP, by the same doors as the web apps."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

from stack.conversation import traceparent

Json = dict[str, Any]
PAUSE = 0.3


class ApiRefused(Exception):
    """A refusal by HTTP: `status`, and kind, code, field, details as gateway.proto's Refusal has them."""

    def __init__(self, status: int, refusal: Json) -> None:
        super().__init__(f"{status} {refusal}")
        self.status, self.refusal, self.code = status, refusal, refusal.get("code", "")


class SignedIn:
    """`cookie` empty: nobody yet, until `sign_in`."""

    def __init__(self, http_url: str, app: str, person_id: str, cookie: str = "") -> None:
        self.url, self.app, self.person_id, self.cookie = http_url, app, person_id, cookie
        self.sign_in_id = ""  # named with each call (spec 10.8) once it is known
        self._http = httpx.AsyncClient(base_url=http_url, headers={"Origin": http_url}, timeout=20)

    async def sign_in(self) -> None:
        answer = await self._http.post("/sign-in/api/sign-in", json={"personId": self.person_id})
        if answer.status_code != 200:
            raise ApiRefused(answer.status_code, answer.json()["error"])
        self.cookie = answer.cookies[f"parley_{self.app}"]
        self.sign_in_id = answer.json()["signInId"]

    async def api(self, method: str, path: str, body: Json | None = None) -> Json:
        """`path` below /<app>/api. Raises ApiRefused, or httpx.TransportError while the gateway is away."""
        headers = {"Cookie": f"parley_{self.app}={self.cookie}", "Parley-Sign-In": self.sign_in_id, "traceparent": traceparent()}
        answer = await self._http.request(method, f"/{self.app}/api{path}", json=body, headers=headers)
        if answer.status_code >= 400:
            raise ApiRefused(answer.status_code, answer.json()["error"])
        parsed: Json = answer.json() if answer.content else {}
        return parsed

    async def whole_session(self, session_id: str) -> Json:
        """The session as the server has it now, with all its entries, however many answers that takes and however often it is away."""
        entries: list[Json] = []
        while True:
            path = f"/sessions/{session_id}?after={len(entries)}"
            answer = await self.retried(partial(self.api, "GET", path))
            entries += answer["session"]["entries"]
            if not answer["more"]:
                return {**answer["session"], "entries": entries}

    async def download(self, path: str) -> httpx.Response:
        """The answer as it came; `path` below /<app>/api."""
        return await self._http.get(f"/{self.app}/api{path}", headers={"Cookie": f"parley_{self.app}={self.cookie}"})

    async def retried(self, call: Callable[[], Awaitable[Json]]) -> Json:
        """As the apps do: the same call again while the server is away."""
        while True:
            try:
                return await call()
            except ApiRefused as refused:
                if refused.status < 500:
                    raise
            except httpx.TransportError:
                pass
            await asyncio.sleep(PAUSE)
