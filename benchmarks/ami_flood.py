"""A flood from the exchange: 2,000 AMI events a second, and what the telephone channel makes of it.

    python -m benchmarks.ami_flood [--seconds 60] [--rate 2000]

A manager interface in a process of its own sends them evenly over a real socket: nearly all hang-ups of strangers, each
with the moment it was sent, and among them whole calls that are written to the database. Ours is the whole channel:
parsing, fold, journal of telephony, SQLite. Beside it the least there could be: a reader that splits the same stream.
"""

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from pydantic import SecretStr
from sqlmodel import func, select

from benchmarks import phone_bench
from benchmarks.console_bench import percentile
from benchmarks.phone_bench import OURS
from channels.phone.adapter import PhoneChannel
from channels.phone.exchanges import Line
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Contact
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.supervise import keep_running
from contactcenter.tail import Tail
from contactcenter.telephone_journal import TelephoneEvent
from pbx.messages import HungUp, Message
from pbx.settings import PhoneSettings

LIMIT_SECONDS, LIMIT_MEGABYTES = 1.0, 20.0
BURST = 0.01
"""Seconds between two writes of the flood."""
CALL_EVERY = 400
"""Of so many events the first are a call that comes, waits and hangs up."""
GO = b"Action: Setvar"
PAGE = os.sysconf("SC_PAGE_SIZE")


def stranger(number: int) -> str:
    return f"Event: Hangup\r\nUniqueid: kc-9.{number}\r\nCause: {time.time():.6f}\r\n\r\n"


def call(number: int) -> str:
    """Three events: it arrives, it waits, it ends."""
    head = f"Uniqueid: kc-1.{number}\r\nChannel: PJSIP/trunk-{number:08x}\r\nNumber: {OURS}\r\n"
    said = f"Topic: allt\r\nKey: \r\nQueued: {time.time():.3f}\r\nCaller: +4670{number:07d}\r\nPrivate: 0\r\n\r\n"
    return (
        f"Event: UserEvent\r\nUserEvent: KcArrived\r\n{head}\r\n"
        f"Event: UserEvent\r\nUserEvent: KcWaiting\r\n{head}{said}"
        f"Event: Hangup\r\nUniqueid: kc-1.{number}\r\nCause: {time.time():.6f}\r\n\r\n"
    )


async def serve(rate: int, seconds: float) -> None:
    """The manager interface: says yes to everything, and floods whoever has told it the heartbeat."""
    flooded = asyncio.Event()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        going: asyncio.Task[None] | None = None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                action = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.split(": ", 1) for line in action.decode().strip().split("\r\n"))
                writer.write(_answer(fields))
                if action.startswith(GO) and "KC_ALIVE" in action.decode() and going is None:
                    going = asyncio.create_task(_flood(writer, rate, seconds))
                    going.add_done_callback(lambda _: flooded.set())

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await flooded.wait()
    await asyncio.to_thread(sys.stdin.read)  # until the other side has counted


def _answer(fields: dict[str, str]) -> bytes:
    number = f"ActionID: {fields['ActionID']}\r\n"
    if fields["Action"] in ("Status", "DeviceStateList"):
        done = f"Event: {fields['Action']}Complete\r\n{number}EventList: Complete\r\n\r\n"
        return f"Response: Success\r\n{number}EventList: start\r\n\r\n{done}".encode()
    return f"Response: Success\r\n{number}Value: {time.time():.0f}\r\n\r\n".encode()


async def _flood(writer: asyncio.StreamWriter, rate: int, seconds: float) -> None:
    begun, sent = time.monotonic(), 0
    total = int(rate * seconds)
    while sent < total:
        due = min(total, int((time.monotonic() - begun) * rate))
        parts = []
        while sent < due:
            if sent % CALL_EVERY == 0:
                parts.append(call(sent))
                sent += 3
            else:
                parts.append(stranger(sent))
                sent += 1
        writer.write("".join(parts).encode())
        await writer.drain()
        await asyncio.sleep(BURST)
    writer.write(f"Event: Hangup\r\nUniqueid: kc-9.end\r\nCause: {sent}\r\n\r\n".encode())
    await writer.drain()


@dataclass
class Taken:
    """What the reader saw."""

    events: int = 0
    sent: int = 0
    lags: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def hang_up(self, call_id: str, cause: str) -> None:
        if call_id == "kc-9.end":
            self.sent = int(cause)
            self.over.set()
            return
        if self.events % 50 == 0:
            self.lags.append(time.time() - float(cause))

    async def watch_memory(self) -> None:
        while True:
            self.memory.append(_resident())
            await asyncio.sleep(1)


