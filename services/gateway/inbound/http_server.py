"""uvicorn in this process and event loop, as a Part: HTTP and sockets on one port."""

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from services.gateway.handlers.sockets import Sockets
from services.gateway.inbound.connections import Connections
from services.gateway.inbound.http_connection import HttpConnection
from services.gateway.inbound.http_timers import Times
from services.gateway.inbound.listener import Listener
from services.gateway.inbound.websocket import Upgrades

BACKLOG = 2048
# Longer than a proxy keeps an idle connection, so that this side never closes it during a request.
KEEP_ALIVE_SECONDS = 75
PAGES_LEAVE_WITHIN = 4.0
REQUESTS_END_WITHIN = 2


class HttpServer:
    """Port 0 takes a free port; `port` then holds it."""

    waits_for = "its port"

    def __init__(
        self,
        host: str,
        port: int,
        http: ASGIApp,
        upgrades: Upgrades,
        sockets: Sockets,
        connections: Connections,
        times: Times,
        drain_seconds: float,
    ) -> None:
        self.host, self.port, self.ready = host, port, False
        self._upgrades = upgrades
        self._sockets, self._connections, self._times, self._drain_seconds = sockets, connections, times, drain_seconds
        config = uvicorn.Config(
            http,
            ws="none",  # HttpConnection upgrades by itself
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=REQUESTS_END_WITHIN,
        )
        self._server = uvicorn.Server(config)
        self._server.servers = []
        self._listener: Listener | None = None
        self._main_loop: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        try:
            listener = socket.create_server((self.host, self.port), backlog=BACKLOG)
        except OSError as error:
            raise OSError(f"Can't listen on {self.host}:{self.port} (PARLEY_HTTP_PORT): is another process using it?") from error
        self.port = listener.getsockname()[1]
        # The steps of uvicorn's `serve` without its signal handlers (App has its own) and its listener (it does not limit connections).
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.lifespan.startup()
        self._listener = Listener(listener, self._connections, self._new_connection)
        self._listener.start()
        self._main_loop = asyncio.create_task(self._server.main_loop(), name="http")
        self.ready = True

    async def stop(self) -> None:
        """Accepts no more connections, closes the sockets, and waits REQUESTS_END_WITHIN for running requests."""
        self.ready = False
        if self._main_loop is None:
            return
        if self._listener is not None:
            self._listener.close()
        await self._sockets.leave(self._drain_seconds, PAGES_LEAVE_WITHIN)
        self._server.should_exit = True
        await self._main_loop
        await self._server.shutdown()
        self._connections.end()
        self._main_loop = None

    def _new_connection(self) -> HttpConnection:
        return HttpConnection(self._server.config, self._server.server_state, self._times, self._connections, self._upgrades)
