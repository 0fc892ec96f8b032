"""A receiver of Parley's webhooks. It needs Python 3.11 and nothing else.

WEBHOOK_SECRET=... python receiver.py 8000
"""

import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["WEBHOOK_SECRET"]
# Older requests are refused, so that nobody can send a recorded one again.
MAX_SECONDS_OLD = 300
MAX_BYTES = 1_000_000
seen: set[str] = set()  # in a real receiver: a table with a unique index


def is_genuine(timestamp: str, signature: str, body: bytes) -> bool:
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > MAX_SECONDS_OLD:
        return False
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v1={expected}", signature)


def handle(event_type: str, session: dict[str, object]) -> None:
    print(event_type, session["id"], session["status"], session["name"], flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(self.status_of_request())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def status_of_request(self) -> int:
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_BYTES:
            return 413
        body = self.rfile.read(length)
        if not is_genuine(self.headers.get("Parley-Timestamp", ""), self.headers.get("Parley-Signature", ""), body):
            return 401
        event_id = self.headers["Parley-Event-Id"]
        if event_id not in seen:  # Parley may send an event more than once, with the same id
            for session in json.loads(body):
                handle(self.headers["Parley-Event-Type"], session)
            seen.add(event_id)
        return 204


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
