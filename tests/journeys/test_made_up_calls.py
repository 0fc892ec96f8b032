"""Made-up calls of every route of the HTTP API on running services, which schemathesis makes from docs/openapi.json.

`make test-load` makes two of each route, of a fixed seed; `make fuzz` makes a hundred of each, more than 10,000, of a random seed.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from stack.openapi_doc import document
from stack.page import Page
from tests.adapters.gateway.made_up import LONG, SEED
from tests.journeys.desk import TestDesk

# It takes half a minute of the time that `make test` does not have.
pytestmark = pytest.mark.stops_services
EACH = 100 if LONG else 2
CEILING = 60.0
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
    """The same body with ids that exist, and with words that no log may have in every other text."""
    if isinstance(value, dict):
        return {key: with_ids(part, ids, turn + number, key) for number, (key, part) in enumerate(value.items())}
    if isinstance(value, list):
        return [with_ids(part, ids, turn + number, name) for number, part in enumerate(value)]
    if not isinstance(value, str):
        return value
    if name.endswith(("Id", "Ids")) and name != "commandId":
        return ids[turn % len(ids)] if turn % 3 else value
    return f"{value} {TYPED}" if name in ("text", "note", "summary", "comment", "reason", "search", "name") else value


class Caller:
    """One person. `ids`: what this person's calls are about; `secrets`: what no answer to them may have."""

    def __init__(self, page: Page, ids: Ids, secrets: list[str]) -> None:
        self.page, self.ids, self.secrets = page, ids, secrets
        self.made = 0

    def call(self, case: Any) -> None:
        """Makes the call, and again while a service is unavailable."""
        self.made += 1
        case.path_parameters = {
            name: self.ids[(self.made + number) % len(self.ids)] if self.made % 4 else text
            for number, (name, text) in enumerate((case.path_parameters or {}).items())
        }
        if isinstance(case.body, dict | list):
            case.body = with_ids(case.body, self.ids, self.made)
        headers = {"Origin": self.page.url, "Parley-Sign-In": self.page.sign_in_id}
        headers["Cookie"] = f"parley_{self.page.app}={self.page.cookie}"
        ends = time.monotonic() + CEILING
        while True:
            answer = case.call(base_url=self.page.url, headers=headers, timeout=CEILING)
            if answer.status_code not in FOR_NOW or time.monotonic() > ends:
                break
            time.sleep(0.1)
        assert answer.status_code < 500, (answer.status_code, answer.text[:300])
        assert [secret for secret in self.secrets if secret in answer.text] == []
        case.validate_response(answer, checks=AS_DESCRIBED)


def call_all(callers: dict[str, list[Caller]]) -> int:
    """Returns the number of calls."""
    for operation in operations():
        some = callers[operation.path.split("/")[1]]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _call_one(operation.as_strategy(generation_mode=mode), some)
    return sum(caller.made for some in callers.values() for caller in some)


def _call_one(cases: Any, callers: list[Caller]) -> None:
    @seed(SEED)
    @settings(
        max_examples=max(EACH // 2, 1), database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False
    )
    @given(case=cases)
    def each(case: Any) -> None:
        callers[sum(caller.made for caller in callers) % len(callers)].call(case)

    each()


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

    made = await asyncio.to_thread(call_all, callers)

    assert made >= EACH * sum(1 for _ in operations()) // 2
    await elsewhere.close()
    logs = [path for path in desk.stack.logs.iterdir() if path.stem not in ("kafka", "store")]
    assert [path.name for path in logs if any(word in path.read_text(errors="replace") for word in (TYPED, *secrets))] == []
