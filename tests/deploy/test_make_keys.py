"""The job that makes keys, against a server that answers like Kubernetes' API for Secrets."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.jobs.make_keys import GRANTS, Secrets, fill_secrets
from servicekit.clock import SystemClock
from servicekit.identity import TokenSigner, TokenVerifier
from stack.replicas import SERVICES

Stored = dict[str, dict[str, str]]


class Api(HTTPServer):
    """Holds Secrets as Kubernetes does: POST creates, PATCH merges."""

    def __init__(self) -> None:
        self.stored: Stored = {}
        self.calls: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def files(self, secret: str) -> dict[str, bytes]:
        return {name: base64.b64decode(value) for name, value in self.stored.get(secret, {}).items()}


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self._answer(200, {"data": self.server.stored[name]}) if name in self.server.stored else self._answer(404, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(f"create {body['metadata']['name']}")
        self.server.stored[body["metadata"]["name"]] = body["data"]
        self._answer(201, {})

    def do_PATCH(self) -> None:
        name = self.path.rpartition("/")[2]
        assert self.headers["Content-Type"] == "application/merge-patch+json"
        self.server.calls.append(f"patch {name}")
        self.server.stored[name] |= json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
        self._answer(200, {})

    def _answer(self, status: int, body: object) -> None:
        assert self.headers["Authorization"] == "Bearer secret" and self.path.startswith("/api/v1/namespaces/support/secrets")
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def secrets(api: Api, tmp_path: Path) -> Secrets:
    (tmp_path / "namespace").write_text("support")
    (tmp_path / "token").write_text("secret")
    return Secrets(f"http://127.0.0.1:{api.server_port}", tmp_path)


def test_the_first_run_makes_every_key_and_the_next_one_changes_nothing(api: Api, secrets: Secrets) -> None:
    assert not fill_secrets(secrets, "keys", "public", 1)
    # A crash between the two leaves public keys that no private key belongs to; the next run replaces them.
    assert api.calls == ["create public", "create keys"]
    assert set(api.files("keys")) == {f"{name}-1.pem" for name in GRANTS}
    assert set(api.files("public")) == {f"{name}-1{end}" for name in GRANTS for end in (".pub.pem", ".scopes")}
    before = json.dumps(api.stored)
    assert not fill_secrets(secrets, "keys", "public", 1)
    assert json.dumps(api.stored) == before


def test_a_rotation_adds_keys_and_waits_for_running_pods(api: Api, secrets: Secrets, tmp_path: Path) -> None:  # spec 10.3
    fill_secrets(secrets, "keys", "public", 1)
    old = api.files("public")
    assert fill_secrets(secrets, "keys", "public", 2)
    assert api.calls[2:] == ["patch public", "patch keys"]
    assert old.items() <= api.files("public").items()
    folder = tmp_path / "pod"
    folder.mkdir()
    for name, content in (api.files("public") | api.files("keys")).items():
        (folder / name).write_bytes(content)
    verifier = TokenVerifier(folder, SystemClock())
    for service in SERVICES:
        for number in (1, 2):
            caller = verifier.verify(TokenSigner(folder / f"{service}-{number}.pem", SystemClock()).service_token())
            assert (caller.id, caller.scopes) == (service, frozenset({"internal"}))


def test_a_crash_between_the_secrets_is_completed(api: Api, secrets: Secrets) -> None:
    fill_secrets(secrets, "keys", "public", 1)
    del api.stored["keys"]
    fill_secrets(secrets, "keys", "public", 1)
    assert api.calls[-2:] == ["patch public", "create keys"]
    assert set(api.files("keys")) == {f"{name}-1.pem" for name in GRANTS}


def test_the_checks_account_works_on_its_own_desk_only() -> None:
    assert [line for line in GRANTS["check"] if line.startswith("desk:")] == ["desk:parley-check"]
    assert not any(re.search("internal|presence|notify|settings", line) for line in GRANTS["check"])
