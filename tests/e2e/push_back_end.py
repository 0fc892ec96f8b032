"""A stand-in on loopback for what Chromium's own Web Push talks to, and a push service that reaches the browser through it.

Chromium checks in and registers over HTTP, and keeps one TLS connection (MCS) on which pushes arrive. Only the messages that it needs
are answered; they are protobufs of a few fields, written by hand. Chromium's endpoints name fcm.googleapis.com, so a test rewrites them.
"""

import asyncio
import base64
import hashlib
import secrets
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from stack.ports import HOST
from tests.fakes.push_service import PushService

PING, PING_ANSWER, LOGIN, LOGIN_ANSWER, PUSH = 0, 1, 2, 3, 8
MCS_VERSION = 41
DEVICE, DEVICE_TOKEN = 4321000000000001, 8765000000000001


class PushBackEnd:
    """`flags`: for Chromium's command line. `endpoint_of(endpoint)`: the same subscription at the push service of this object."""

    def __init__(self, service: PushService, folder: Path) -> None:
        self._service, self._certificate = service, folder / "push.pem"
        self._registered: dict[str, dict[str, str]] = {}
        self._browser: asyncio.StreamWriter | None = None
        self._sent = 0
        self.flags: list[str] = []

    def endpoint_of(self, endpoint: str) -> str:
        token = endpoint.rsplit("/", 1)[-1]
        self._service.relay(token, lambda body: self._push(token, body))
        return f"{self._service.url}/push/{token}"

    async def start(self) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        key_hash = _write_certificate(self._certificate)
        tls.load_cert_chain(self._certificate)
        http = await asyncio.start_server(self._http, HOST, 0)
        mcs = await asyncio.start_server(self._mcs, HOST, 0, ssl=tls)
        http_port, mcs_port = (server.sockets[0].getsockname()[1] for server in (http, mcs))
        url = f"http://{HOST}:{http_port}"
        self.flags = [f"--gcm-checkin-url={url}/checkin", f"--gcm-registration-url={url}/register"]
        self.flags += [f"--gcm-mcs-endpoint=https://localhost:{mcs_port}", f"--ignore-certificate-errors-spki-list={key_hash}"]

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [line.partition(":")[2] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0]) if lengths else 0)
        if "/checkin" in head.split("\r\n")[0]:
            kind, answer = "application/x-protobuffer", _checked_in()
        else:
            form = dict(parse_qsl(body.decode()))
            token = form["app"] if "delete" in form else f"token-{secrets.token_urlsafe(24)}"
            self._registered[token] = form
            kind, answer = "text/plain", f"token={token}".encode()
        lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(answer)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode() + answer)
        await writer.drain()
        writer.close()

    async def _mcs(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(1)  # the browser's version
            while True:
                tag = (await reader.readexactly(1))[0]
                await reader.readexactly(await _read_number(reader))
                if tag == LOGIN:
                    writer.write(bytes([MCS_VERSION]) + _message(LOGIN_ANSWER, _text(1, "login") + _number(9, _milliseconds())))
                    self._browser = writer
                elif tag == PING:
                    writer.write(_message(PING_ANSWER, b""))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _push(self, token: str, body: bytes) -> None:
        form, self._sent = self._registered[token], self._sent + 1
        subtype = form.get("X-subtype", form.get("subtype", ""))
        data = [_text(7, _text(1, name) + _text(2, value)) for name, value in (("subtype", subtype), ("content-encoding", "aes128gcm"))]
        stanza = _text(2, f"m{self._sent}") + _text(3, form["sender"]) + _text(5, form["app"]) + b"".join(data)
        stanza += (
            _text(9, f"p{self._sent}") + _number(10, self._sent + 1) + _number(17, 60) + _number(18, _milliseconds()) + _text(21, body)
        )
        assert self._browser is not None, "the browser has not signed in"
        self._browser.write(_message(PUSH, stanza))


@asynccontextmanager
async def push_back_end(port: int, folder: Path) -> AsyncIterator[PushBackEnd]:
    """The push service listens on `port`."""
    async with PushService(port=port) as service:
        back_end = PushBackEnd(service, folder)
        await back_end.start()
        yield back_end
        service.hang_up()


def _write_certificate(file: Path) -> str:
    """Writes certificate and key; returns the hash of the public key that Chromium is told to accept."""
    key, name, now = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
        datetime.now(UTC),
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM) + private)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(public).digest()).decode()


def _checked_in() -> bytes:
    ids = [_varint(field << 3 | 1) + id.to_bytes(8, "little") for field, id in ((7, DEVICE), (8, DEVICE_TOKEN))]
    return _number(1, 1) + _number(3, _milliseconds()) + b"".join(ids)


def _milliseconds() -> int:
    return int(time.time() * 1000)


def _message(tag: int, body: bytes) -> bytes:
    return bytes([tag]) + _varint(len(body)) + body


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _varint(number: int) -> bytes:
    raw = b""
    while number > 127:
        raw, number = raw + bytes([number & 127 | 128]), number >> 7
    return raw + bytes([number])


async def _read_number(reader: asyncio.StreamReader) -> int:
    number = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number
