"""Viruses: what is infected is locked and kept; a silent scanner holds nothing up and is made good later.

Asked is Debian's clamd where it is installed (with one signature, EICAR's), and always a server that speaks its
protocol.
"""

import asyncio
import contextlib
import os
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.email.trust import clamav
from channels.email.trust.clamav import Clamd
from contactcenter import scanning
from contactcenter.errors import Refused, Unavailable
from contactcenter.files import FileStore
from contactcenter.model import FileRecord
from contactcenter.scanning import FileToScan, Scan, ScanState
from contactcenter.states import EventKind, Role
from contactcenter.store import Store
from tests.integration.mail_house import MailHouse, mail, working
from tests.integration.test_email_trust import actor
from tests.support import eventually, free_port

# The harmless file that every scanner takes for a virus, in two pieces so that this file is none.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


class Speaker:
    """Speaks clamd's INSTREAM, and finds EICAR in the bytes (also in base64, as clamd does in a mail)."""

    def __init__(self, most: int = 1 << 20) -> None:
        self.most = most
        self.asked = 0
        self.silent = False
        self.tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self.tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert await reader.readexactly(10) == b"zINSTREAM\0"
            self.asked += 1
            if self.silent:
                await reader.read()
                await _closed(writer)
                return
            writer.write(await self._answer(reader))
            await writer.drain()
        await _closed(writer)

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        data = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
            if len(data) > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
        import base64

        found = EICAR in data or base64.b64encode(EICAR)[:40] in data
        return b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0"


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def speaking(port: int = 0, most: int = 1 << 20) -> AsyncIterator[tuple[Speaker, str]]:
    speaker = Speaker(most)
    server = await asyncio.start_server(speaker, "127.0.0.1", port)
    try:
        yield speaker, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*speaker.tasks, return_exceptions=True)


def program() -> str | None:
    return os.environ.get("CLAMD") or shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")


@asynccontextmanager
async def debians(folder: Path) -> AsyncIterator[str]:
    """A real clamd with a signature for EICAR; where its socket is."""
    clamd = program()
    if clamd is None:
        pytest.skip("clamd is not installed")
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    socket = folder / "clamd.sock"
    lines = [f"DatabaseDirectory {folder}/db", f"LocalSocket {socket}", "Foreground yes", "StreamMaxLength 1M"]
    (folder / "clamd.conf").write_text("\n".join(lines) + "\n")
    quiet = asyncio.subprocess.DEVNULL
    task = await asyncio.create_subprocess_exec(clamd, "-c", str(folder / "clamd.conf"), stdout=quiet)
    try:
        await eventually(socket.exists, 60, "clamd's socket")
        yield str(socket)
    finally:
        task.terminate()
        await task.wait()


async def test_the_protocol(tmp_path: Path) -> None:
    async with speaking() as (_, place):
        await findings(place)


async def test_debians_clamd_says_the_same(tmp_path: Path) -> None:
    async with debians(tmp_path) as place:
        await findings(place)


async def findings(place: str) -> None:
    daemon = Clamd(place, 20, 8 << 20)
    assert await daemon.scan(b"") == Scan(ScanState.CLEAN)
    assert await daemon.scan(b"harmless" * 50_000) == Scan(ScanState.CLEAN)
    assert (await daemon.scan(EICAR)).state is ScanState.INFECTED
    assert "Eicar" in (await daemon.scan(EICAR)).name
    assert (await daemon.scan(b"x" * (3 << 20))).state is ScanState.TOO_LARGE  # more than it takes
    assert (await daemon.scan(b"x" * (9 << 20))).state is ScanState.TOO_LARGE  # more than we send


async def test_a_silent_daemon_takes_no_longer_than_it_may() -> None:
    async with speaking() as (speaker, place):
        speaker.silent = True
        made = await clamav.scans(Clamd(place, 0.2, 1 << 20), [b"a", b"b", b"c"])
        assert [one["scan"]["state"] for one in made] == ["waiting"] * 3
        assert speaker.asked == 1
    with pytest.raises(Unavailable):
        await Clamd(f"127.0.0.1:{free_port()}", 1, 1 << 20).scan(b"a")


def states(house: MailHouse) -> dict[str, str]:
    return {file.name: file.facts.get("scan", {}).get("state", "") for file in house.rows(FileRecord)}


def infected_mail() -> object:
    made = mail("Faktura")
    made.add_attachment(EICAR, maintype="application", subtype="octet-stream", filename="faktura.exe")
    made.add_attachment(b"harmless", maintype="application", subtype="pdf", filename="karta.pdf")
    return made


async def test_an_infected_file_is_locked_and_kept(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with speaking() as (_, place), working(town, files, tmp_path, clamd=place) as house:
        contact = await house.take(infected_mail())  # type: ignore[arg-type]
        assert states(house) == {"original.eml": "infected", "faktura.exe": "infected", "karta.pdf": "clean"}
        assert [event.kind for event in house.events(EventKind.FILE_LOCKED)] == [EventKind.FILE_LOCKED] * 2
        locked = next(file for file in house.files_of(contact) if file.name == "faktura.exe")
        assert files.read(locked.sha256) == EICAR
        everywhere = frozenset({house.case(contact).organisation_id})
        siv, anna = actor(house, scope=everywhere), actor(house, Role.AGENT, everywhere)
        with pytest.raises(Refused, match="virus"):
            scanning.may_fetch(locked, siv, house.clock())
        with pytest.raises(Refused):
            await house.store.run(scanning.unlock, anna, locked.id, "I want to", house.clock())
        await house.store.run(scanning.unlock, siv, locked.id, "Asked for by the police", house.clock())
        again = next(file for file in house.files_of(contact) if file.name == "faktura.exe")
        scanning.may_fetch(again, siv, house.clock())
        with pytest.raises(Refused):
            scanning.may_fetch(again, siv, house.clock() + scanning.OPEN_FOR)
        (event,) = house.events(EventKind.FILE_UNLOCKED)
        assert (event.user_id, event.data["file_id"]) == (siv.user_id, locked.id)


@one_database
async def test_what_came_while_the_scanner_was_away_is_scanned_later(
    town: Store, files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clamav, "AGAIN_SECONDS", 0.1)
    port = free_port()
    async with working(town, files, tmp_path, clamd=f"127.0.0.1:{port}") as house:
        await house.take(infected_mail())  # type: ignore[arg-type]
        assert set(states(house).values()) == {"waiting"}
        assert len(house.rows(FileToScan)) == 3

        def told() -> bool:
            health = house.context.health.get("email_scanner")
            return health is not None and health.code == "clamd_unreachable"

        await eventually(told, what="the console told")
        async with speaking(port):
            await eventually(lambda: not house.rows(FileToScan), what="all scanned")
            assert states(house) == {"original.eml": "infected", "faktura.exe": "infected", "karta.pdf": "clean"}
