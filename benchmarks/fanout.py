"""One event to very many consoles, one of them stalled: when the last one has it, beside a bare asyncio broadcast.

From commit to the last console's having read it, in milliseconds. The server is a process of its own; the consoles
are raw sockets in this one. Memory is what the server's process grows by for each console.
"""

import argparse
import asyncio
import base64
import hashlib
import resource
import sys
import time
from collections.abc import Callable
from typing import cast

from sqlmodel import Session

from benchmarks import console_bench as bench
from benchmarks.console_bench import Client, Server, percentile
from contactcenter import cases
from contactcenter.clock import utc_now
from contactcenter.model import Event
from tests.integration.consoles import Site

LIMITS = {1_000: 50.0, 5_000: 250.0}
"""Consoles -> milliseconds that the last one's p99 stays under."""
MEMORY_KB = 60.0
ROUNDS = {1_000: 200, 5_000: 100}
CASES = 50
WARM = 5
ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def serve_ours() -> None:
    """A console whose rounds change a case's subject."""
    async with bench.console(slow_seconds=3600) as site:
        for number in range(CASES):
            await site.mail(subject=f"Ärende {number}")
        token = await site.run(bench.signed_in, "anna")
        port = site.url.rpartition(":")[2]
        await bench.obey(f"{port} {token}", _changes(site), stalled=lambda: _stalled(site))


def _stalled(site: Site) -> int:
    return sum(link.behind_since is not None for link in site.hub.links())


def _changes(site: Site) -> Callable[[], asyncio.Future[int]]:
    committed: list[int] = []

    def note(events: list[Event]) -> None:
        if events:
            committed.append(time.monotonic_ns())

    site.store.listen(note)

    async def change() -> int:
        committed.clear()
        await site.run(_change, len(committed))
        return committed[0]

    return change  # type: ignore[return-value]


def _change(session: Session, _number: int) -> None:
    case = cases.get(session, 1)
    cases.change(session, case, utc_now(), subject=f"Ärende {time.monotonic_ns()}")


class Bare(asyncio.Protocol):
    """The least that can be called a WebSocket server."""

    def __init__(self, everybody: set[asyncio.Transport]) -> None:
        self._everybody = everybody

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._transport in self._everybody:
            return
        key = data.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + ACCEPT).digest())  # noqa: S324
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + _text(b'{"t":"snapshot"}')
        )
        self._everybody.add(self._transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._everybody.discard(self._transport)


def _text(text: bytes) -> bytes:
    size = len(text)
    return b"\x81" + (bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")) + text


async def serve_bare() -> None:
    """A server whose rounds write a message of an event's size to everybody."""
    everybody = set[asyncio.Transport]()
    server = await asyncio.get_running_loop().create_server(lambda: Bare(everybody), "127.0.0.1", 0, backlog=4096)
    message = _text(b'{"t":"event","x":"' + b"x" * 700 + b'"}')

    async def broadcast() -> int:
        now = time.monotonic_ns()
        for transport in everybody:
            transport.write(message)
        return now

    await bench.obey(f"{server.sockets[0].getsockname()[1]} none", broadcast)


class Crowd:
    """All consoles: how many have the newest event, and when the last one had it."""

    def __init__(self) -> None:
        self.missing = 0
        self.last = 0
        self.done = asyncio.Event()

    def heard(self, client: Client, at: int) -> None:
        if self.missing and b'"event"' in client.last[:20] and client.last[-1:] == b"}":
            self.missing -= 1
            self.last = max(self.last, at)
            if not self.missing:
                self.done.set()

    def expect(self, count: int) -> None:
        self.missing, self.last = count, 0
        self.done.clear()


async def measure(kind: str, server: Server, count: int) -> tuple[list[float], float]:
    """Milliseconds of each round, and kilobytes for each console."""
    port, token = int(server.hello[0]), server.hello[1]
    crowd = Crowd()
    before = await asyncio.to_thread(server.ask, "rss")
    clients = await bench.connected(port, [token] * count, crowd.heard)
    grown = (await asyncio.to_thread(server.ask, "rss") - before) / count
    if kind == "ours":
        _stall(clients[0])
        while await asyncio.to_thread(server.ask, "stalled") != 1:
            await asyncio.sleep(0.05)
    others = count - 1 if kind == "ours" else count
    taken = []
    for number in range(ROUNDS[count] + WARM):
        crowd.expect(others)
        began = await server.go()
        await asyncio.wait_for(crowd.done.wait(), 30)
        if number >= WARM:
            taken.append((crowd.last - began) / 1e6)
    for client in clients:
        client.transport.abort()
    return taken, grown


def _stall(client: Client) -> None:
    """Ask for far more than the buffers hold, and never read again."""
    client.transport.pause_reading()
    for _ in range(200):
        client.send(b'{"t":"resync"}')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["bare", "ours"], help=argparse.SUPPRESS)
    parser.add_argument("--consoles", type=int, choices=[*LIMITS], nargs="*", default=[*LIMITS])
    chosen = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if chosen.serve:
        bench.run(serve_ours() if chosen.serve == "ours" else serve_bare())
        return 0
    print("one event to all consoles, from commit to the last one (ours: one console stalled)")
    print(f"{'consoles':>9}{'':>7}{'p50 ms':>9}{'p99 ms':>9}{'kB each':>9}")
    missed = [_compare(count) for count in chosen.consoles]
    print(f"limits: p99 {LIMITS}, {MEMORY_KB:.0f} kB for each console: {'MISSED' if any(missed) else 'kept'}")
    return int(any(missed))


def _compare(count: int) -> bool:
    missed = False
    for kind in ("bare", "ours"):
        with bench.server("benchmarks.fanout", kind) as server:
            found: list[tuple[list[float], float]] = []

            async def one(kind: str = kind, server: Server = server) -> None:
                found.append(await measure(kind, server, count))  # noqa: B023

            bench.run(one())
        taken, memory = found[0]
        p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
        print(f"{count:>9}{kind:>7}{p50:9.1f}{p99:9.1f}{memory:9.1f}", flush=True)
        missed = kind == "ours" and (p99 >= LIMITS[count] or memory >= MEMORY_KB)
    return missed


if __name__ == "__main__":
    sys.exit(main())
