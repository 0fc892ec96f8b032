"""An HTTP server in a thread that receives webhooks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class HookReceiver:
    """`received` has the type of each event with its session; `status` is what the next request is answered with."""

    def __init__(self, url: str) -> None:
        self.url, self.status = url, 204
        self.received: list[tuple[str, Any]] = []


@contextmanager
def hook_receiver() -> Iterator[HookReceiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append((self.headers["Parley-Event-Type"], json.loads(body)[0]))
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = HookReceiver(f"http://127.0.0.1:{server.server_port}/hook")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
