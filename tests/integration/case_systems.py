"""The other side of the hand-off: the demo's case system as a process of its own, and servers that misbehave."""

import asyncio
import contextlib
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from contactcenter import handoff_sender
from contactcenter.context import Context
from contactcenter.ports import Adapter
from tests import handing
from tests.support import ROOT, eventually, free_port
from ui.server import Console


class CaseSystemProcess:
    """`python -m contactcenter.demo.case_system`, on a port that stays the same over restarts."""

    def __init__(self, folder: Path, secret: str = handing.SECRET) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._folder, self._secret = folder, secret
        self._process: subprocess.Popen[str] | None = None

    @property
    def target(self) -> dict[str, str]:
        """`Topic.handoff` that leads here."""
        return {"connector": "webhook", "url": f"{self.url}/cases", "secret": "demo"}

    async def start(self) -> "CaseSystemProcess":
        """Start it and wait until it takes requests."""
        port = self.url.rpartition(":")[2]
        self._process = await asyncio.to_thread(self._started, port)
        assert self._process.stdout is not None
        line = await asyncio.to_thread(self._process.stdout.readline)
        assert line.strip() == self.url
        return self

    def _started(self, port: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "contactcenter.demo.case_system", "--port", port, "--data", str(self._folder)],
            cwd=ROOT,
            env=os.environ | {"CASE_SYSTEM_SECRET": self._secret},
            stdout=subprocess.PIPE,
            text=True,
        )

    async def stop(self) -> None:
        """SIGTERM, and wait until it has left in good order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(self._process.wait, 10) == 0
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    async def cases(self) -> list[dict[str, Any]]:
        """What it has got, newest first."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.url}/api/cases")
        found: list[dict[str, Any]] = answer.json()
        return found

    async def has(self, **wanted: Any) -> dict[str, Any]:
        """Wait until its newest case is so; return it."""

        async def newest() -> dict[str, Any] | None:
            found = await self.cases()
            matches = bool(found) and all(found[0][name] == value for name, value in wanted.items())
            return found[0] if matches else None

        found = await eventually(newest, 20, f"a case with {wanted}")
        assert found is not None
        return found

    async def press(self, action: str, **fields: str) -> None:
        """Press a button on the page of its newest case."""
        number = (await self.cases())[0]["id"]
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.url}/cases/{number}/{action}", data=fields)
        assert answer.status_code == 303


@contextlib.asynccontextmanager
async def case_system(folder: Path, secret: str = handing.SECRET) -> AsyncIterator[CaseSystemProcess]:
    """A case system that runs, and is stopped in the end."""
    system = CaseSystemProcess(folder, secret)
    try:
        await system.start()
        yield system
    finally:
        await system.stop()


@contextlib.asynccontextmanager
async def running(context: Context, *others: Adapter) -> AsyncIterator[Console]:
    """The contact centre's journal, console and hand-off sender, and `others`, running."""
    console = Console(context)
    sender = handoff_sender.build(context)
    await context.tail.start()
    tasks = [asyncio.create_task(context.tail.run())]
    adapters: list[Adapter] = [console, sender, *others]
    tasks += [asyncio.create_task(part.run(context.health.report)) for part in adapters]

    def ready() -> bool:
        for task in tasks:
            if task.done():
                task.result()
        return bool(console.address) and console.hub.ready.is_set()

    try:
        await eventually(ready)
        yield console
    finally:
        for task in reversed(tasks):
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [one for one in ended if isinstance(one, Exception)]
        assert not failures, failures


@dataclass
class Request:
    """What a client sent."""

    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Listener:
    """A server that reads whole requests and then does as it is told."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)


@contextlib.asynccontextmanager
async def listening(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    """Serve `behave` on a free port, one request for each connection."""
    listener = Listener()
    open_: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, _, value in lines}
            request = Request(headers, await reader.readexactly(int(headers["content-length"])))
            listener.requests.append(request)
            await behave(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            open_.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    listener.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield listener
    finally:
        server.close()
        for task in list(open_):
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A behaviour: this answer."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *lines, "Connection: close"])
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return behave