def _resident() -> float:
    """Megabytes of this process in memory (proc(5))."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6


class Listening(PhoneChannel):
    """The channel, with a count of what it folds."""

    taken: Taken

    def _heard(self, line: Line, message: Message | None) -> None:
        super()._heard(line, message)
        if message is not None:
            self.taken.events += 1
            if isinstance(message, HungUp):
                self.taken.hang_up(message.call, message.cause)


async def ours(port: int, taken: Taken) -> tuple[int, int]:
    """Contacts and rows of the journal that were written."""
    with tempfile.TemporaryDirectory(prefix="kc-flood-") as name:
        folder = Path(name)
        place = SimpleNamespace(folder=folder, phones=[])
        place.database = f"sqlite:///{folder / 'var' / 'contactcenter.sqlite3'}"
        phone_bench.furnish(cast("phone_bench.Bench", place), utc_now())
        store = Store(place.database)
        tail = Tail(store)
        await tail.start()
        settings = Settings(data_dir=folder / "var")
        board = HealthBoard(utc_now)
        context = Context(settings, store, tail, FileStore(folder / "files"), utc_now, board)
        phone = PhoneSettings(exchange="external", ami_port=port, ami_secret=SecretStr("flood"))
        channel = Listening(context, phone)
        channel.taken = taken
        tasks = [asyncio.create_task(tail.run()), asyncio.create_task(keep_running(channel, board))]
        await taken.over.wait()
        await asyncio.sleep(2)  # the journal is written every half second
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await channel._journal.write()
        contacts = store.sync_read(lambda session: session.exec(select(func.count()).select_from(Contact)).one())
        rows = store.sync_read(lambda session: session.exec(select(func.count()).select_from(TelephoneEvent)).one())
        store.close()
        return contacts, rows


async def bare(port: int, taken: Taken) -> None:
    """Split lines, and nothing else."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"Action: Setvar\r\nActionID: 1\r\nVariable: KC_ALIVE\r\n\r\n")
    while not taken.over.is_set():
        block = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        if block[0].startswith("Event"):
            taken.events += 1
            fields = dict(line.split(": ", 1) for line in block if ": " in line)
            if "Cause" in fields:
                taken.hang_up(fields["Uniqueid"], fields["Cause"])
    writer.close()


def _server(rate: int, seconds: float) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "benchmarks.ami_flood", "--serve", "--rate", str(rate), "--seconds", str(seconds)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextlib.asynccontextmanager
async def flood(rate: int, seconds: float) -> AsyncIterator[tuple[int, Taken]]:
    with _server(rate, seconds) as server:
        taken = Taken()
        watching = asyncio.create_task(taken.watch_memory())
        try:
            assert server.stdout
            yield int(await asyncio.to_thread(server.stdout.readline)), taken
        finally:
            watching.cancel()
            server.kill()


async def measure(rate: int, seconds: float) -> bool:
    async with flood(rate, seconds) as (port, least):
        await bare(port, least)
    _say("bare", least)
    async with flood(rate, seconds) as (port, taken):
        contacts, rows = await ours(port, taken)
    _say("ours", taken)
    heard = taken.events - 1
    warm = taken.memory[len(taken.memory) // 3 :]
    grown = max(warm) - warm[0]
    calls = -(-taken.sent // CALL_EVERY)
    print(f"{contacts} calls and {rows} rows of journal written; memory {max(warm):.0f} MB, {grown:+.1f} since warm")
    good = {
        "none lost": heard == taken.sent and abs(contacts - calls) <= 1,
        f"lag under {LIMIT_SECONDS:g} s": max(taken.lags) < LIMIT_SECONDS,
        f"memory flat (within {LIMIT_MEGABYTES:g} MB)": grown < LIMIT_MEGABYTES,
    }
    for what, kept in good.items():
        print(f"{what}: {'kept' if kept else 'MISSED'}")
    return all(good.values())


def _say(name: str, taken: Taken) -> None:
    lags: Any = [lag * 1000 for lag in taken.lags]
    print(
        f"{name:6}{taken.sent:10} sent {taken.events - 1:10} taken   lag ms p50 {percentile(lags, 0.5):.1f}"
        f" p95 {percentile(lags, 0.95):.1f} max {max(lags):.1f}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.rate, chosen.seconds))
        return 0
    print(f"{chosen.rate} events a second for {chosen.seconds:g} s", flush=True)
    return int(not asyncio.run(measure(chosen.rate, chosen.seconds)))


if __name__ == "__main__":
    sys.exit(main())
