"""The queue's first 50 rows over HTTP, 32 clients at once, beside the same bytes from a bare application.

Each client asks again as soon as it has its answer, over a connection that it keeps.
"""

import argparse
import asyncio
import sys
import time

import uvicorn
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import console_bench as bench
from benchmarks.console_bench import Server, percentile
from contactcenter import accounts, cases, intake
from contactcenter.clock import utc_now
from contactcenter.model import Organisation
from contactcenter.ports import InboundContact
from contactcenter.states import Channel

CLIENTS = 32
LIMIT_MS = 20.0
SECONDS = 5.0
WAITING = 5_000
PATHS = {"queue": "/api/v1/queue?limit=50", "cases": "/api/v1/cases?state=waiting&limit=50"}


async def serve_ours() -> None:
    """A console with many waiting cases, and events all the while."""
    async with bench.console(api_per_minute=10_000_000) as site:
        for start in range(0, WAITING, 500):
            await site.run(_mails, start, 500)
        await site.settled()
        key = await site.run(accounts.add_key, "bench", await site.run(_root), ["cases:read", "queues:read"], utc_now())

        async def change() -> int:
            await site.run(_change)
            return time.monotonic_ns()

        await bench.obey(f"{site.url.rpartition(':')[2]} {key}", change)


def _mails(session: Session, start: int, count: int) -> None:
    for number in range(start, start + count):
        inbound = InboundContact(
            channel=Channel.EMAIL,
            key=f"m{number}",
            arrived_at=utc_now(),
            address_point="kontaktcenter@solvik.example",
            sender=f"kim{number}@medborgare.example",
            sender_name=f"Kim Ask {number}",
            subject=f"En fråga om sophämtningen på vår gata, nummer {number}",
            text="Hej!",
        )
        intake.receive(session, inbound, utc_now())


def _root(session: Session) -> str:
    return session.exec(select(Organisation.key).where(Organisation.key == "solvik")).one()


def _change(session: Session) -> None:
    cases.change(session, cases.get(session, 1), utc_now(), priority=1)


async def serve_bare() -> None:
    """An application that knows its one answer."""
    row = b'{"id":12345,"number":"KC-2026-012345","channel":"email","queue_id":1,"topic_id":null,' + b"x" * 230 + b"},"

    async def endpoint(_request: Request) -> Response:
        return Response(row * 50, media_type="application/json")

    app = Starlette(routes=[Route("/queue", endpoint), Route("/cases", endpoint)])
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off", http="httptools")
    serving = uvicorn.Server(config)
    task = asyncio.create_task(serving.serve())
    while not serving.started:
        await asyncio.sleep(0.01)
    port = serving.servers[0].sockets[0].getsockname()[1]

    async def nothing() -> int:
        return time.monotonic_ns()

    await bench.obey(f"{port} none", nothing)
    serving.should_exit = True
    await task


async def ask(port: int, request: bytes, until: float, taken: list[float]) -> None:
    """One client: asks until the time is over, notes the milliseconds of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(size)
        taken.append((time.perf_counter() - started) * 1000)
    writer.close()


async def measure(server: Server, path: str, taken: list[float]) -> None:
    """All clients at once, with an event every tenth of a second."""
    port, key = int(server.hello[0]), server.hello[1]
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    await asyncio.gather(*(ask(port, request, time.monotonic() + 1, []) for _ in range(CLIENTS)))
    until = time.monotonic() + SECONDS
    clients = asyncio.gather(*(ask(port, request, until, taken) for _ in range(CLIENTS)))
    while not clients.done():
        await server.go()
        await asyncio.sleep(0.1)
    await clients


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["bare", "ours"], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        bench.run(serve_ours() if chosen.serve == "ours" else serve_bare())
        return 0
    print(f"first 50 rows of {WAITING} waiting cases over HTTP, {CLIENTS} clients that ask all the time")
    print(f"{'':24}{'p50 ms':>9}{'p95 ms':>9}{'a second':>10}")
    slowest = max(_line("ours", "queue", PATHS["queue"]), _line("bare", "queue", "/queue") * 0)
    _line("ours", "cases", PATHS["cases"])
    kept = slowest < LIMIT_MS
    print(f"limit: p95 of the queue under {LIMIT_MS:.0f} ms: {'kept' if kept else 'MISSED'}")
    return int(not kept)


def _line(kind: str, name: str, path: str) -> float:
    taken: list[float] = []
    with bench.server("benchmarks.http_queue", kind) as server:
        bench.run(measure(server, path, taken))
    p50, p95 = percentile(taken, 0.5), percentile(taken, 0.95)
    print(f"{kind + ', ' + name:24}{p50:9.1f}{p95:9.1f}{len(taken) / SECONDS:10.0f}", flush=True)
    return p95


if __name__ == "__main__":
    sys.exit(main())
