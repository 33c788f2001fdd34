"""Recorded calls on their way: taken in from the exchange's folder, stopped when they must, erased when they must.

The sound lies under its token in `recordings` in the data folder, and nowhere else: erased is erased. A file in the
exchange's folder is thrown away when the one here is safe and written down; killed anywhere between, both are looked
at again. What arrives after it was erased is thrown away unread.
"""

import asyncio
import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from channels.phone.exchanges import Exchanges
from channels.phone.spool import HEADER, STILL, sound_of
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Unavailable
from contactcenter.tapes import keeping, taping
from contactcenter.tapes.model import Tape, TapeState
from pbx.desk import Desk

log = logging.getLogger(__name__)
EVERY_SECONDS = 1.0
AT_ONCE = 50
TOKEN = re.compile(r"^[0-9a-f]{24}$")
GONE = frozenset({TapeState.ERASED, TapeState.EMPTY})


class Tapes:
    """Looks every second. `folder`: where the exchange leaves them; `shelf`: where they are kept."""

    def __init__(self, context: Context, exchanges: Exchanges, folder: Path, days: int) -> None:
        self._context, self._exchanges, self._folder, self._days = context, exchanges, folder, days
        self.shelf = shelf(context)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (Unavailable, OSError) as fault:
                log.warning("action=tapes_wait error=%s", type(fault).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Once. Raises `Unavailable`, OSError: the files stay."""
        store, now = self._context.store, self._context.clock()
        if await store.read(taping.any_live):
            await self._stop(now)
        for file in await asyncio.to_thread(self._found):
            await self._take_in(file)
        for token, reason in await store.read(keeping.to_erase, now):
            await self.erase(token)
            await store.run(keeping.erased, token, reason, now)
        if await store.read(keeping.any_late, now):
            await store.run(keeping.lost, now)

    async def erase(self, token: str) -> None:
        """Throw the sound away, here and in the exchange's folder, if it is there already."""
        for folder in (self.shelf, self._folder):
            await asyncio.to_thread((folder / f"{token}.wav").unlink, missing_ok=True)

    async def _stop(self, now: datetime) -> None:
        store = self._context.store
        await store.run(taping.catch_up, now)
        for call_id, tape in await store.read(taping.that_must_stop):
            try:
                await Desk(self._exchanges.at(call_id)).stop_tape(call_id)
            except ContactCenterError as fault:  # the call is over, or the dialplan has stopped it itself
                log.info("action=tape_not_stopped code=%s", fault.code)
            await store.run(_end, tape.id, now)

    def _found(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        names = (one for one in self._folder.iterdir() if one.suffix == ".wav" and TOKEN.match(one.stem))
        return sorted(names)[:AT_ONCE]

    async def _take_in(self, file: Path) -> None:
        store, token = self._context.store, file.stem
        tape, goes_on = await store.read(_state, token)
        if tape is None or (goes_on and tape.state not in GONE) or not await asyncio.to_thread(is_whole, file):
            return
        if tape.state not in GONE:
            seconds, peaks = await asyncio.to_thread(self._copy, file)
            await store.run(keeping.take_in, token, seconds, peaks, self._days, self._context.clock())
        await asyncio.to_thread(file.unlink)

    def _copy(self, file: Path) -> tuple[float, list[int]]:
        """On the shelf, whole and on the disk; how long it is, and how it looks."""
        seconds, peaks = sound_of(file)
        if seconds:
            self.shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self.shelf / f".{file.name}.part"
            with file.open("rb") as source, part.open("wb") as target:
                while chunk := source.read(1 << 20):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            part.rename(self.shelf / file.name)
        return seconds, peaks


def shelf(context: Context) -> Path:
    """Where recorded calls are kept."""
    return context.settings.data_dir / "recordings"


def is_whole(file: Path) -> bool:
    """The header says how long it is when it is finished, not before; one that was never finished is taken in time."""
    about = file.stat()
    with file.open("rb") as opened:
        head = opened.read(HEADER)
    if len(head) == HEADER and int.from_bytes(head[40:44], "little") == about.st_size - HEADER > 0:
        return True
    return datetime.now(UTC) - datetime.fromtimestamp(about.st_mtime, UTC) > STILL


def _state(session: Session, token: str) -> tuple[Tape | None, bool]:
    tape = keeping.by_token(session, token)
    return tape, bool(tape and keeping.is_going_on(session, tape))


def _end(session: Session, tape_id: int, now: datetime) -> None:
    tape = session.get_one(Tape, tape_id)
    if tape.state in (TapeState.ORDERED, TapeState.RUNNING):
        taping.end(session, tape, now)
