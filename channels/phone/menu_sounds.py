"""The sounds that callers are led with: made where the exchange plays them from, before they are needed."""

import asyncio
import logging
import time
from collections.abc import Iterable
from pathlib import Path

from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Misconfigured, Refused
from contactcenter.files import FileStore
from contactcenter.menus_prompts import Sound
from pbx import prompts
from pbx.settings import PhoneSettings

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Sounds that are made at the same time: a synthesiser keeps a core busy."""
KEPT_SECONDS = 60 * 86_400
"""A sound of ours that nobody has wanted for so long is taken away; it can be made again."""
FOLDER = "kc"
"""Of our sounds, in the exchange's folder of sounds."""


class Shelf:
    """Sounds by name. A name says what is in it, so a sound is made once and never changes under a caller."""

    def __init__(self, folder: Path, files: FileStore, command: tuple[str, ...]) -> None:
        self.folder, self._files, self._command = folder, files, command
        self._there: set[str] = set()
        self._making: dict[str, asyncio.Lock] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def have(self, sounds: Iterable[Sound]) -> list[str]:
        """Make what is not there, and give the names to play. What cannot be made is left out, and logged."""
        names = []
        for sound in sounds:
            try:
                await self.make(sound)
                names.append(f"{FOLDER}/{sound.name}")
            except ContactCenterError as fault:
                log.warning("action=prompt_not_made language=%s code=%s", sound.language, fault.code)
        return names

    async def make(self, sound: Sound) -> None:
        """Raises Refused (`prompt_not_made`), NotFound when a recording is not in the file store any more."""
        if sound.name in self._there:
            return
        lock = self._making.setdefault(sound.name, asyncio.Lock())
        async with lock:
            if sound.name not in self._there:
                async with self._room:
                    await asyncio.to_thread(self._make, sound)
                self._there.add(sound.name)
        self._making.pop(sound.name, None)

    def _make(self, sound: Sound) -> None:
        recording = self._files.path(sound.sha256) if sound.sha256 else None
        if recording is not None:
            self._files.read(sound.sha256)
        command = prompts.in_language(self._command, sound.language)
        try:
            prompts.lay(self.folder, sound.name, sound.text, command, recording)
        except Misconfigured as fault:
            raise Refused("prompt_not_made", fault.text) from fault
        (self.folder / f"{sound.name}.wav").touch()

    def clear(self) -> int:
        """Take away what nobody has wanted for long; returns how many files."""
        before, gone = time.time() - KEPT_SECONDS, 0
        for file in [*self.folder.glob("p-*.wav")]:
            if file.stat().st_mtime < before and file.stem not in self._there:
                for one in (file, file.with_suffix(".wav16"), file.with_name(f".{file.stem}.made")):
                    one.unlink(missing_ok=True)
                    gone += 1
        return gone


def shelf_of(context: Context, settings: PhoneSettings) -> Shelf:
    """Where the exchange plays from: the folder named, else that of the bundled one."""
    own = context.settings.data_dir / "pbx" / "data" / "sounds" / "sv" / FOLDER
    return Shelf(settings.sounds or own, context.files, settings.prompt_command)
