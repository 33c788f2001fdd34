"""The web server as a part of the process: uvicorn in our own loop, on sockets that we opened."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from contactcenter.context import Context
from contactcenter.errors import Misconfigured
from contactcenter.ports import Health
from contactcenter.routing import Rules
from ui import problem, pulse
from ui.answers import Answers
from ui.api_access import Keys
from ui.app import Site
from ui.guard import Guard, Origins
from ui.hub import Hub
from ui.order import Order
from ui.routes import routes
from ui.session import Sessions
from ui.settings import HttpSettings
from ui.sip_leads import Leads
from ui.socket import Socket

log = logging.getLogger(__name__)
LARGEST_MESSAGE = 1024 * 1024
"""Bytes of one WebSocket message."""
BACKLOG = 4096
"""Connections that may wait to be accepted: after a restart all consoles come at once."""
KERNEL_BUFFER = 256 * 1024
"""Bytes that the system keeps for one reader; without a bound it grows to megabytes for each that is slow."""
GRACE = 5
"""Seconds that requests under way get at the end."""


def build(context: Context) -> "Console":
    """The console and the API, as an adapter."""
    return Console(context)


class Console:
    """Serves until cancelled. `address` is where, once `run` has opened the port."""

    name = "console"

    def __init__(self, context: Context) -> None:
        self.settings = context.settings.group("http", HttpSettings)
        sessions = Sessions(context.store, self.settings, context.clock)
        origins = Origins(context.settings.public_url, self.settings)
        self.hub = Hub(context, sessions)
        self.site = Site(
            context=context,
            settings=self.settings,
            sessions=sessions,
            hub=self.hub,
            origins=origins,
            answers=Answers(),
            keys=Keys(context.store, self.settings.api_per_minute),
            order=Order(_rules(context)),
            leads=Leads(),
        )
        self.address = ""

    async def run(self, report: Callable[[Health], None]) -> None:
        """Serve. Raises Misconfigured when the port cannot be had."""
        listening = _listen(self.settings)
        host, port = listening.getsockname()[:2]
        self.address = f"http://{host}:{port}"
        server = _Server(self._configuration())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.hub.run())
                group.create_task(pulse.beat_for_ever(self.hub, self.settings.slow_seconds))
                await self.hub.ready.wait()
                group.create_task(pulse.count_for_ever(self.hub))
                report(Health(self.name, ok=True, facts={"address": self.address}))
                await _until_cancelled(server, listening)
        finally:
            listening.close()

    def application(self) -> Starlette:
        """The ASGI application."""
        app = Starlette(routes=routes(), exception_handlers=problem.HANDLERS)
        app.state.site = self.site
        return app

    def _configuration(self) -> uvicorn.Config:
        return uvicorn.Config(
            Guard(self.application(), self.site.origins),
            ws=Socket,
            http="httptools",
            lifespan="off",
            log_config=None,
            log_level="warning",  # its lines name addresses of agents
            access_log=False,  # addresses of requests say who looked at what
            server_header=False,
            proxy_headers=bool(self.settings.trusted_proxies),
            forwarded_allow_ips=self.settings.trusted_proxies,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE,
            backlog=BACKLOG,
        )


def _rules(context: Context) -> Rules:
    routing = context.settings.routing
    return Rules(relax_every=routing.relax_every, band=routing.band, ceiling=routing.ceiling)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process has one."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_cancelled(server: _Server, listening: socket.socket) -> None:
    serving = asyncio.create_task(server.serve([listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def _listen(settings: HttpSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        why = "is taken; choose another" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error.strerror}"
        raise Misconfigured("settings", f"CC_HTTP__PORT: port {settings.port} {why}") from error
    listening.setblocking(False)
    return listening
