"""A signed-in person, who calls the same HTTP API as the web apps."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import httpx

from stack.conversation import traceparent

Json = dict[str, Any]
PAUSE = 0.3
# For httpx's `verify`: a client of http:// URLs loads no certificates, which takes 30 ms.
NO_TLS = False


class ApiRefused(Exception):
    """An HTTP error response: `status`, and gateway.proto's Refusal with kind, code, field and details."""

    def __init__(self, status: int, refusal: Json) -> None:
        super().__init__(f"{status} {refusal}")
        self.status, self.refusal, self.code = status, refusal, refusal.get("code", "")


class SignedIn:
    """With an empty `cookie` the person is not signed in until `sign_in`."""

    def __init__(self, http_url: str, app: str, person_id: str, cookie: str = "") -> None:
        self.url, self.app, self.person_id, self.cookie = http_url, app, person_id, cookie
        self.sign_in_id = ""  # sent with each call (spec 10.8) once it is known
        self._http = httpx.AsyncClient(base_url=http_url, headers={"Origin": http_url}, timeout=20, verify=NO_TLS)

    async def close(self) -> None:
        """Closes the HTTP connections. The sign-in stays."""
        await self._http.aclose()

    async def sign_in(self) -> None:
        response = await self._http.post("/sign-in/api/sign-in", json={"personId": self.person_id})
        if response.status_code != 200:
            raise ApiRefused(response.status_code, response.json()["error"])
        self.cookie = response.cookies[f"parley_{self.app}"]
        self.sign_in_id = response.json()["signInId"]

    async def api(self, method: str, path: str, body: Json | None = None) -> Json:
        """`path` is below /<app>/api. Raises ApiRefused, or httpx.TransportError while the gateway is down."""
        return await self._call(method, path, json=body)

    async def upload(self, path: str, content: bytes) -> Json:
        """Sends a file as the body; otherwise as `api`."""
        return await self._call("POST", path, content=content)

    async def upload_pieces(self, path: str, pieces: AsyncIterable[bytes], size: int) -> Json:
        """The same for a file of this size that comes piece by piece."""
        return await self._call("POST", path, {"Content-Length": str(size)}, content=pieces)

    async def _call(self, method: str, path: str, more: Mapping[str, str] | None = None, **body: Any) -> Json:
        """`more`: further headers."""
        headers = {"Cookie": f"parley_{self.app}={self.cookie}", "Parley-Sign-In": self.sign_in_id, "traceparent": traceparent()}
        response = await self._http.request(method, f"/{self.app}/api{path}", headers={**headers, **(more or {})}, **body)
        if response.status_code >= 400:
            raise ApiRefused(response.status_code, response.json()["error"])
        parsed: Json = response.json() if response.content else {}
        return parsed

    async def whole_session(self, session_id: str) -> Json:
        """The session with all its entries as the server has it now. Fetches all pages, and retries while the server is unavailable."""
        entries: list[Json] = []
        while True:
            path = f"/sessions/{session_id}?after={len(entries)}"
            response = await self.retried(partial(self.api, "GET", path))
            entries += response["session"]["entries"]
            if not response["more"]:
                return {**response["session"], "entries": entries}

    async def download(self, path: str, **headers: str) -> httpx.Response:
        """The raw response; `path` is below /<app>/api. `headers`: more of them."""
        return await self._http.get(f"/{self.app}/api{path}", headers={"Cookie": f"parley_{self.app}={self.cookie}", **headers})

    def download_pieces(self, path: str) -> AbstractAsyncContextManager[httpx.Response]:
        """The response without its content, of which the caller reads the pieces."""
        return self._http.stream("GET", f"/{self.app}/api{path}", headers={"Cookie": f"parley_{self.app}={self.cookie}"})

    async def retried(self, call: Callable[[], Awaitable[Json]]) -> Json:
        """Retries the call while the server is unavailable, as the apps do."""
        while True:
            try:
                return await call()
            except ApiRefused as refused:
                if refused.status < 500:
                    raise
            except httpx.TransportError:
                pass
            await asyncio.sleep(PAUSE)
