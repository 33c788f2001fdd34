"""Durable mails a second over SMTP, beside bare aiosmtpd with one SQLite commit for each mail, in the same run.

Both servers are processes of their own; ours is the whole e-mail channel with its reader at work. Rounds take turns,
so that whatever else the machine does meets both. A mail counts when its 250 has come.
"""

import argparse
import asyncio
import contextlib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email import adapter
from contactcenter import migrate
from contactcenter.clock import utc_now
from contactcenter.serving import opened
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.supervise import run_all
from tests import town

TARGET = 0.8
CONNECTIONS = (1, 8, 20)
RECIPIENT = "kontaktcenter@solvik.example"
SIZE = 10_000
_SENTENCE = "Gatlampan vid korsningen har varit släckt i två veckor och det är mörkt där barnen går till skolan.\r\n"
_HEAD = (
    "From: Eva Ek <eva{n}@citizen.example>\r\nTo: " + RECIPIENT + "\r\nSubject: =?utf-8?q?Trasig_gatlampa?= {n}\r\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <{run}.{n}@citizen.example>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)
_BODY = (_SENTENCE * (SIZE // len(_SENTENCE.encode()) + 1)).encode()


def mail(run: str, number: int) -> bytes:
    """A mail of about 10 kB that no other is equal to."""
    head = _HEAD.format(run=run, n=number).encode()
    return head + _BODY[: SIZE - len(head) - 2] + b"\r\n"


# the two servers


class Bare:
    """What aiosmtpd alone does with one durable commit for each mail."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, at TEXT, envelope TEXT, raw BLOB)")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._database.execute("BEGIN IMMEDIATE")
        about = f"{envelope.mail_from} {envelope.rcpt_tos}"
        values = (datetime.now(UTC).isoformat(), about, envelope.original_content)
        self._database.execute("INSERT INTO mail (at, envelope, raw) VALUES (?, ?, ?)", values)
        self._database.execute("COMMIT")
        return "250 OK"


async def serve_bare(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    make = partial(SMTP, Bare(folder / "bare.sqlite3"), loop=loop, hostname="bare", enable_SMTPUTF8=True)
    server = await loop.create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def serve_ours(folder: Path) -> None:
    settings = Settings(data_dir=folder, groups={"email": {"port": 0, "smarthost_port": 9}})
    store = Store(settings.url())
    migrate.upgrade(store.engine)
    store.sync_run(town.build, utc_now())
    store.close()
    async with opened(settings) as context:
        door, reader, _ = adapter.build(context)
        assert isinstance(door, adapter.EmailDoor)
        context.health.listen(lambda health: print(door.port, flush=True) if health.name == "email" else None)
        await run_all([door, reader], context.health, asyncio.Event())


@contextlib.contextmanager
def server(kind: str, folder: Path) -> Iterator[int]:
    """The port of a server of this kind, in a process of its own."""
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.mail_intake", "--serve", kind, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


# the senders


def send(port: int, run: str, until: float) -> int:
    """Send mail after mail on one connection, each command after the answer to the one before; how many were taken."""
    taken = 0
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _hear(line, b"220")
        _say(line, b"EHLO bench.example\r\n", b"250")
        while time.perf_counter() < until:
            _say(line, f"MAIL FROM:<eva{taken}@citizen.example>\r\n".encode(), b"250")
            _say(line, f"RCPT TO:<{RECIPIENT}>\r\n".encode(), b"250")
            _say(line, b"DATA\r\n", b"354")
            _say(line, mail(run, taken) + b".\r\n", b"250")
            taken += 1
    return taken


def _say(line: socket.socket, words: bytes, expected: bytes) -> None:
    line.sendall(words)
    _hear(line, expected)


def _hear(line: socket.socket, expected: bytes) -> None:
    heard = line.recv(4096)
    while not (heard.endswith(b"\n") and heard.rpartition(b"\r\n")[0].rpartition(b"\n")[2][3:4] != b"-"):
        heard += line.recv(4096)
    if not heard.startswith(expected):
        raise RuntimeError(f"answered {heard!r}")


def rate(port: int, connections: int, seconds: float, run: str) -> float:
    """Mails a second over so many connections."""
    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        senders = [threads.submit(send, port, f"{run}.{one}", started + seconds) for one in range(connections)]
        taken = sum(sender.result() for sender in senders)
    return taken / (time.perf_counter() - started)


def measure(connections: int, rounds: int, seconds: float) -> float:
    """Print a line; return ours as a share of bare, the median of the rounds."""
    found: dict[str, list[float]] = {"bare": [], "ours": []}
    read = 0
    for number in range(rounds):
        for kind, rates in found.items():
            with (
                tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as folder,
                server(kind, Path(folder) / kind) as port,
            ):
                rate(port, connections, 0.5, "warm")
                rates.append(rate(port, connections, seconds, f"{number}"))
                read += _read(Path(folder) / kind / "contactcenter.sqlite3")
    bare, ours = statistics.median(found["bare"]), statistics.median(found["ours"])
    share = statistics.median(our / their for our, their in zip(found["ours"], found["bare"], strict=True))
    print(f"{connections:11}{bare:10.0f}{ours:10.0f}{share:10.2f}{read / rounds / seconds:18.0f}", flush=True)
    return share


def _read(database: Path) -> int:
    """How many mails the reader has filed beside all that; none by the bare server, which has no reader."""
    if not database.exists():
        return 0
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM inbox WHERE state = 'done'").fetchone()[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["bare", "ours"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    chosen = parser.parse_args()
    if chosen.serve:
        uvloop.run((serve_bare if chosen.serve == "bare" else serve_ours)(chosen.folder))
        return 0
    print(f"durable mails a second, {SIZE // 1000} kB, median of {chosen.rounds} rounds of {chosen.seconds:g} s")
    print(f"{'connections':11}{'bare':>10}{'ours':>10}{'share':>10}{'read meanwhile/s':>18}")
    shares = [measure(connections, chosen.rounds, chosen.seconds) for connections in CONNECTIONS]
    kept = min(shares) >= TARGET
    print(f"target: at least {TARGET} of bare at each: {'kept' if kept else 'MISSED'}")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
