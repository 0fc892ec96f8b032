"""Calls between services with certificates on both sides, which are replaced while both run."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from servicekit import grpc_tls
from servicekit.errors import Unavailable
from servicekit.grpc_client import Channel, call, channel
from servicekit.grpc_server import GrpcServer
from servicekit.grpc_tls import TlsFiles
from servicekit.identity import TokenSigner
from servicekit.metrics import Metrics
from tests.fakes.certificates import Authority
from tests.unit.servicekit.echo import Echo, Servers, unary


class Certificates:
    """The files of two services, `server` and `client`, whose certificates one authority signs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.authority = folder, Authority(folder)
        self.server, self.client = (
            TlsFiles(*self.authority.sign("echo", file=name), str(folder / f"{name}.ca.pem")) for name in ("server", "client")
        )
        self.trust(self.authority)

    def trust(self, *authorities: Authority) -> None:
        """Both services trust these authorities from now on."""
        for files in (self.server, self.client):
            Path(files.ca).write_text("".join(Path(authority.ca).read_text() for authority in authorities))


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    monkeypatch.setattr(grpc_tls, "LOOK_EVERY", 0)
    return Certificates(tmp_path / "tls")


@pytest.fixture
async def server(server_of: Servers, echo: Echo, certificates: Certificates) -> GrpcServer:
    server = server_of(echo, tls=certificates.server)
    await server.start()
    return server


@pytest.fixture
async def line_with(server: GrpcServer, gateway: TokenSigner) -> Any:
    async with AsyncExitStack() as stack:

        async def connect(tls: TlsFiles | None, name: str = "") -> Channel:
            return await stack.enter_async_context(channel(server.address, gateway, Metrics("client"), tls, tls_name=name))

        yield connect


async def test_a_call_needs_a_certificate_and_a_token(line_with: Callable[..., Any], certificates: Certificates) -> None:  # spec 10.3
    line = await line_with(certificates.client)
    assert await call(unary(line), b"who") == b"gateway"


async def test_callers_without_or_with_a_foreign_certificate_and_servers_of_another_name_are_refused(
    line_with: Callable[..., Any], certificates: Certificates, tmp_path: Path
) -> None:  # spec 10.3
    stranger = Authority(tmp_path / "strange").sign("echo")
    for tls, name in ((None, ""), (TlsFiles(*stranger, certificates.client.ca), ""), (certificates.client, "another")):
        with pytest.raises(Unavailable):
            await call(unary(await line_with(tls, name)), b"who")


async def test_a_new_authority_and_new_certificates_are_used_without_a_restart_or_a_refused_call(
    line_with: Callable[..., Any], certificates: Certificates
) -> None:  # spec 10.3
    line, new = await line_with(certificates.client), Authority(certificates.folder, "new")
    assert await call(unary(line), b"who") == b"gateway"

    certificates.trust(certificates.authority, new)
    assert await call(unary(line), b"who") == b"gateway"
    for name in ("server", "client"):
        new.sign("echo", file=name)
        assert await call(unary(line), b"who") == b"gateway"
    certificates.trust(new)
    assert await call(unary(line), b"who") == b"gateway"

    certificates.authority.sign("echo", file="client")
    with pytest.raises(Unavailable):
        await call(unary(line), b"who")
