"""Made-up frames of pages on running services: valid kinds with hostile values, and texts that are no frames.

`make test-load` sends a few hundred of a fixed seed; `make fuzz` sends 10,000 of a random seed, which a failing test prints.
"""

import json
from random import Random
from typing import Any

import pytest

from stack.page import Page
from tests.adapters.gateway.made_up import LONG, many, seeded
from tests.journeys.desk import TestDesk
from tests.journeys.test_bad_frames import FRAMES, good

pytestmark = pytest.mark.stops_services
FRAMES_SENT = 10_000 if LONG else 300
# Frames between two messages, which show that the page is still served.
BETWEEN = 50
TYPED = "zzmadeupwords"
# Not JSON, or too large.
NOT_A_FRAME = 4400
Json = dict[str, Any]


class Watching(Page):
    """Keeps the frames in which one of `secrets` is."""

    def __init__(self, url: str, app: str, person_id: str, secrets: list[str]) -> None:
        super().__init__(url, app, person_id)
        self.secrets, self.leaks = secrets, list[Json]()

    def on_frame(self, frame: Json) -> None:
        text = json.dumps(frame)
        if any(secret in text for secret in self.secrets):
            self.leaks.append(frame)
        super().on_frame(frame)


def made_up(random: Random, ids: list[str]) -> bytes:
    """In most cases a frame of the contract, in which some values are others. `ids`: what exists, some of it for others."""
    if random.random() < 0.02:
        return random.choice([b"\xff\xfe", b"", b"[" * 20_000, many(random, 20_000).encode(), b'{"t":"beat"'])
    frame = good(random.choice([*FRAMES]), random.choice(ids))
    for name in [*frame]:
        if name != "t" and random.random() < 0.4:
            frame[name] = _value(random, ids, frame[name])
    if random.random() < 0.05:
        frame[many(random, 500)] = 1
    return json.dumps(frame, ensure_ascii=random.random() < 0.5).encode(errors="surrogatepass")


def _value(random: Random, ids: list[str], before: object) -> object:
    if random.random() < 0.3:
        return random.choice([None, True, -1, 1.5, 10**30, [], {}, [[]] * 50, {"a": {}}, "\ud83d", "\u202e", "\x00", many(random, 5_000)])
    if isinstance(before, list):
        return [random.choice(ids) for _ in range(random.choice([0, 1, 3, 60]))]
    if isinstance(before, int):
        return random.choice([0, 1, 2, 2**31, 2**32])
    return random.choice([*ids, f"{TYPED} {many(random, 300)}"])


async def test_made_up_frames_show_nothing_of_others_and_every_page_is_served_on(desk: TestDesk) -> None:  # spec 10.2, 10.9, 11.1
    random, elsewhere = seeded(), TestDesk(desk.stack, f"{desk.id}x")
    await elsewhere.make()
    mia, zoe, bo, foreign = *[await desk.page(word) for word in ("mia", "zoe", "bo")], await elsewhere.page("mia")
    secrets = [f"{desk.id}globex-secret", f"{desk.id}foreign-secret"]
    theirs = [await desk.chat(zoe, secrets[0]), await desk.ticket(zoe), await elsewhere.chat(foreign, secrets[1])]
    own = [await desk.handled(mia, bo), await desk.ticket(mia), desk.id_of("mia"), desk.id_of("bo")]
    async with (
        Watching(desk.gateways[0], "portal", mia.person_id, secrets) as customer,
        Watching(desk.gateways[1], "tech", bo.person_id, secrets) as engineer,
    ):
        for number in range(FRAMES_SENT):
            page = (customer, engineer)[number % 2]
            # While it reconnects, the frame is dropped, as it would be.
            page.send(made_up(random, [*own, *theirs, desk.id_of("zoe")]))
            if number % BETWEEN == BETWEEN - 1:
                for each in (customer, engineer):
                    await each.until(lambda each=each: each.connects > len(each.close_codes), "it is connected")  # type: ignore[misc]
                    post = each.post(own[0], f"still here {number}")
                    # Says which page was not answered, and after which frames.
                    await each.until(post.accepted.done, f"an answer to {post.frame}, after {number + 1} frames", 120)
                    await post.accepted
        assert {*customer.close_codes, *engineer.close_codes} <= {NOT_A_FRAME}
        assert (customer.leaks, engineer.leaks) == ([], [])
    await elsewhere.close()
    logs = [path for path in desk.stack.logs.iterdir() if path.stem not in ("kafka", "store")]
    assert [path.name for path in logs if any(word in path.read_text(errors="replace") for word in (TYPED, *secrets))] == []
