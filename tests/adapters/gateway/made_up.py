"""Random input for the browsers' port: any bytes, and bodies for every route that takes one.

`make test` sends a few inputs of a fixed seed. `make fuzz` sends thousands of a random seed, which a failing test prints.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Any

from hypothesis import settings

from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS, TECH_CALLS, CallRoute
from services.gateway.inbound.edge import READS

LONG = settings().max_examples > 100
# With a new route another seed may be needed: some of its few requests must reach a service.
SEED = SystemRandom().randrange(2**32) if LONG else 11
EXAMPLES = settings().max_examples if LONG else 8
ROUTES = {"tech": (*CALLS_OF_BOTH, *TECH_CALLS), "portal": (*CALLS_OF_BOTH, *PORTAL_CALLS)}
PATHS = [
    "/",
    "/sign-in",
    "/sign-in/api/people",
    "/sign-in/api/providers",
    "/sign-in/api/begin",
    "/sign-in/api/callback/acme",
    "/tech/",
    "/portal/tickets/12",
    "/portal/api/tickets/t1",
    "/portal/api/tickets/t1/attachments",
    "/tech/api/tickets/t1/attachments/a1",
    "/portal/api/chats/s1/files",
    "/tech/api/chats/s1/files/f1",
    "/tech/api/audit/file",
    "/assets/app-1a2b.js",
    "/tech/socket",
    "*",
    "//x",
    "/..%2f",
]
# Parameters of routes that are no calls.
QUERY = ("after", "idle", "name", "command", "desk", "provider", "to", "state", "code", "since", "kind")
VERBS = [*["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "BREW", "get"], ""]
UNITS = [
    *["a", "\\", '"', ";", "=", ",", "{", "[", "%", "%61", "a=b;", "../", "é", "9", "bytes=0-1,", "x@", "[::", "-", "/a"],
    " ",
    "\t",
    "\x00",
]
NAMES = [
    "Cookie",
    "Origin",
    "Host",
    "Range",
    "traceparent",
    "Accept",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "If-None-Match",
    "Expect",
    "Connection",
    "Upgrade",
    "Transfer-Encoding",
    "Content-Length",
    "Content-Type",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "X",
]
VALUES = [
    "",
    *[
        "chunked",
        "upgrade",
        "websocket",
        "h2c",
        "100-continue",
        "0",
        "-1",
        "5",
        "99999999999999999999",
        "null",
        "http://x",
        "13",
        "keep-alive",
    ],
]


def seeded() -> Random:
    print(f"seed {SEED}")
    return Random(SEED)


@dataclass(frozen=True)
class MadeUp:
    """`parts` are sent one after the other."""

    parts: Sequence[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))


def many(random: Random, most: int = 50_000) -> str:
    """Returns one unit repeated many times, for which a pattern or parser may be slow."""
    unit = random.choice(UNITS)
    return unit * (int(most ** random.random()) // len(unit) + 1)


def chunked(body: bytes) -> bytes:
    """Encodes the body in chunks of one byte."""
    return b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"


def request(random: Random, signed_in: Mapping[str, Sequence[str]]) -> MadeUp:
    """Returns a random HTTP request, in most cases invalid, cut into parts. `signed_in`: for each app the header lines that identify a
    person; only some requests have them."""
    if random.random() < 0.1:
        return MadeUp([random.randbytes(int(100_000 ** random.random()))])
    app = random.choice([*signed_in])
    route = random.choice(ROUTES[app])
    # A request that isn't odd may be invalid only in its body.
    odd = random.random() < 0.7
    target = random.choice(PATHS) if odd and random.random() < 0.4 else f"/{app}/api{route.path}"
    if odd and random.random() < 0.4:
        target += "?" + "&".join(f"{word}={many(random, 3_000)}" for word in [*route.query, *random.sample(QUERY, 3)])
    lines = [f"{random.choice(VERBS) if odd and random.random() < 0.4 else route.verb} {target} HTTP/1.1"]
    if not odd or random.random() < 0.8:
        lines += ["Host: x", "Origin: http://x"]
    if random.random() < (0.4 if odd else 0.8):
        lines += signed_in[app]
    for _ in range(random.randrange(5) if odd else 0):
        value = random.choice(VALUES) if random.random() < 0.5 else many(random, 40_000)
        lines.append(f"{random.choice(NAMES)}: {'parley_tech=' if random.random() < 0.2 else ''}{value}")
    sent = random.choice([b"", many(random).encode(), body(random, route)])
    framing = random.choice(["Content-Length", "Transfer-Encoding", *[""] * odd]) if sent else ""
    if framing == "Content-Length":
        lines.append(f"Content-Length: {len(sent)}")
    elif framing:
        lines.append("Transfer-Encoding: chunked")
        sent = chunked(sent[:100_000])
    data = "\r\n".join([*lines, "", ""]).encode() + sent
    data *= random.randrange(1, 40) if random.random() < 0.1 and len(data) < 2_000 else 1
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.randrange(4)))
    return MadeUp([data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)])


def writes() -> list[tuple[str, CallRoute]]:
    return [(app, route) for app, routes in ROUTES.items() for route in routes if route.verb not in READS]


def body(random: Random, route: CallRoute) -> bytes:
    """Returns JSON of the route's request with some invalid values; sometimes text that is not JSON."""
    text = json.dumps(_message(random, route.new_request().DESCRIPTOR, 0), ensure_ascii=random.random() < 0.5).encode(errors="replace")
    if random.random() < 0.2:
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice([b"", random.randbytes(5), many(random).encode()]) + text[at + random.randrange(3) :]
    return text


def _message(random: Random, described: Any, depth: int) -> Any:
    if depth > 6:
        return {}
    made = {field.json_name: _field(random, field, depth) for field in described.fields if random.random() < 0.8}
    if random.random() < 0.05:
        made[many(random)] = 1
    return made


def _field(random: Random, field: Any, depth: int) -> Any:
    if random.random() < 0.08:
        odd: list[Any] = [None, True, -1, 1.5, 10**30, many(random), [], {}, [[]] * 50, {many(random, 1_000): {}}, "2020-01-01T00:00:00Z"]
        return random.choice(odd)
    count = random.choice([0, 1, 2, int(10_000 ** random.random())]) if field.is_repeated else 1
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {f"k{number}": True for number in range(count)}
    if field.is_repeated and count > 2:
        return [_value(random, field, depth)] * count
    return [_value(random, field, depth) for _ in range(count)] if field.is_repeated else _value(random, field, depth)


def _value(random: Random, field: Any, depth: int) -> Any:
    if field.message_type is not None:
        return _message(random, field.message_type, depth + 1)
    if field.enum_type is not None:
        return random.choice([value.name for value in field.enum_type.values] + [99])
    if field.cpp_type == field.CPPTYPE_BOOL:
        return random.random() < 0.5
    if field.cpp_type == field.CPPTYPE_STRING:
        return random.choice(["mia", "2030-12-25", many(random, 20_000)])
    return random.choice([0, 1, 1_440, 2**31])
