"""Makes the key pairs of Parley's services and of the check's account: what is there stays, what is missing is added.

    python -m deploy.jobs.make_keys --folder FOLDER
    python -m deploy.jobs.make_keys --secrets PRIVATE PUBLIC [--number 2]

With `--folder` (compose.yaml) all files are in one folder. With `--secrets` (a hook of the chart) the private keys are in one Secret of
this pod's namespace, the public keys and scopes in another one. If keys were added to Secrets in use, this ends only after SEEN_AFTER
seconds, when all running pods have the new public keys, so no call with a new key is refused. The next run completes what a crash left.
"""

import argparse
import base64
import json
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from stack.keys import account_of
from stack.replicas import SERVICES

# Kubelets write a changed Secret into pods within two minutes (their sync period and cache), and services reread their folder every 30 s.
SEEN_AFTER = 150.0
# What the account of deploy/jobs/check_chat.py may do, on the desk of that check.
CHECK = ("desk:parley-check", "chat:read", "chat:write", "tickets:read", "directory:write")
GRANTS = {**dict.fromkeys(SERVICES, ("internal",)), "check": CHECK}
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.jobs.make_keys")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--folder", type=Path)
    where.add_argument("--secrets", nargs=2, metavar=("PRIVATE", "PUBLIC"))
    parser.add_argument("--number", type=int, default=1, help="the keys are named <service>-<number>")
    given = parser.parse_args()
    if given.folder:
        make_files(given.folder, given.number)
        return
    private, public = given.secrets
    if fill_secrets(Secrets(), private, public, given.number):
        print(f"waiting {SEEN_AFTER:.0f} s, until all pods have the new public keys", flush=True)
        time.sleep(SEEN_AFTER)


def make_files(folder: Path, number: int) -> None:
    """Key pairs and scopes in `folder`."""
    for name, grant in GRANTS.items():
        account_of(folder, name, grant, number)


class Secrets:
    """The Secrets of this pod's namespace. Raises urllib.error.HTTPError for a refused call."""

    def __init__(self, server: str = "https://kubernetes.default.svc", account: Path = ACCOUNT) -> None:
        self._url = f"{server}/api/v1/namespaces/{(account / 'namespace').read_text()}/secrets"
        self._token = (account / "token").read_text()
        self._tls = ssl.create_default_context(cafile=account / "ca.crt") if server.startswith("https") else None

    def get(self, name: str) -> dict[str, bytes] | None:
        """None if there is no such Secret."""
        try:
            found = self._call("GET", f"/{name}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}

    def add(self, name: str, files: dict[str, bytes], create: bool) -> None:
        """Adds the files to the Secret; the others stay."""
        data = {key: base64.b64encode(value).decode() for key, value in files.items()}
        if create:
            self._call("POST", "", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})
        else:
            self._call("PATCH", f"/{name}", {"data": data})

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self._url}{path}", json.dumps(body).encode() if body else None, headers, method=method)
        with urllib.request.urlopen(request, timeout=30, context=self._tls) as answer:
            parsed: dict[str, Any] = json.load(answer)
            return parsed


def fill_secrets(secrets: Secrets, private: str, public: str, number: int) -> bool:
    """Returns whether keys were added beside others, so that running pods need time to see them."""
    found = {name: secrets.get(name) for name in (private, public)}
    stored = {file: content for files in found.values() for file, content in (files or {}).items()}
    with tempfile.TemporaryDirectory() as folder:
        for file, content in stored.items():
            (Path(folder) / file).write_bytes(content)
        make_files(Path(folder), number)
        made = {file.name: file.read_bytes() for file in Path(folder).iterdir()}
    missing = {file: content for file, content in made.items() if stored.get(file) != content}
    # The public keys first: a private key that nobody knows yet is of no use.
    for name, wanted in ((public, True), (private, False)):
        files = {file: content for file, content in missing.items() if file.endswith((".pub.pem", ".scopes")) is wanted}
        if files:
            secrets.add(name, files, create=found[name] is None)
            print(f"Secret {name}: added {', '.join(sorted(files))}", flush=True)
    return bool(stored) and bool(missing)


if __name__ == "__main__":
    main()
