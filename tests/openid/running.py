"""Runs the OpenID provider of the tests (provider.mjs), and a person who signs in there over HTTP."""

import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from stack.ports import HOST, free_port
from stack.setup.web import MODULES, path_with_node
from stack.signed_in import NO_TLS

SCRIPT = Path(__file__).with_name("provider.mjs")
SECRET = "a secret of the tests"
CLIENT_ID = "parley"
START_SECONDS = 60.0


class OpenIdProvider:
    """A provider on this machine. It has a new key after each `start`."""

    def __init__(self, redirect_uris: Sequence[str], afterwards: Sequence[str]) -> None:
        self.port = free_port()
        self.issuer = f"http://{HOST}:{self.port}"
        self._arguments = [str(SCRIPT), str(self.port), str(MODULES.parent), ",".join(redirect_uris), ",".join(afterwards)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(["node", *self._arguments], env={"PATH": path_with_node()}, stdout=subprocess.PIPE)
        ends = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, "the provider ended"
            assert time.monotonic() < ends, "the provider does not answer"
            time.sleep(0.05)

    @property
    def runs(self) -> bool:
        return self._process is not None

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.issuer}/.well-known/openid-configuration", verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False


async def sign_in_at(address: str, login: str) -> str:
    """Signs in at the provider's page and consents. Returns the address to which it sends the browser back."""
    async with new_browser() as browser:
        return await sign_in_with(browser, address, login)


def new_browser() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=NO_TLS, timeout=20)


async def sign_in_with(browser: httpx.AsyncClient, address: str, login: str) -> str:
    """As `sign_in_at`, with a browser that keeps its session at the provider."""
    page = await browser.get(address)
    while True:
        if page.is_redirect:
            there = str(page.headers["location"])
            if "/callback/" in there:
                return there
            page = await browser.get(page.url.join(there))
            continue
        form = re.search(r'action="([^"]+)"', page.text)
        assert page.status_code == 200 and form is not None, page.text
        prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
        assert prompt is not None, page.text
        page = await browser.post(page.url.join(form[1]), data={"prompt": prompt[1], "login": login, "password": "any"})


async def sign_out_with(browser: httpx.AsyncClient, issuer: str, id_token: str) -> None:
    """Ends the browser's session at the provider, as its own page for that does."""
    page = await browser.get(f"{issuer}/session/end", params={"id_token_hint": id_token})
    xsrf = re.search(r'name="xsrf" value="(\w+)"', page.text)
    assert xsrf is not None, page.text
    answer = await browser.post(f"{issuer}/session/end/confirm", data={"xsrf": xsrf[1], "logout": "yes"})
    assert answer.status_code < 400, answer.text
