"""Made-up calls of every route of the HTTP API on running services, which schemathesis makes from docs/openapi.json.

`make test` makes 10,000 of a fixed seed: a few cases of each route, each sent often with other ids and texts, because making a case costs
more than answering it. `make fuzz` makes 80,000 of a random seed, from more cases.
"""

import asyncio
import json
from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import httpcore
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from stack.engines import ApacheKafka
from stack.openapi_doc import document
from stack.page import Page
from tests.adapters.gateway.made_up import LONG, SEED
from tests.conftest import KAFKA
from tests.journeys.desk import TestDesk

# Cases of each route, half of them invalid, and how often each is sent.
CASES, TIMES = (60, 16) if LONG else (6, 20)
# Calls at the same time.
AT_ONCE = 8
CEILING = 60.0
# Characters of a command's id.
MAX_ID = 64
ERROR = {"kind", "code", "field", "message", "details"}
# Answers while a service catches up. They must end.
FOR_NOW = (503, 504)
# The status, the type and the body of an answer are those of docs/openapi.json.
AS_DESCRIBED = [status_code_conformance, content_type_conformance, response_schema_conformance]
TYPED = "zzmadeupwords"
Ids = list[str]


def operations() -> Iterator[Any]:
    schema: Any = schemathesis.openapi.from_dict(document())
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.startswith(("/tech/", "/portal/")) and not operation.path.endswith("/sign-out"):
            yield operation


def with_ids(value: Any, ids: Ids, turn: int, name: str = "") -> Any:
    """The same body with ids that exist, with words that no log may have in every other text, and with a command's id of its own: with the
    same one, it would be refused as another command after the first turn."""
    if isinstance(value, dict):
        return {key: with_ids(part, ids, turn + number, key) for number, (key, part) in enumerate(value.items())}
    if isinstance(value, list):
        return [with_ids(part, ids, turn + number, name) for number, part in enumerate(value)]
    if not isinstance(value, str):
        return value
    if name == "commandId":
        # An invalid one stays so.
        return f"{value[: MAX_ID - 2]}{turn:02}" if 0 < len(value) <= MAX_ID else value
    if name.endswith(("Id", "Ids")):
        return ids[turn % len(ids)] if turn % 3 else value
    return f"{value} {TYPED}" if name in ("text", "note", "summary", "comment", "reason", "search", "name") else value


class Caller:
    """One person. `ids`: what this person's calls are about; `secrets`: what no answer to them may have."""

    def __init__(self, page: Page, ids: Ids, secrets: list[str]) -> None:
        self.page, self.ids, self.secrets = page, ids, secrets
        self._headers: dict[bytes | str, bytes | str] = {"Origin": page.url, "Host": page.url.removeprefix("http://")}
        self._headers |= {"Parley-Sign-In": page.sign_in_id, "Cookie": f"parley_{page.app}={page.cookie}"}

    async def call(self, pool: httpcore.AsyncConnectionPool, case: Any, turn: int) -> None:
        """Makes the call with other ids and texts than in other turns."""
        path = case.path
        for number, (name, text) in enumerate((case.path_parameters or {}).items()):
            path = path.replace(f"{{{name}}}", quote(self.ids[(turn + number) % len(self.ids)]) if turn % 4 else str(text))
        query = urlencode(case.query or {}, doseq=True)
        url = f"{self.page.url}{path}{'?' * bool(query)}{query}"
        body = b"" if case.body is NOT_SET else json.dumps(with_ids(case.body, self.ids, turn), default=str).encode()
        headers = self._headers | ({"Content-Type": case.media_type} if case.media_type else {})
        what = f"{case.method} {url} {body[:500]!r}"
        answer = await self._answer(pool, what, case.method, url, headers=headers, content=body)
        self._check(answer, what)
        # An answer's form does not depend on the ids, and checking it costs as much as the call.
        if answer.status < 400 and turn < 2:
            must_be_as_described(case, answer)

    async def must_be_signed_in(self, pool: httpcore.AsyncConnectionPool) -> None:
        """Else most calls were answered before they reached a service."""
        what = f"{self.page.url}/{self.page.app}/api/start"
        assert (await self._answer(pool, what, "GET", what, headers=self._headers)).status == 200, what

    async def _answer(self, pool: httpcore.AsyncConnectionPool, what: str, *asked: str, **also: Any) -> httpcore.Response:
        """Asks again while a service is unavailable."""
        try:
            async with asyncio.timeout(CEILING):
                while True:
                    answer = await pool.request(*asked, **also)
                    if answer.status not in FOR_NOW:
                        return answer
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"no answer to {what}") from None

    def _check(self, answer: httpcore.Response, what: str) -> None:
        assert answer.status < 500, (what, answer.status, answer.content[:300])
        assert [secret for secret in self.secrets if secret.encode() in answer.content] == [], what
        if answer.status >= 400:
            assert json.loads(answer.content)["error"].keys() == ERROR, what


