"""What the console's benchmarks share: a server process of its own, spoken to line by line, and raw clients.

The clock is CLOCK_MONOTONIC, which all processes of a machine share, so times of both sides can be subtracted.
"""

import asyncio
import base64
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import uvloop
from sqlmodel import Session, select

from contactcenter import accounts, migrate, tokens
from contactcenter.clock import utc_now
from contactcenter.entry import SignIn
from contactcenter.model import User
from contactcenter.serving import keep_collections_short
from contactcenter.store import Store
from tests import town
from tests.integration.consoles import Site, running

Round = Callable[[], Awaitable[int]]
"""Does one round in the server; gives the nanosecond at which what is measured began."""


# in the server's process


@contextlib.asynccontextmanager
async def console(dispatch: bool = False, **http: Any) -> AsyncIterator[Site]:
    """A console with Solvik behind it, on a file of its own."""
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        folder = Path(name)
        tokens.use_secret(b"a secret for benchmarks, 32 bytes long")
        store = Store(f"sqlite:///{folder / 'bench.sqlite3'}")
        migrate.upgrade(store.engine)
        store.sync_run(town.build, utc_now())
        try:
            async with running(store, folder, dispatch=dispatch, **http) as site:
                keep_collections_short()
                yield site
        finally:
            store.close()


def signed_in(session: Session, login: str) -> str:
    """A session for `login`, without the dear check of a password; its token."""
    user, now, token = session.exec(select(User).where(User.login == login)).one(), utc_now(), os.urandom(16).hex()
    session.add(
        SignIn(
            token_hash=accounts.hashed(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
    )
    return token


async def obey(hello: str, do: Round, **more: Callable[[], int]) -> None:
    """Say `hello`, then do a round for each line `go` and answer with its nanosecond; other words ask for a number."""
    numbers = {"rss": resident} | more
    print(hello, flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().strip():
        print(await do() if line == "go" else numbers[line](), flush=True)


def resident() -> int:
    """Kilobytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


# in the measuring process


class Server:
    """The other process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout
        assert process.stdin
        self._out, self._in = process.stdout, process.stdin
        self.hello = self._line().split()

    def ask(self, word: str) -> int:
        """Say a word and wait for the answer."""
        self.say(word)
        return int(self._line())

    def say(self, word: str) -> None:
        self._in.write(word + "\n")
        self._in.flush()

    async def go(self) -> int:
        """Have a round done, while our own clients go on reading."""
        return await asyncio.to_thread(self.ask, "go")

    def _line(self) -> str:
        line = self._out.readline()
        if not line:
            raise ChildProcessError("the server has ended")
        return line.strip()


@contextlib.contextmanager
def server(module: str, kind: str, *words: str) -> Iterator[Server]:
    """Another process that serves `kind`."""
    command = [sys.executable, "-m", module, "--serve", kind, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()
            process.wait(60)


class Client(asyncio.Protocol):
    """A WebSocket client that knows no more than where frames end, and notes when each text message was complete."""

    def __init__(self, port: int, token: str, heard: Callable[["Client", int], None]) -> None:
        self._port, self._token, self._heard = port, token, heard
        self._buffer = bytearray()
        self._upgraded = False
        self.ready = False
        self.last = b""
        self.transport: asyncio.Transport
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        host = f"127.0.0.1:{self._port}"
        self.transport.write(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: kc={self._token}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def connection_lost(self, _exc: Exception | None) -> None:
        self.lost = True

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert self._buffer.startswith(b"HTTP/1.1 101"), bytes(self._buffer[:200])
            del self._buffer[: end + 4]
            self._upgraded = True
        while self._frame():
            self.ready = self.ready or b'"snapshot"' in self.last[:30]
            self._heard(self, now)

    def send(self, text: bytes) -> None:
        """A short masked text frame; the mask is zero, which changes nothing."""
        self.transport.write(b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text)

    def _frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + size:
            return False
        kind = buffer[0] & 15
        self.last = bytes(buffer[start : start + size])
        del buffer[: start + size]
        if kind == 9:
            self.transport.write(b"\x8a" + bytes([0x80 | size]) + bytes(4) + self.last)
        return kind == 1 or self._frame()


async def connected(port: int, tokens: list[str], heard: Callable[[Client, int], None]) -> list[Client]:
    """A client for each token, some hundred at a time, each past its first snapshot."""
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    for start in range(0, len(tokens), 200):
        batch = [
            loop.create_connection(lambda token=token: Client(port, token, heard), "127.0.0.1", port)  # type: ignore[misc]
            for token in tokens[start : start + 200]
        ]
        clients += [client for _, client in await asyncio.gather(*batch)]
        while not all(client.ready or client.lost for client in clients[start:]):
            await asyncio.sleep(0.005)
    assert not any(client.lost for client in clients)
    return clients


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on the loop that the contact centre uses."""
    uvloop.run(main)
