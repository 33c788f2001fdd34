"""The exchange's spool: what callers left while nobody helped them is taken in, once, with its true time.

A file's name is all that is known of it (kc-voicemail.conf, kc-note): kind~came~number~topic~caller~withheld~call.
It is removed when what it says is committed; the same file found again changes nothing.
"""

import array
import asyncio
import logging
import sys
import wave
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contactcenter import voicemail
from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.ports import StoredFile
from contactcenter.voicemail import Left, Note
from pbx.messages import epoch
from pbx.plan import e164

log = logging.getLogger(__name__)
EVERY_SECONDS = 2.0
AT_ONCE = 50
"""Files taken in before the next look."""
STILL = timedelta(seconds=60)
"""A recording that Asterisk could not finish (it was killed) is taken as it is when nothing came for so long."""
LARGEST = 64_000_000
"""Bytes; half an hour is 29 million."""
HEADER = 44
PEAKS = 160


class Spool:
    """Looks into `folder` every other second; `live` tells which calls go on, whose files are not finished."""

    def __init__(self, context: Context, folder: Path, country_code: str) -> None:
        self._context, self._folder, self._country_code = context, folder, country_code

    async def run(self, live: Callable[[], Collection[str]]) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.take_in(live())
            except (Unavailable, OSError) as fault:
                log.warning("action=spool_waits error=%s", type(fault).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def take_in(self, live: Collection[str]) -> int:
        """Take in what is there and finished; how many. Raises `Unavailable`, OSError: the files stay."""
        taken = 0
        for file in await asyncio.to_thread(self._found):
            note = self._read(file)
            if note is None or await asyncio.to_thread(_is_too_large, file):
                await asyncio.to_thread(file.rename, file.with_name(f".strange-{file.name}"))
                log.warning("action=spool_file_strange")
            elif note.call_id not in live and await asyncio.to_thread(self._is_whole, file, note):
                await self._file(file, note)
                taken += 1
        return taken

    def _found(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted(one for one in self._folder.iterdir() if one.is_file() and not one.name.startswith("."))[:AT_ONCE]

    def _read(self, file: Path) -> Note | None:
        parts = file.name.removesuffix(".wav").split("~")
        came = epoch(parts[1]) if len(parts) == 7 else None
        if came is None or parts[0] not in list(Left):
            return None
        kind, _, number, topic, caller, withheld, call_id = parts
        left = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        sender = "" if withheld == "1" else e164(caller, self._country_code)
        return Note(Left(kind), call_id, came, max(came, left), number, topic, sender)

    def _is_whole(self, file: Path, note: Note) -> bool:
        """The header of a recording says how long it is when it is finished, not before."""
        if note.kind is not Left.MESSAGE:
            return True
        size = file.stat().st_size
        with file.open("rb") as opened:
            head = opened.read(HEADER)
        if len(head) == HEADER and int.from_bytes(head[40:44], "little") == size - HEADER:
            return True
        return datetime.now(UTC) - note.left_at > STILL

    async def _file(self, file: Path, note: Note) -> None:
        if note.kind is Left.MESSAGE:
            note = await asyncio.to_thread(self._with_sound, file, note)
        short = self._context.settings.routing.short_abandon_seconds
        await self._context.store.run(voicemail.take_in, note, self._context.clock(), short)
        await asyncio.to_thread(file.unlink)

    def _with_sound(self, file: Path, note: Note) -> Note:
        """The recording in the file store, its length, and what it looks like. A broken one is kept all the same."""
        sha256, size = self._context.files.put_file(file)
        seconds, peaks = sound_of(file)
        kept = StoredFile(
            sha256, size, f"{voicemail.ROLE}.wav", "audio/wav", voicemail.ROLE, {"seconds": seconds, "peaks": peaks}
        )
        return replace(note, message=kept, seconds=seconds)


def _is_too_large(file: Path) -> bool:
    """More than any message can be: for a human to look at, never thrown away."""
    return file.stat().st_size > LARGEST


def sound_of(file: Path) -> tuple[float, list[int]]:
    """Seconds, and `PEAKS` loudnesses from 0 to 100. A file that Asterisk could not finish is read by its size."""
    size = file.stat().st_size
    if not HEADER < size <= LARGEST:
        return 0.0, []
    rate, data = _samples(file)
    if not data:
        return 0.0, []
    step = max(1, len(data) // PEAKS)
    loudest = [max(map(abs, data[start : start + step])) for start in range(0, len(data), step)][:PEAKS]
    top = max(*loudest, 1) if loudest else 1
    return round(len(data) / rate, 2), [round(100 * peak / top) for peak in loudest]


def _samples(file: Path) -> tuple[int, "array.array[int]"]:
    """Rate and samples of a recording, one channel, 16 bit."""
    rate, raw = 8000, b""
    try:
        with wave.open(str(file), "rb") as opened:
            if opened.getsampwidth() == 2 and opened.getnchannels() == 1:
                rate, raw = opened.getframerate(), opened.readframes(opened.getnframes())
    except (wave.Error, EOFError):
        raw = b""
    data = array.array("h")
    raw = raw or file.read_bytes()[HEADER:]
    data.frombytes(raw[: len(raw) // 2 * 2])
    if sys.byteorder == "big":
        data.byteswap()
    return rate, data
