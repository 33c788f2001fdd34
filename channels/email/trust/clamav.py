"""ClamAV's daemon over its socket: INSTREAM (clamd(8)). Bytes in, a finding out."""

import asyncio
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channels.email.trust.settings import TrustSettings
from contactcenter import scanning
from contactcenter.errors import Unavailable
from contactcenter.files import FileStore
from contactcenter.ports import Health
from contactcenter.scanning import Scan, ScanState
from contactcenter.store import Store

CHUNK = 1 << 16
LONGEST_ANSWER = 1 << 12
AGAIN_SECONDS = 30.0
"""Pause before files that could not be scanned are tried again."""
GROUP = 20
_LENGTH = struct.Struct(">I")
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


@dataclass(frozen=True, slots=True)
class Clamd:
    """Where the daemon listens, and our limits."""

    place: str
    seconds: float
    most_bytes: int

    async def scan(self, data: bytes) -> Scan:
        """What is found in `data`. Raises Unavailable when the daemon cannot say.

        A daemon that hangs up in the middle and is well otherwise does not take so much (its StreamMaxLength).
        """
        if len(data) > self.most_bytes:
            return Scan(ScanState.TOO_LARGE)
        try:
            async with asyncio.timeout(self.seconds):
                answer = await self._asked(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            if not data:
                raise Unavailable("clamd", "the virus scanner does not answer") from error
            await self.scan(b"")
            return Scan(ScanState.TOO_LARGE)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unavailable("clamd", "the virus scanner does not answer") from error
        if answer == "stream: OK":
            return Scan(ScanState.CLEAN)
        if found := _FOUND.fullmatch(answer):
            return Scan(ScanState.INFECTED, found[1])
        if "size limit exceeded" in answer:
            return Scan(ScanState.TOO_LARGE)
        raise Unavailable("clamd", "the virus scanner gives no finding")

    async def _asked(self, data: bytes) -> str:
        reader, writer = await self._connected()
        try:
            writer.write(b"zINSTREAM\0")
            for at in range(0, len(data), CHUNK):
                piece = data[at : at + CHUNK]
                writer.write(_LENGTH.pack(len(piece)) + piece)
                await writer.drain()
            writer.write(_LENGTH.pack(0))
            await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.place.startswith("/"):
            return await asyncio.open_unix_connection(self.place, limit=LONGEST_ANSWER)
        host, _, port = self.place.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port), limit=LONGEST_ANSWER)


def clamd(settings: TrustSettings) -> Clamd | None:
    """The daemon of the settings, if there is one."""
    if not settings.clamd:
        return None
    return Clamd(settings.clamd, settings.clamd_seconds, settings.clamd_max_mb << 20)


async def scans(daemon: Clamd | None, contents: list[bytes]) -> list[dict[str, Any]]:
    """Facts for each of a mail's files. When the daemon is silent once, the rest waits, too: mail is not held up."""
    made: list[dict[str, Any]] = []
    silent = False
    for content in contents if daemon else []:
        assert daemon is not None  # noqa: S101
        try:
            made.append((Scan(ScanState.WAITING) if silent else await daemon.scan(content)).facts())
        except Unavailable:
            silent = True
            made.append(Scan(ScanState.WAITING).facts())
    return made or [{} for _ in contents]


def is_infected(facts: dict[str, Any]) -> bool:
    """Whether these facts tell of a virus."""
    return bool(facts.get("scan", {}).get("state") == ScanState.INFECTED)


class Scanner:
    """The adapter that scans what could not be scanned when it came."""

    name = "email_scanner"

    def __init__(self, store: Store, files: FileStore, daemon: Clamd, clock: Callable[[], Any]) -> None:
        self._store, self._files, self._daemon, self._clock = store, files, daemon, clock

    async def run(self, report: Callable[[Health], None]) -> None:
        """Scan until cancelled; says so while the daemon is silent."""
        while True:
            try:
                await self._daemon.scan(b"")
                report(Health(self.name, ok=True))
                await self._all()
            except Unavailable:
                hint = "ClamAV cannot be reached, attachments are not scanned; see CC_EMAIL__CLAMD"
                report(Health(self.name, ok=False, code="clamd_unreachable", hint=hint))
            await asyncio.sleep(AGAIN_SECONDS)

    async def _all(self) -> None:
        while waiting := await self._store.read(scanning.waiting, GROUP):
            for file_id, sha256 in waiting:
                content = await asyncio.to_thread(self._files.read, sha256)
                found = await self._daemon.scan(content)
                await self._store.run(scanning.scanned, file_id, found, self._clock())