def must_be_as_described(case: Any, answer: httpcore.Response) -> None:
    headers = {name.decode().lower(): [value.decode()] for name, value in answer.headers}
    request = requests.Request(case.method, "http://x").prepare()
    answered = Response(answer.status, headers, answer.content, request, elapsed=0.0, verify=False)
    case.validate_response(answered, checks=AS_DESCRIBED)


def cases() -> dict[str, list[Any]]:
    """The cases of each app."""
    made: dict[str, list[Any]] = {"tech": [], "portal": []}
    for operation in operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            made[operation.path.split("/")[1]] += _cases_of(operation.as_strategy(generation_mode=mode))
    return made


def _cases_of(strategy: Any) -> list[Any]:
    found = list[Any]()

    @seed(SEED)
    @settings(max_examples=CASES // 2, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False)
    @given(case=strategy)
    def each(case: Any) -> None:
        found.append(case)

    each()
    return found


async def call_all(callers: dict[str, list[Caller]]) -> int:
    """Returns the number of calls."""
    made = await asyncio.to_thread(cases)
    calls = [(app, case, turn) for app, some in made.items() for case in some for turn in range(TIMES)]
    Random(SEED).shuffle(calls)
    left = iter(enumerate(calls))

    async def make_some(pool: httpcore.AsyncConnectionPool) -> None:
        for number, (app, case, turn) in left:
            await callers[app][number % len(callers[app])].call(pool, case, turn)

    async with httpcore.AsyncConnectionPool(max_connections=AT_ONCE) as pool:
        await asyncio.gather(*(make_some(pool) for _ in range(AT_ONCE)))
        for caller in chain.from_iterable(callers.values()):
            await caller.must_be_signed_in(pool)
    return len(calls)


# On a machine that is shared with other tests it takes minutes.
@pytest.mark.skipif(KAFKA is ApacheKafka, reason="the HTTP API does not depend on the engines; make test runs it")
@pytest.mark.timeout(1800)
async def test_made_up_calls_get_no_error_of_the_server_and_nothing_of_others(desk: TestDesk) -> None:  # spec 10.2, 10.9, 12.2
    elsewhere = TestDesk(desk.stack, f"{desk.id}x")
    await elsewhere.make()
    mia, leo, zoe, bo, ava, foreign = [await desk.page(word) for word in ("mia", "leo", "zoe", "bo", "ava")] + [await elsewhere.page("mia")]
    secrets = [f"{desk.id}globex-secret", f"{desk.id}foreign-secret"]
    theirs = [await desk.chat(zoe, secrets[0]), await desk.ticket(zoe), await elsewhere.chat(foreign, secrets[1])]
    own = [await desk.chat(leo), await desk.ticket(leo), desk.id_of("leo"), desk.id_of("acme"), desk.id_of("service-desk")]
    callers = {
        "portal": [Caller(mia, [await desk.chat(mia), await desk.ticket(mia), *theirs, desk.id_of("zoe")], secrets)],
        # Ava may change what Bo may see, so she is not told of what he must not see.
        "tech": [Caller(bo, [*own, *theirs, desk.id_of("globex")], secrets), Caller(ava, [*own, theirs[2]], secrets[1:])],
    }

    # Else their pages would be sent what the calls change.
    await desk.close()

    assert await call_all(callers) >= 10_000
    await elsewhere.close()
    logs = [path for path in desk.stack.logs.iterdir() if path.stem not in ("kafka", "store")]
    assert [path.name for path in logs if any(word in path.read_text(errors="replace") for word in (TYPED, *secrets))] == []
